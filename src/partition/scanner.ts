import type { Failure, InvocationId, InvocationStatus } from "#model";
import { instancePartitionKey, splitInstance } from "#partition-store";
import type { JournalEvent } from "#state-machine";
import type {
  AttemptStatus,
  InboxRow,
  InvocationRow,
  JournalEventRow,
  JournalRow,
  LockRow,
  PartitionScanner,
  PromiseRow,
  ScanFilter,
  StateRow,
} from "./client.ts";
import { eventJson } from "./event-json.ts";
import type { PartitionHost, PartitionView } from "./partition-host.ts";

const PAGE_ROWS = 500;

/**
 * Reads the tables of all partitions for introspection, each from its leader. Every scan first
 * writes what is applied there, so a row is at most as old as the call.
 */
export function createScanner(host: PartitionHost): PartitionScanner {
  return {
    invocations: (filter) => invocationRows(host, filter),
    journal: (filter) => pages(journalRows(host, filter)),
    journalEvents: (filter) => pages(eventRows(host, filter)),
    state: (filter) => pages(stateRows(host, filter)),
    promises: (filter) => pages(promiseRows(host, filter)),
    inbox: (filter) => pages(inboxRows(host, filter)),
    locks: (filter) => pages(lockRows(host, filter)),
  };
}

async function* pages<T>(rows: AsyncIterable<T>): AsyncIterable<readonly T[]> {
  let page: T[] = [];
  for await (const row of rows) {
    page.push(row);
    if (page.length < PAGE_ROWS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Partitions that can hold what the filter asks for. */
function partitionsOf(host: PartitionHost, filter: ScanFilter): readonly number[] {
  if (filter.invocationId !== undefined) return [host.partitionOf(filter.invocationId)];
  return host.allPartitionIds;
}

async function* invocationRows(
  host: PartitionHost,
  filter: ScanFilter,
): AsyncIterable<readonly InvocationRow[]> {
  const { invocationId } = filter;
  if (invocationId !== undefined) {
    const partitionId = host.partitionOf(invocationId);
    const { store, tables, attempts } = host.view(partitionId);
    const status = await (store === undefined
      ? tables.invocation(invocationId)
      : store.read((state) => state.invocation(invocationId)));
    if (status === undefined || !matches(status, filter)) return;
    yield await withAttempts([[invocationId, status]], { partitionId, attempts });
    return;
  }
  await host.flush();
  for (const partitionId of host.allPartitionIds) {
    const { tables, attempts } = host.view(partitionId);
    for await (const page of pages(tables.invocations())) {
      const found = page.filter(([, status]) => matches(status, filter));
      if (found.length > 0) yield await withAttempts(found, { partitionId, attempts });
    }
  }
}

/** Rows of a page, with what the invoker knows of those that run. */
async function withAttempts(
  page: readonly StatusRow[],
  { partitionId, attempts }: Pick<PartitionView, "attempts"> & { readonly partitionId: number },
): Promise<readonly InvocationRow[]> {
  const running = page.filter(([, { kind }]) => kind === "invoked").map(([id]) => id);
  const known = running.length === 0 ? [] : await attempts(running);
  const attemptById = new Map(running.map((id, i) => [id, known[i]]));
  return page.map(([id, status]) =>
    invocationRow(id, status, { partitionId, attempt: attemptById.get(id) }),
  );
}

type StatusRow = readonly [InvocationId, InvocationStatus];

function matches({ metadata }: InvocationStatus, { service, serviceKey }: ScanFilter): boolean {
  const { target } = metadata;
  if (service !== undefined && target.service !== service) return false;
  return serviceKey === undefined || target.key === serviceKey;
}

function invocationRow(
  id: InvocationId,
  status: InvocationStatus,
  {
    partitionId,
    attempt,
  }: { readonly partitionId: number; readonly attempt: AttemptStatus | undefined },
): InvocationRow {
  const { metadata } = status;
  const facts = startedFacts(status);
  const isScheduledStart = metadata.executionTimeMs !== undefined;
  return {
    id,
    partitionId,
    status: visibleStatus(status, attempt?.phase),
    target: metadata.target,
    limitKey: metadata.limitKey,
    idempotencyKey: metadata.idempotencyKey,
    invokedBy: metadata.invokedBy,
    restartedFrom: metadata.restartedFrom,
    traceParent: metadata.traceParent,
    ...completionFacts(status),
    createdAtMs: metadata.createdAtMs,
    modifiedAtMs: status.modifiedAtMs,
    scheduledAtMs: isScheduledStart ? metadata.createdAtMs : undefined,
    scheduledStartAtMs: metadata.executionTimeMs,
    inboxedAtMs: facts.inboxedAtMs,
    runningAtMs: facts.runningAtMs || undefined,
    completionRetentionMs: metadata.retention.completionMs,
    journalRetentionMs: metadata.retention.journalMs,
    pinnedDeploymentId: facts.pin?.deploymentId,
    pinnedProtocolVersion: facts.pin?.protocolVersion,
    journalSize: facts.journalSize,
    journalCommandsSize: facts.commandCount,
    awaiting: status.kind === "suspended" ? status.awaiting : undefined,
    attempt,
  };
}

function completionFacts(status: InvocationStatus): {
  readonly completionResult: "success" | "failure" | undefined;
  readonly completionFailure: Failure | undefined;
  readonly completedAtMs: number | undefined;
} {
  if (status.kind !== "completed") {
    return { completionResult: undefined, completionFailure: undefined, completedAtMs: undefined };
  }
  const { result, completedAtMs } = status;
  const completionFailure = result.kind === "failure" ? result.failure : undefined;
  return { completionResult: result.kind, completionFailure, completedAtMs };
}

function startedFacts(status: InvocationStatus) {
  switch (status.kind) {
    case "scheduled":
      return { ...NOT_STARTED, inboxedAtMs: undefined };
    case "inboxed": {
      const { resumed, inboxedAtMs } = status;
      if (resumed === undefined) return { ...NOT_STARTED, inboxedAtMs };
      const { journal, pin, runningAtMs } = resumed;
      const { length: journalSize, commandCount } = journal;
      return { inboxedAtMs, runningAtMs, pin, journalSize, commandCount };
    }
    case "completed": {
      const { inboxedAtMs, runningAtMs, pin, journalLength: journalSize, commandCount } = status;
      return { inboxedAtMs, runningAtMs, pin, journalSize, commandCount };
    }
    default: {
      const { inboxedAtMs, runningAtMs, pin, journal } = status;
      const { length: journalSize, commandCount } = journal;
      return { inboxedAtMs, runningAtMs, pin, journalSize, commandCount };
    }
  }
}

const NOT_STARTED = {
  runningAtMs: undefined,
  pin: undefined,
  journalSize: 0,
  commandCount: 0,
} as const;

function visibleStatus(
  status: InvocationStatus,
  phase: "running" | "backing-off" | "ready" | undefined,
): InvocationRow["status"] {
  if (status.kind === "inboxed") return "pending";
  if (status.kind === "invoked") return phase ?? "ready";
  return status.kind;
}

async function* journalRows(host: PartitionHost, filter: ScanFilter): AsyncIterable<JournalRow> {
  await host.flush();
  for (const partitionId of partitionsOf(host, filter)) {
    const entries = host.view(partitionId).tables.journal(filter.invocationId);
    for await (const [invocationId, index, { type, body, appendedAtMs }] of entries) {
      yield { invocationId, index, type, body, appendedAtMs };
    }
  }
}

async function* eventRows(host: PartitionHost, filter: ScanFilter): AsyncIterable<JournalEventRow> {
  await host.flush();
  for (const partitionId of partitionsOf(host, filter)) {
    for await (const [id, stored] of host.view(partitionId).tables.events(filter.invocationId)) {
      const { afterJournalEntryIndex, appendedAtMs, event } = stored;
      yield {
        invocationId: id,
        afterJournalEntryIndex,
        appendedAtMs,
        eventType: EVENT_TYPES[event.kind],
        eventJson: eventJson(event),
      };
    }
  }
}

const EVENT_TYPES: Readonly<Record<JournalEvent["kind"], JournalEventRow["eventType"]>> = {
  "transient-error": "TransientError",
  paused: "Paused",
  suspended: "Suspended",
};

function namesOf(instance: string) {
  const { scope, service, key } = splitInstance(instance);
  return { partitionKey: instancePartitionKey(instance), scope, service, serviceKey: key };
}

function isWanted(
  names: { readonly service: string; readonly serviceKey: string },
  { service, serviceKey }: ScanFilter,
): boolean {
  if (service !== undefined && names.service !== service) return false;
  return serviceKey === undefined || names.serviceKey === serviceKey;
}

async function* stateRows(host: PartitionHost, filter: ScanFilter): AsyncIterable<StateRow> {
  await host.flush();
  for (const partitionId of host.allPartitionIds) {
    for await (const { instance, key, value } of host.view(partitionId).tables.state()) {
      const names = namesOf(instance);
      if (isWanted(names, filter)) yield { ...names, key, value };
    }
  }
}

async function* promiseRows(host: PartitionHost, filter: ScanFilter): AsyncIterable<PromiseRow> {
  await host.flush();
  for (const partitionId of host.allPartitionIds) {
    for await (const { instance, key, value } of host.view(partitionId).tables.promises()) {
      const names = namesOf(instance);
      if (isWanted(names, filter)) yield { ...names, key, result: value.result };
    }
  }
}

async function* inboxRows(host: PartitionHost, filter: ScanFilter): AsyncIterable<InboxRow> {
  await host.flush();
  for (const partitionId of host.allPartitionIds) {
    for await (const { instance, sequence, value } of host.view(partitionId).tables.inbox()) {
      const { partitionKey, service, serviceKey } = namesOf(instance);
      if (value.kind !== "invocation" || !isWanted({ service, serviceKey }, filter)) continue;
      const { invocationId } = value;
      yield { partitionKey, service, serviceKey, invocationId, sequence };
    }
  }
}

async function* lockRows(host: PartitionHost, filter: ScanFilter): AsyncIterable<LockRow> {
  await host.flush();
  for (const partitionId of host.allPartitionIds) {
    for await (const { instance, value: invocationId } of host.view(partitionId).tables.locks()) {
      const { partitionKey, service, serviceKey } = namesOf(instance);
      if (!isWanted({ service, serviceKey }, filter)) continue;
      yield { partitionKey, service, serviceKey, invocationId };
    }
  }
}
