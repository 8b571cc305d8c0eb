import {
  type InboxedStatus,
  type InvocationId,
  type InvocationMetadata,
  instanceOf,
  isExclusive,
  type JournalPosition,
  type ResponseSink,
  type StartedFacts,
} from "#model";
import { acquireSlots, hasCapacity, nextWaiter, releaseSlots } from "./limits.ts";
import type { QueuedItem } from "./partition-state.ts";
import { replaceState } from "./replace-state.ts";
import type { Turn } from "./turn.ts";

/** Position of a journal that holds only its Input. */
export const INITIAL_JOURNAL: JournalPosition = {
  length: 1,
  commandCount: 1,
  outputIndex: undefined,
  eventCount: 0,
  lastEvent: undefined,
};

/** An inboxed invocation that comes back. */
export type ResumedStatus = InboxedStatus & { readonly resumed: StartedFacts };

/** An invocation on its way to the invoker. */
export interface Candidate {
  readonly id: InvocationId;
  readonly metadata: InvocationMetadata;
  readonly sinks: readonly ResponseSink[];
  /** Present when it ran before and comes back. */
  readonly resumed: StartedFacts | undefined;
  readonly inboxedAtMs: number | undefined;
}

/**
 * Lets a new invocation in: takes the lock of its key or joins the inbox, then takes its
 * concurrency slots or waits for them, then hands it to the invoker.
 */
export function admit(turn: Turn, candidate: Candidate): void {
  const { id, metadata } = candidate;
  if (isExclusive(metadata.target)) {
    const instance = instanceOf(metadata.target);
    if (turn.state.lock(instance) !== undefined) {
      joinInbox(turn, instance, candidate);
      return;
    }
    turn.state.setLock(instance, id);
  }
  startOrWait(turn, candidate);
}

/** Takes the concurrency slots and starts, or waits for them. The lock is already held. */
export function startOrWait(turn: Turn, candidate: Candidate): void {
  const { id, metadata, sinks, resumed } = candidate;
  const scope = metadata.target.scope;
  if (scope === undefined || hasCapacity(turn, metadata)) {
    acquireSlots(turn, metadata);
    start(turn, candidate);
    return;
  }
  const sequence = turn.state.nextSequence();
  turn.state.addLimitWaiter(scope, {
    sequence,
    invocationId: id,
    limitKey: metadata.limitKey,
    holdsLock: isExclusive(metadata.target),
    readySinceMs: metadata.executionTimeMs ?? metadata.createdAtMs,
  });
  turn.state.putInvocation(id, {
    kind: "inboxed",
    metadata,
    sinks,
    modifiedAtMs: turn.nowMs,
    inboxedAtMs: candidate.inboxedAtMs ?? turn.nowMs,
    queue: { kind: "limit", sequence },
    resumed,
  });
}

/** Hands over to the invoker; lock and slots are held. */
function start(turn: Turn, candidate: Candidate): void {
  const { id, metadata, sinks, resumed } = candidate;
  const token = turn.logIndex;
  turn.state.putInvocation(id, {
    kind: "invoked",
    metadata,
    sinks,
    modifiedAtMs: turn.nowMs,
    journal: resumed?.journal ?? INITIAL_JOURNAL,
    pin: resumed?.pin,
    inboxedAtMs: resumed?.inboxedAtMs ?? candidate.inboxedAtMs,
    runningAtMs: resumed?.runningAtMs ?? turn.nowMs,
    token,
  });
  turn.effects.push({ kind: "invoke", invocationId: id, token });
}

function joinInbox(turn: Turn, instance: string, candidate: Candidate): void {
  const { id, metadata, sinks, resumed } = candidate;
  const sequence = turn.state.nextSequence();
  turn.state.addInboxItem(instance, sequence, { kind: "invocation", invocationId: id });
  turn.state.putInvocation(id, {
    kind: "inboxed",
    metadata,
    sinks,
    modifiedAtMs: turn.nowMs,
    inboxedAtMs: turn.nowMs,
    queue: { kind: "inbox", sequence },
    resumed,
  });
}

/**
 * True if an inboxed invocation has run before and waits only for a limit. One that waits for its
 * key never ran, even if it was restarted with a journal.
 */
export function hasRun(status: InboxedStatus): status is ResumedStatus {
  return status.queue.kind === "limit" && status.resumed !== undefined;
}

/** Gives the slots of a scope back and starts whoever waited for them. */
export function releaseLimits(turn: Turn, metadata: InvocationMetadata): void {
  const { scope } = metadata.target;
  if (scope === undefined) return;
  releaseSlots(turn, metadata);
  startWaiters(turn, scope);
}

/** Starts waiters of a scope while there is capacity; the work is bounded by the free slots. */
export function startWaiters(turn: Turn, scope: string): void {
  for (;;) {
    const waiter = nextWaiter(turn, scope);
    if (waiter === undefined) return;
    const { invocationId: id, sequence } = waiter;
    turn.state.removeLimitWaiter(scope, sequence);
    const status = turn.state.invocation(id);
    if (status?.kind !== "inboxed") continue;
    const { metadata, sinks, resumed, inboxedAtMs } = status;
    acquireSlots(turn, metadata);
    start(turn, { id, metadata, sinks, resumed, inboxedAtMs });
  }
}

/**
 * Releases the lock of an object key and starts the next in its inbox. Mutations at the head are
 * applied on the way: they need the lock only for a moment.
 */
export function releaseLock(turn: Turn, instance: string): void {
  for (;;) {
    const head: QueuedItem | undefined = turn.state.inboxHead(instance);
    if (head === undefined) {
      turn.state.setLock(instance, undefined);
      return;
    }
    turn.state.removeInboxItem(instance, head.sequence);
    if (head.item.kind === "mutation") {
      replaceState(turn, head.item.mutation);
      continue;
    }
    const id = head.item.invocationId;
    const status = turn.state.invocation(id);
    if (status?.kind !== "inboxed") continue;
    turn.state.setLock(instance, id);
    const { metadata, sinks, resumed, inboxedAtMs } = status;
    startOrWait(turn, { id, metadata, sinks, resumed, inboxedAtMs });
    return;
  }
}
