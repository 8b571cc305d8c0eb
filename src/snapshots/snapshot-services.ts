import type { Scheduler } from "#base/clock";
import type { NodeCalls } from "#cluster";
import { ServerError } from "#errors";
import type { SnapshotArchive } from "./snapshot-archive.ts";
import type { SnapshotExporter } from "./snapshot-exporter.ts";
import type { LatestSnapshot, RetainedSnapshot } from "./snapshot-format.ts";

/** What answering operators and other nodes takes. */
export interface SnapshotServicesOptions {
  readonly nodeId: number;
  readonly calls: NodeCalls;
  readonly exporter: SnapshotExporter;
  readonly archive: SnapshotArchive;
  readonly scheduler: Scheduler;
  /** Ids of all partitions of the cluster. */
  partitionIds(): readonly number[];
  /** Nodes that hold a replica. */
  nodesOf(partitionId: number): readonly number[];
  appliedIndex(partitionId: number): number;
  saveDocuments(): Promise<void>;
  /** Cuts the log of a partition behind what is durable here, up to an index. */
  trimLog(partitionId: number, index: number): Promise<void>;
}

/** One snapshot, as operators see it. */
export interface SnapshotRow {
  readonly partitionId: number;
  readonly snapshotId: string;
  readonly appliedIndex: number;
  readonly createdAt: string;
  readonly bytes: number | undefined;
  /** Folder within that of the partition. */
  readonly path: string;
  readonly location: string;
}

interface CreateRequest {
  readonly partitionIds?: readonly number[];
  readonly minIndex?: number;
  readonly trimLog?: boolean;
}

interface ExportRequest {
  readonly partitionId: number;
  readonly minIndex?: number;
  readonly trimLog?: boolean;
}

const CREATE_SERVICE = "snapshots.create";
const LIST_SERVICE = "snapshots.list";
/** Asked of the node that leads a partition. */
const EXPORT_SERVICE = "snapshots.export";
/** Partitions that one request has exported, or read, at a time. */
const CONCURRENCY_MAX = 4;
/** Times that all nodes of a partition are asked, before nobody is taken to lead it. */
const ROUNDS_MAX = 20;
const ROUND_PAUSE_MS = 250;
/** Looks at a leader that has not applied as much as was asked for. */
const APPLIED_LOOKS_MAX = 40;

/** The calls `snapshots.create` and `snapshots.list`, on any node, with JSON in both directions. */
export class SnapshotServices {
  readonly #options: SnapshotServicesOptions;

  constructor(options: SnapshotServicesOptions) {
    this.#options = options;
  }

  /** Registers the services; once per node. */
  register(): void {
    const { calls } = this.#options;
    calls.register(CREATE_SERVICE, async (payload) =>
      encode({ snapshots: await this.#create(decode(payload)) }),
    );
    calls.register(LIST_SERVICE, async (payload) =>
      encode({ snapshots: await this.#list(decode(payload)) }),
    );
    calls.register(EXPORT_SERVICE, async (payload) => encode(await this.#export(decode(payload))));
  }

  async #create(request: unknown): Promise<readonly SnapshotRow[]> {
    const { partitionIds, ...rest } = createRequestOf(request);
    const ids = this.#known(partitionIds);
    await this.#options.saveDocuments();
    const outcomes = await inTurns(ids, (partitionId) => this.#ask({ ...rest, partitionId }));
    const rows = outcomes.flatMap((outcome) => (outcome.isDone ? [outcome.value] : []));
    const failed = outcomes.flatMap((outcome, i) =>
      outcome.isDone ? [] : [`partition ${ids[i]}: ${outcome.reason}`],
    );
    if (failed.length === 0) return rows;
    throw new ServerError(
      "OBJECT_STORE_UNAVAILABLE",
      `${failed.length} of ${ids.length} partitions were not exported. ${failed.join("; ")}`,
      { details: { location: this.#options.archive.location, key: "" } },
    );
  }

  async #list(request: unknown): Promise<readonly SnapshotRow[]> {
    const { archive } = this.#options;
    const ids = this.#known(createRequestOf(request).partitionIds);
    const outcomes = await inTurns(ids, (partitionId) => archive.latest(partitionId));
    return outcomes.flatMap((outcome, i) => {
      if (!outcome.isDone) throw outcome.error;
      const { latest } = outcome.value ?? {};
      const partitionId = ids[i] as number;
      return (latest?.retained_snapshots ?? []).map((row) => this.#rowOf(partitionId, row));
    });
  }

  /** Has a partition exported where it is led. */
  async #ask(request: ExportRequest): Promise<SnapshotRow> {
    const { calls, nodeId, nodesOf, scheduler } = this.#options;
    const { partitionId } = request;
    let reason: unknown;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const nodes = [...nodesOf(partitionId)].sort(
        (left, right) => Number(right === nodeId) - Number(left === nodeId),
      );
      for (const node of nodes) {
        try {
          const target = { nodeId: node, service: EXPORT_SERVICE };
          return decode(await calls.call(target, encode(request), {})) as SnapshotRow;
        } catch (error) {
          if (!SOMEWHERE_ELSE.has((error as { readonly code?: string }).code ?? "")) throw error;
          reason = error;
        }
      }
      await new Promise<void>((resolve) => {
        scheduler.after(ROUND_PAUSE_MS, resolve);
      });
    }
    throw reason ?? new Error("it has no replicas");
  }

  async #export(request: unknown): Promise<SnapshotRow> {
    const { exporter, trimLog } = this.#options;
    const { partitionId, minIndex, trimLog: isTrimmed } = exportRequestOf(request);
    if (minIndex !== undefined) await this.#whenApplied(partitionId, minIndex);
    let latest = await exporter.export(partitionId);
    // The export that was under way may have begun too early.
    if (latest.min_applied_lsn < (minIndex ?? 0)) latest = await exporter.export(partitionId);
    if (isTrimmed === true) {
      await trimLog(partitionId, exporter.archivedIndex(partitionId));
    }
    return this.#rowOf(partitionId, newest(latest));
  }

  async #whenApplied(partitionId: number, index: number): Promise<void> {
    const { appliedIndex, scheduler } = this.#options;
    for (let look = 0; appliedIndex(partitionId) < index; look++) {
      if (look >= APPLIED_LOOKS_MAX) {
        const expected = `an index that partition ${partitionId} reaches`;
        throw new ServerError("INVALID_ARGUMENT", `Index ${index} is not applied yet`, {
          details: { field: "minIndex", expected },
        });
      }
      await new Promise<void>((resolve) => {
        scheduler.after(ROUND_PAUSE_MS, resolve);
      });
    }
  }

  #known(asked: readonly number[] | undefined): readonly number[] {
    const all = this.#options.partitionIds();
    const stranger = asked?.find((id) => !all.includes(id));
    if (stranger === undefined) return asked ?? all;
    throw new ServerError("NOT_FOUND", `The cluster has no partition ${stranger}`, {
      details: { path: `${stranger}` },
    });
  }

  #rowOf(partitionId: number, snapshot: RetainedSnapshot): SnapshotRow {
    return {
      partitionId,
      snapshotId: snapshot.snapshot_id,
      appliedIndex: snapshot.min_applied_lsn,
      createdAt: snapshot.created_at,
      bytes: snapshot.bytes,
      path: snapshot.path,
      location: `${this.#options.archive.location}/${partitionId}/${snapshot.path}`,
    };
  }
}

/** Errors by which a node says that another one has to be asked. */
const SOMEWHERE_ELSE: ReadonlySet<string> = new Set([
  "PARTITION_NOT_LEADER",
  "NODE_UNREACHABLE",
  "SERVICE_UNKNOWN",
]);

function newest({ retained_snapshots: retained }: LatestSnapshot): RetainedSnapshot {
  return retained[0] as RetainedSnapshot;
}

type Outcome<T> =
  | { readonly isDone: true; readonly value: T }
  | { readonly isDone: false; readonly reason: string; readonly error: unknown };

/** Does something for each id, a few at a time; the outcomes are in the order of the ids. */
async function inTurns<T>(
  ids: readonly number[],
  work: (id: number) => Promise<T>,
): Promise<readonly Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < ids.length) {
      const position = next++;
      outcomes[position] = await work(ids[position] as number).then(
        (value) => ({ isDone: true, value }) as const,
        (error: unknown) => ({ isDone: false, reason: (error as Error).message, error }) as const,
      );
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY_MAX }, worker));
  return outcomes;
}

function createRequestOf(request: unknown): CreateRequest {
  const { partitionIds, minIndex, trimLog } = request as Record<string, unknown>;
  const areIds = Array.isArray(partitionIds) && partitionIds.every(isCount);
  if (partitionIds !== undefined && !areIds) throw invalid("partitionIds", "a list of ids");
  return {
    ...(areIds ? { partitionIds: partitionIds as number[] } : {}),
    ...choicesOf({ minIndex, trimLog }),
  };
}

function exportRequestOf(request: unknown): ExportRequest {
  const { partitionId, minIndex, trimLog } = request as Record<string, unknown>;
  if (!isCount(partitionId)) throw invalid("partitionId", "a whole number");
  return { partitionId, ...choicesOf({ minIndex, trimLog }) };
}

function choicesOf({ minIndex, trimLog }: Record<"minIndex" | "trimLog", unknown>) {
  if (minIndex !== undefined && !isCount(minIndex)) throw invalid("minIndex", "a whole number");
  if (trimLog !== undefined && typeof trimLog !== "boolean") throw invalid("trimLog", "a switch");
  return {
    ...(minIndex === undefined ? {} : { minIndex }),
    ...(trimLog === undefined ? {} : { trimLog }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function invalid(field: string, expected: string): ServerError {
  return new ServerError("INVALID_ARGUMENT", `"${field}" is ${expected}`, {
    details: { field, expected },
  });
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode(payload: Uint8Array): unknown {
  return payload.length === 0 ? {} : JSON.parse(new TextDecoder().decode(payload));
}
