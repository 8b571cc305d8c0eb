import { ServerError } from "#errors";
import type { RequestId } from "#state-machine";
import type { PartitionReply } from "../client.ts";

interface Waiter {
  readonly resolve: (reply: PartitionReply) => void;
  readonly reject: (error: Error) => void;
}

/** Requests of one leadership that wait for their reply effect. */
export class PendingReplies {
  readonly #partitionId: number;
  readonly #epoch: number;
  readonly #waiters = new Map<number, Waiter>();
  #nextSequence = 1;

  constructor(partitionId: number, epoch: number) {
    this.#partitionId = partitionId;
    this.#epoch = epoch;
  }

  get count(): number {
    return this.#waiters.size;
  }

  /** Registers a request; the promise rejects with `PARTITION_NOT_LEADER` if leadership ends. */
  register(): { readonly requestId: RequestId; readonly reply: Promise<PartitionReply> } {
    const requestId = { epoch: this.#epoch, sequence: this.#nextSequence++ };
    const reply = new Promise<PartitionReply>((resolve, reject) => {
      this.#waiters.set(requestId.sequence, { resolve, reject });
    });
    return { requestId, reply };
  }

  /** Forgets a request that was not proposed. */
  withdraw(requestId: RequestId): void {
    this.#waiters.delete(requestId.sequence);
  }

  /** Answers a request; those of earlier epochs have nobody waiting. */
  answer(requestId: RequestId, reply: PartitionReply): void {
    if (requestId.epoch !== this.#epoch) return;
    const waiter = this.#waiters.get(requestId.sequence);
    if (waiter === undefined) return;
    this.#waiters.delete(requestId.sequence);
    waiter.resolve(reply);
  }

  /** Leadership is over: whoever waits has to ask the next leader. */
  rejectAll(): void {
    const partitionId = this.#partitionId;
    for (const { reject } of this.#waiters.values()) {
      reject(
        new ServerError("PARTITION_NOT_LEADER", `Partition ${partitionId} lost its leader`, {
          details: { partitionId, leaderHint: undefined },
        }),
      );
    }
    this.#waiters.clear();
  }
}
