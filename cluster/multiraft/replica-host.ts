import type { ScheduledCall } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { Message } from "#raft";
import type { LogStore } from "../log-store/log-store.ts";
import type { RaftMetrics } from "./raft-metrics.ts";
import type { Replica } from "./replica.ts";
import type { SnapshotStaging } from "./snapshot-staging.ts";

/** What a replica asks of the node it runs on. */
export interface ReplicaHost {
  readonly store: LogStore;
  /** Images received and not yet taken over. */
  readonly staging: SnapshotStaging;
  readonly random: Random;
  readonly logger: Logger;
  /** True while proposals may be taken: the disk has space and the node is not stopping. */
  readonly isAccepting: boolean;
  /** Bytes of accepted proposals, over all groups, that are not applied yet. */
  pendingBytes: number;
  /** Totals since the process started, over all groups. */
  proposedRecords: number;
  proposedBytes: number;
  appliedRecords: number;
  appliedBytes: number;
  readonly limits: ReplicaLimits;
  readonly metrics: RaftMetrics;
  /** True while the log waits for space. */
  readonly isDiskFull: boolean;
  /** A clock that never goes backwards. */
  nowMs(): number;
  /** Sees to it that `collect` is called in this turn of the event loop or the next. */
  schedule(replica: Replica): void;
  /** As `schedule`, but what arrives while the log writes waits for that write and is batched. */
  scheduleBatched(replica: Replica): void;
  /** Sees to it that `finishAppends` is called when batch `sequence` is durable. */
  awaitDurable(replica: Replica, sequence: number): void;
  /** Sends a message to the node that holds its receiver. */
  send(nodeId: number, group: number, message: Message): void;
  /** Sends an image of the replica's state, which the core has asked for by this message. */
  sendSnapshot(replica: Replica, message: Message): void;
  /** Runs a function once after some milliseconds. */
  after(delayMs: number, run: () => void): ScheduledCall;
  /** Node that holds a replica; `undefined` when unknown. */
  nodeOf(group: number, replicaId: number): number | undefined;
  /** Replica of the group that a node holds; `undefined` when unknown. */
  replicaOn(group: number, nodeId: number): number | undefined;
  /** True if a node answers; always false when nobody watches the nodes. */
  isAlive(nodeId: number): boolean;
  /** Forgets a replica that has been destroyed. */
  removeReplica(replica: Replica): void;
}

/** Bounds of the work that waits. */
export interface ReplicaLimits {
  /** Payload bytes of one group that wait for disk or state machine. */
  readonly pendingBytesMax: number;
  /** As above, over all groups of the node. */
  readonly nodePendingBytesMax: number;
  /** Entry bytes handed to a state machine at once. */
  readonly applyingBytesMax: number;
  /** Entry bytes of one message to a follower. */
  readonly messageBytesMax: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** Ticks without work after which a group stops ticking; 0 for never. */
  readonly quietTicks: number;
  /** Log bytes that any replica of several keeps for members that are a little behind. */
  readonly keptTailBytes: number;
  /** Log bytes that a leader keeps for a member that lags and answers; beyond, a snapshot. */
  readonly keptForFollowersBytesMax: number;
}
