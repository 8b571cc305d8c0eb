import { ClusterError } from "#base/cluster-error";

interface Waiter {
  readonly resolve: (index: number) => void;
  readonly reject: (error: Error) => void;
  /** False for one who only asks whether the leader still leads. */
  readonly needsApplied: boolean;
}

/** Callers that asked before the same request to the leader was sent. */
interface ReadRound {
  readonly waiters: Waiter[];
  /** Confirmed read point; `undefined` until a leader has confirmed it. */
  index: number | undefined;
  ticks: number;
}

/** Mark of this process, and number of the round. */
const CONTEXT_BYTES = 16;
const MARK_BYTES = 8;

/**
 * Callers that wait for a linearizable read point, and then for it to be applied.
 *
 * Those who ask in the same turn share one request: it is sent after all of them have asked, so its
 * answer holds for each.
 */
export class ReadWaiters {
  /** Rounds on their way, by id. */
  readonly #rounds = new Map<number, ReadRound>();
  /** Callers whose round has not started. */
  #gathering: Waiter[] = [];
  #nextId = 1;
  /**
   * Tells rounds apart from those of earlier runs of the process: a leader may answer one of them
   * now, and its answer says nothing about a round of the same number.
   */
  readonly #mark: Uint8Array;

  /** @param mark eight random bytes */
  constructor(mark: Uint8Array) {
    this.#mark = mark;
  }

  /** True while nobody waits. */
  get isEmpty(): boolean {
    return this.#gathering.length === 0 && this.#rounds.size === 0;
  }

  /** Adds a caller to the next round. */
  add(): Promise<number> {
    return this.#add(true);
  }

  /** As `add`, but answered as soon as a quorum has confirmed the leader. */
  addConfirmation(): Promise<number> {
    return this.#add(false);
  }

  /** Starts a round for those who have asked; returns what identifies it to the core. */
  startRound(): Uint8Array | undefined {
    if (this.#gathering.length === 0) return undefined;
    const id = this.#nextId++;
    this.#rounds.set(id, { waiters: this.#gathering, index: undefined, ticks: 0 });
    this.#gathering = [];
    const context = new Uint8Array(CONTEXT_BYTES);
    context.set(this.#mark);
    new DataView(context.buffer).setFloat64(MARK_BYTES, id);
    return context;
  }

  /** Notes the read point of a round. */
  confirm(context: Uint8Array, index: number): void {
    if (!this.#mark.every((byte, at) => context[at] === byte)) return;
    const view = new DataView(context.buffer, context.byteOffset, context.byteLength);
    const round = this.#rounds.get(view.getFloat64(MARK_BYTES));
    if (round === undefined) return;
    round.index = index;
    for (const waiter of round.waiters) if (!waiter.needsApplied) waiter.resolve(index);
  }

  /** Answers the callers whose read point is applied. */
  release(appliedIndex: number): void {
    if (this.#rounds.size === 0) return;
    for (const [id, { waiters, index }] of this.#rounds) {
      if (index === undefined || index > appliedIndex) continue;
      this.#rounds.delete(id);
      for (const waiter of waiters) waiter.resolve(index);
    }
  }

  /** Counts a tick; rounds not confirmed within `ticksMax` fail, since requests may be lost. */
  tick(ticksMax: number, makeError: () => Error): void {
    if (this.#rounds.size === 0) return;
    for (const [id, round] of this.#rounds) {
      round.ticks++;
      if (round.index !== undefined || round.ticks < ticksMax) continue;
      this.#rounds.delete(id);
      const error = makeError();
      for (const waiter of round.waiters) waiter.reject(error);
    }
  }

  /** Fails everybody: leadership is lost, or the replica has stopped. */
  rejectAll(makeError: () => Error): void {
    if (this.isEmpty) return;
    const waiters = this.#gathering;
    for (const round of this.#rounds.values()) waiters.push(...round.waiters);
    this.#gathering = [];
    this.#rounds.clear();
    const error = makeError();
    for (const waiter of waiters) waiter.reject(error);
  }

  #add(needsApplied: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#gathering.push({ resolve, reject, needsApplied });
    });
  }
}

/** The refusal of a request that only a leader can answer. */
export function notLeader(group: number): ClusterError {
  return new ClusterError("NOT_LEADER", `Group ${group} has no confirmed leader here`, {
    details: { group },
  });
}
