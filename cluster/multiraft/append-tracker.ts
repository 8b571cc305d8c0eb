import type { Message, Snapshot } from "#raft";
import type { Replica } from "./replica.ts";
import type { ReplicaHost } from "./replica-host.ts";

/** What follows once an append is durable. */
export interface PendingAppend {
  readonly sequence: number;
  readonly responses: readonly Message[];
  /** The snapshot that it emptied the log for. */
  readonly snapshot: Snapshot | undefined;
}

interface DurableWaiter {
  readonly sequence: number;
  readonly resolve: () => void;
}

/** The writes of one replica that are not known to be durable, in order. */
export class AppendTracker {
  readonly #host: ReplicaHost;
  readonly #replica: Replica;
  #appends: PendingAppend[] = [];
  #waiters: DurableWaiter[] = [];

  constructor(host: ReplicaHost, replica: Replica) {
    this.#host = host;
    this.#replica = replica;
  }

  push(append: PendingAppend): void {
    this.#appends.push(append);
    this.#host.awaitDurable(this.#replica, append.sequence);
  }

  /** Takes out what is durable now, oldest first. */
  take(sequence: number): readonly PendingAppend[] {
    const appends = this.#appends;
    let count = 0;
    while (count < appends.length && (appends[count] as PendingAppend).sequence <= sequence) {
      count++;
    }
    if (count === appends.length) {
      this.#appends = [];
      return appends;
    }
    return appends.splice(0, count);
  }

  /** Resolves when batch `sequence` is durable. */
  whenDurable(sequence: number): Promise<void> {
    if (sequence <= this.#host.store.durableSequence) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ sequence, resolve });
      this.#host.awaitDurable(this.#replica, sequence);
      this.#host.schedule(this.#replica);
    });
  }

  /** Wakes everybody who waits: the replica has stopped, and the log may be closed. */
  abandon(): void {
    this.release(Number.POSITIVE_INFINITY);
  }

  /** Wakes those who wait, also after the replica has stopped. */
  release(sequence: number): void {
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter((waiter) => waiter.sequence <= sequence);
    this.#waiters = this.#waiters.filter((waiter) => waiter.sequence > sequence);
    for (const { resolve } of due) resolve();
  }
}
