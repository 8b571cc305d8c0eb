import type { ScheduledCall, Scheduler } from "#base/clock";
import type { PartitionLog } from "#cluster";

/** What a node knows of its own replica of a partition. */
export interface LocalReplica {
  readonly log: Pick<PartitionLog, "leaderNode">;
  /** True while this node answers as the leader. */
  readonly isLeader: boolean;
}

/** What the directory works with. */
export interface LeaderDirectoryOptions {
  readonly nodeId: number;
  readonly scheduler: Scheduler;
  /** Nodes that hold a replica, by the partition table. */
  nodesOf(partitionId: number): readonly number[];
  replicaOf(partitionId: number): LocalReplica | undefined;
}

/** Who leads which partition, as far as this node has heard; everything in it is a hint. */
export class LeaderDirectory {
  readonly #options: LeaderDirectoryOptions;
  /** What other nodes said, for partitions whose local replica knows nothing better. */
  readonly #heard = new Map<number, number>();
  readonly #waiters = new Map<number, Set<() => void>>();

  constructor(options: LeaderDirectoryOptions) {
    this.#options = options;
  }

  /**
   * The node to ask next: the most likely leader, then whoever holds a replica and may know.
   *
   * @param tried nodes that did not lead a moment ago
   * @returns undefined when all were asked
   */
  candidate(partitionId: number, tried: ReadonlySet<number>): number | undefined {
    const { nodeId, nodesOf, replicaOf } = this.#options;
    const replica = replicaOf(partitionId);
    if (replica?.isLeader && !tried.has(nodeId)) return nodeId;
    const known = replica?.log.leaderNode;
    if (known !== undefined && known !== nodeId && !tried.has(known)) return known;
    const heard = this.#heard.get(partitionId);
    if (heard !== undefined && heard !== nodeId && !tried.has(heard)) return heard;
    return nodesOf(partitionId).find((other) => other !== nodeId && !tried.has(other));
  }

  /** Takes the word of another node, or of a leader that answered. */
  learn(partitionId: number, leaderNode: number): void {
    if (this.#heard.get(partitionId) !== leaderNode) this.#heard.set(partitionId, leaderNode);
  }

  /** Drops a hint that was wrong. */
  forget(partitionId: number, node: number): void {
    if (this.#heard.get(partitionId) === node) this.#heard.delete(partitionId);
  }

  /** True if a replica here hears of a new leader by itself. */
  hasReplica(partitionId: number): boolean {
    return this.#options.replicaOf(partitionId) !== undefined;
  }

  /** Says that something changed: whoever waits for a leader looks again. */
  wake(partitionId: number): void {
    const waiters = this.#waiters.get(partitionId);
    if (waiters === undefined) return;
    this.#waiters.delete(partitionId);
    for (const resolve of waiters) resolve();
  }

  /** Wakes everybody: there is nothing to wait for any more. */
  wakeAll(): void {
    for (const partitionId of [...this.#waiters.keys()]) this.wake(partitionId);
  }

  /** Resolves at the next change, or after a while. */
  wait(partitionId: number, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(partitionId) ?? new Set();
      this.#waiters.set(partitionId, waiters);
      let timer: ScheduledCall | undefined;
      const finish = () => {
        timer?.cancel();
        waiters.delete(finish);
        resolve();
      };
      timer = this.#options.scheduler.after(delayMs, finish);
      waiters.add(finish);
    });
  }
}
