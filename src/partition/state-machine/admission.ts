import { assert } from "#base/assert";
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
import { sendLater } from "./messages.ts";
import type { LimitWaiter, QueuedItem } from "./partition-state.ts";
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
  if (scope === undefined || maySkipQueue(turn, scope, metadata)) {
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
    incarnation: metadata.incarnation,
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

/** True if there is capacity that is not meant for somebody who waits for it. */
function maySkipQueue(turn: Turn, scope: string, metadata: InvocationMetadata): boolean {
  return hasCapacity(turn, metadata) && nextWaiter(turn, scope) === undefined;
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
    runningAtMs: resumed === undefined ? turn.nowMs : resumed.runningAtMs || turn.nowMs,
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
 * key never ran, nor did one that was restarted with a journal and waits for its first start.
 */
export function hasRun(status: InboxedStatus): status is ResumedStatus {
  const { queue, resumed } = status;
  return queue.kind === "limit" && resumed !== undefined && resumed.runningAtMs > 0;
}

/** Gives the slots of a scope back and starts who waited for them. */
export function releaseLimits(turn: Turn, metadata: InvocationMetadata): void {
  const { scope } = metadata.target;
  if (scope === undefined) return;
  releaseSlots(turn, metadata);
  // Slots of one invocation let at most one other start: the levels are nested, and whoever starts
  // takes a slot of the topmost one that was full.
  const waiter = nextWaiter(turn, scope);
  if (waiter !== undefined) startWaiter(turn, waiter);
}

/** Waiters that one record starts; the others follow in records of their own. */
const STARTS_PER_RECORD_MAX = 128;

/** Starts waiters of all scopes while there is capacity, as a change of the rules asks for. */
export function startWaiters(turn: Turn): void {
  for (let started = 0; ; started++) {
    const waiter = nextWaiter(turn);
    if (waiter === undefined) return;
    if (started === STARTS_PER_RECORD_MAX) {
      sendLater(turn, { kind: "start-waiters", targetId: waiter.invocationId });
      return;
    }
    startWaiter(turn, waiter);
  }
}

function startWaiter(turn: Turn, { invocationId: id, sequence }: LimitWaiter): void {
  const status = turn.state.invocation(id);
  assert(status?.kind === "inboxed", "what waits for a limit is inboxed");
  const { metadata, sinks, resumed, inboxedAtMs } = status;
  turn.state.removeLimitWaiter(metadata.target.scope as string, sequence);
  acquireSlots(turn, metadata);
  start(turn, { id, metadata, sinks, resumed, inboxedAtMs });
}

/** Mutations at the head of an inbox that one record applies. */
const MUTATIONS_PER_RECORD_MAX = 64;

/**
 * Releases the lock of an object key and starts the next in its inbox. Mutations at the head are
 * applied on the way, many of them in records that follow: they need the lock only for a moment.
 */
export function releaseLock(turn: Turn, instance: string): void {
  for (let mutations = 0; ; mutations++) {
    const head: QueuedItem | undefined = turn.state.inboxHead(instance);
    if (head === undefined) {
      turn.state.setLock(instance, undefined);
      return;
    }
    if (mutations === MUTATIONS_PER_RECORD_MAX) {
      // Until then it stays with who held it, so that nobody overtakes.
      const targetId = turn.state.lock(instance) as InvocationId;
      sendLater(turn, { kind: "release-lock", targetId, instance });
      return;
    }
    turn.state.removeInboxItem(instance, head.sequence);
    if (head.item.kind === "invocation") {
      passLock(turn, instance, head.item.invocationId);
      return;
    }
    replaceState(turn, head.item.mutation);
  }
}

function passLock(turn: Turn, instance: string, id: InvocationId): void {
  const status = turn.state.invocation(id);
  assert(status?.kind === "inboxed", "what waits for a key is inboxed");
  turn.state.setLock(instance, id);
  const { metadata, sinks, resumed, inboxedAtMs } = status;
  startOrWait(turn, { id, metadata, sinks, resumed, inboxedAtMs });
}
