import { createIntrospection, type Introspection, type IntrospectionOptions } from "#introspection";
import type { DeploymentId, InvocationId } from "#model";
import type {
  InboxRow,
  InvocationRow,
  JournalEventRow,
  JournalRow,
  LockRow,
  PartitionScanner,
  PromiseRow,
  ScanFilter,
  StateRow,
} from "#partition";
import { SILENT_LOGGER } from "../admin/admin-harness.ts";
import { EMPTY_RULES, snapshotOf } from "./schema-fixture.ts";

/** Ids of `invocationRow`, made for tests: valid, and different. */
export const IDS = [
  "inv_182lrYEnoiP53OHhp9SfuwGtlySdCs7Qpo",
  "inv_1fAUfGqevlSU0HnbP31BhRc5QGyn0HQ1Wk",
  "inv_10SHxgluLUdD6aSNuMxyvjxKUAGAeSq91b",
  "inv_10SHxgluLUdD1M8TyZpIIuj6da9g2o0cvn",
] as const;

/** The id at a place of `IDS`. */
export function idOf(index: number): InvocationId {
  // Every element of the list was printed by the original.
  return (IDS[index] ?? IDS[0]) as InvocationId;
}

/** A row of a completed call of a plain service, with changes. */
export function invocationRow(changes: Partial<InvocationRow> = {}): InvocationRow {
  return {
    id: idOf(0),
    partitionId: 0,
    status: "completed",
    target: {
      serviceType: "service",
      handlerType: "shared",
      service: "All",
      handler: "echo",
      key: undefined,
      scope: undefined,
    },
    limitKey: undefined,
    idempotencyKey: "01M828JEBXKECH69NGTX42HR8M",
    invokedBy: { kind: "ingress" },
    restartedFrom: undefined,
    traceParent: undefined,
    completionResult: "success",
    completionFailure: undefined,
    createdAtMs: Date.UTC(2026, 10, 22, 18, 33, 51, 741),
    modifiedAtMs: Date.UTC(2026, 10, 22, 18, 33, 52),
    scheduledAtMs: undefined,
    scheduledStartAtMs: undefined,
    inboxedAtMs: undefined,
    runningAtMs: Date.UTC(2026, 10, 22, 18, 33, 51, 741),
    completedAtMs: Date.UTC(2026, 10, 22, 18, 33, 52),
    completionRetentionMs: 86_400_000,
    journalRetentionMs: 0,
    pinnedDeploymentId: "dp_11g9KeTt9QRX0yEDfSfm1Kp" as DeploymentId,
    pinnedProtocolVersion: 6,
    journalSize: 2,
    journalCommandsSize: 2,
    awaiting: undefined,
    attempt: undefined,
    ...changes,
  };
}

/** Rows in memory, served in small pages; remembers the filters that it was asked with. */
export class FakeScanner implements PartitionScanner {
  readonly asked: { readonly table: string; readonly filter: ScanFilter }[] = [];
  pagesRead = 0;
  pageSize = 2;
  invocationRows: readonly InvocationRow[] = [];
  journalRows: readonly JournalRow[] = [];
  eventRows: readonly JournalEventRow[] = [];
  stateRows: readonly StateRow[] = [];
  promiseRows: readonly PromiseRow[] = [];
  inboxRows: readonly InboxRow[] = [];
  lockRows: readonly LockRow[] = [];
  /** Runs before each page. */
  onPage: () => Promise<void> | undefined = () => undefined;
  /** Thrown by the next scan. */
  error: Error | undefined;

  invocations(filter: ScanFilter): AsyncIterable<readonly InvocationRow[]> {
    const rows = this.invocationRows.filter(
      (row) =>
        (filter.invocationId ?? row.id) === row.id &&
        (filter.service ?? row.target.service) === row.target.service &&
        (filter.serviceKey ?? row.target.key) === row.target.key,
    );
    return this.#pages("invocations", filter, rows);
  }

  journal(filter: ScanFilter): AsyncIterable<readonly JournalRow[]> {
    const rows = this.journalRows.filter(
      (row) => (filter.invocationId ?? row.invocationId) === row.invocationId,
    );
    return this.#pages("journal", filter, rows);
  }

  journalEvents(filter: ScanFilter): AsyncIterable<readonly JournalEventRow[]> {
    return this.#pages("journalEvents", filter, this.eventRows);
  }

  state(filter: ScanFilter): AsyncIterable<readonly StateRow[]> {
    return this.#pages("state", filter, this.stateRows);
  }

  promises(filter: ScanFilter): AsyncIterable<readonly PromiseRow[]> {
    return this.#pages("promises", filter, this.promiseRows);
  }

  inbox(filter: ScanFilter): AsyncIterable<readonly InboxRow[]> {
    return this.#pages("inbox", filter, this.inboxRows);
  }

  locks(filter: ScanFilter): AsyncIterable<readonly LockRow[]> {
    return this.#pages("locks", filter, this.lockRows);
  }

  async *#pages<Row>(
    table: string,
    filter: ScanFilter,
    rows: readonly Row[],
  ): AsyncIterable<readonly Row[]> {
    this.asked.push({ table, filter });
    if (this.error !== undefined) throw this.error;
    for (let start = 0; start < rows.length; start += this.pageSize) {
      this.pagesRead++;
      await this.onPage();
      yield await Promise.resolve(rows.slice(start, start + this.pageSize));
    }
  }
}

/** Builds introspection over a fake scanner. */
export function startIntrospection(
  scanner: FakeScanner,
  options: Partial<IntrospectionOptions> = {},
): Introspection {
  return createIntrospection({
    scanner,
    schema: () => snapshotOf([]),
    rules: () => EMPTY_RULES,
    serverVersion: "1.7.12",
    logger: SILENT_LOGGER,
    ...options,
  });
}

/** Runs a statement and returns its rows. */
export async function rowsOf(
  introspection: Introspection,
  sql: string,
): Promise<readonly Record<string, unknown>[]> {
  return (JSON.parse(await textOf(introspection, sql)) as { rows: Record<string, unknown>[] }).rows;
}

/** Runs a statement and returns the body of the answer. */
export async function textOf(introspection: Introspection, sql: string): Promise<string> {
  const { chunks } = await introspection.query(sql, "json");
  let text = "";
  for await (const chunk of chunks) text += new TextDecoder().decode(chunk);
  return text;
}
