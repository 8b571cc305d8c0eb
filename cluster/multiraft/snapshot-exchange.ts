import { ClusterError } from "#base/cluster-error";
import { type ConfState, EMPTY_BYTES, type Message, type RawNode, type Snapshot } from "#raft";
import type { GroupLog } from "../log-store/group-log.ts";
import type { SnapshotStaging } from "./snapshot-staging.ts";
import type { SnapshotSource, StateMachine } from "./state-machine.ts";

/** What exchanging snapshots works with. */
export interface SnapshotExchangeParts {
  readonly replica: SnapshotOwner;
  readonly node: RawNode;
  readonly machine: StateMachine;
  readonly staging: SnapshotStaging;
}

/** The replica, as far as snapshots go. */
export interface SnapshotOwner {
  readonly group: number;
  readonly replicaId: number;
  readonly log: GroupLog;
  readonly appliedIndex: number;
  readonly isStopped: boolean;
  /** Hands the message to the core. */
  step(message: Message): void;
}

interface AppliedWaiter {
  readonly index: number;
  readonly resolve: () => void;
}

/** Offers images of one group's state to followers, and receives the leader's. */
export class SnapshotExchange {
  readonly #parts: SnapshotExchangeParts;
  readonly #pauseTicksMax: number;
  /** Ticks before another snapshot is offered, after one was lost. */
  #pauseTicks = 0;
  #isReceiving = false;
  #waiters: AppliedWaiter[] = [];

  /** @param pauseTicksMax ticks between a lost snapshot and the next one */
  constructor(parts: SnapshotExchangeParts, pauseTicksMax: number) {
    this.#parts = parts;
    this.#pauseTicksMax = pauseTicksMax;
  }

  tick(): void {
    if (this.#pauseTicks > 0) this.#pauseTicks--;
  }

  /** What the core announces; the image itself is made when its turn to be sent comes. */
  offer(): Snapshot | undefined {
    const { node, replica } = this.#parts;
    const { log, appliedIndex } = replica;
    const isBusy = this.#pauseTicks > 0 || node.pendingSnapshotIndex !== 0;
    return isBusy || appliedIndex === 0 ? undefined : describe(log, appliedIndex);
  }

  /** True while the core still wants the snapshot that it asked for by `message`. */
  isWanted(message: Message): boolean {
    const { node, replica } = this.#parts;
    if (replica.isStopped || node.term !== message.term) return false;
    const { progress } = node.status();
    return progress.some((peer) => peer.id === message.to && peer.state === "snapshot");
  }

  /** Makes an image of the state. */
  open(): Promise<SnapshotSource> {
    return this.#parts.machine.snapshot();
  }

  /** The message that goes with an image at `index`; `undefined` when it is of no use any more. */
  async announce(message: Message, index: number): Promise<Message | undefined> {
    // The image may be of a batch whose end has not been reported here yet.
    await this.#whenApplied(index);
    if (!this.isWanted(message)) return undefined;
    const snapshot = describe(this.#parts.replica.log, index);
    // A receiver that is no member would ignore it.
    const isUsable = snapshot !== undefined && isMember(snapshot.confState, message.to);
    return isUsable ? { ...message, snapshot } : undefined;
  }

  /** Tells the core what became of a snapshot. */
  report(message: Message, isSent: boolean): void {
    const { node } = this.#parts;
    if (node.term !== message.term) return;
    if (!isSent) this.#pauseTicks = this.#pauseTicksMax;
    node.reportSnapshot(message.to, isSent);
  }

  /**
   * Receives an image; resolves when it is durable here and the core knows of it, or when it was
   * not needed. The state machine takes it over afterwards.
   *
   * @throws ClusterError `SNAPSHOT_REFUSED`, or the error of `chunks` or of the disk
   */
  async receive(message: Message, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { replica, node, staging } = this.#parts;
    const { group, replicaId } = replica;
    const { snapshot } = message;
    if (message.to !== replicaId || snapshot === undefined) throw refused(group, "no such replica");
    if (snapshot.index <= node.commit || message.term < node.term) {
      // The core answers how far this replica is.
      replica.step(message);
      return;
    }
    const isBusy = this.#isReceiving || node.pendingSnapshotIndex !== 0;
    if (isBusy) throw refused(group, "another snapshot is being taken over");
    this.#isReceiving = true;
    try {
      await staging.stage({ group, index: snapshot.index }, chunks);
      if (!replica.isStopped) replica.step(message);
      if (node.pendingSnapshotIndex !== snapshot.index) await staging.removeAll(group);
    } finally {
      this.#isReceiving = false;
    }
  }

  /** Lets images go on that waited for a batch. */
  noteApplied(index: number): void {
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter((waiter) => waiter.index <= index);
    this.#waiters = this.#waiters.filter((waiter) => waiter.index > index);
    for (const { resolve } of due) resolve();
  }

  /** Lets everybody go: the replica has stopped. */
  stop(): void {
    this.noteApplied(Number.POSITIVE_INFINITY);
  }

  #whenApplied(index: number): Promise<void> {
    const { appliedIndex, isStopped } = this.#parts.replica;
    if (isStopped || appliedIndex >= index) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ index, resolve }));
  }
}

/** The refusal of a snapshot, which its sender hears. */
export function refused(group: number, reason: string): ClusterError {
  return new ClusterError("SNAPSHOT_REFUSED", `A snapshot of group ${group}: ${reason}`, {
    details: { group },
  });
}

function describe(log: GroupLog, index: number): Snapshot | undefined {
  const term = log.term(index);
  if (typeof term !== "number") return undefined;
  return { index, term, confState: log.confStateAt(index), data: EMPTY_BYTES };
}

function isMember(confState: ConfState, replicaId: number): boolean {
  const { voters, votersOutgoing, learners } = confState;
  return [voters, votersOutgoing, learners].some((ids) => ids.includes(replicaId));
}
