import type { Clock, Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { MultiRaft } from "./multiraft/multi-raft.ts";
import type { Replica } from "./multiraft/replica.ts";
import { decodeJson, encodeJson } from "./placement/controller.ts";
import { type NodeReport, type ReplicaReport, reportReplica } from "./placement/node-report.ts";
import { groupOf } from "./placement/replica-keeper.ts";

/** Reports of all replicas of a node, the metadata group's first. */
export function reportReplicas(multiRaft: MultiRaft): readonly ReplicaReport[] {
  return multiRaft
    .replicas()
    .map((replica) =>
      reportReplica(replica.partitionId, replica.status(), (id) => replica.nodeOf(id)),
    );
}

/** Answers `cluster.report`. */
export function answerReport(report: NodeReport): Uint8Array {
  return encodeJson(report);
}

/** Answers `cluster.transfer-leader`: starts the hand-over of a partition that is led here. */
export function answerTransfer(multiRaft: MultiRaft, payload: Uint8Array): Uint8Array {
  const { partitionId, nodeId } = decodeJson(payload) as { partitionId: number; nodeId: number };
  const replica = multiRaft.replica(groupOf(partitionId));
  if (replica?.isLeader !== true) {
    throw new ClusterError("NOT_LEADER", `Partition ${partitionId} is not led here`);
  }
  replica.transferLeadership(nodeId);
  return encodeJson({});
}

/** What handing over all leaderships takes. */
export interface DrainOptions {
  readonly multiRaft: MultiRaft;
  readonly nodeId: number;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly deadlineMs: number;
  isAlive(nodeId: number): boolean;
}

const LOOK_MS = 10;
/** A hand-over that has not happened by then is tried with the next best. */
const REPEAT_MS = 300;

/** Hands over every group that this node leads, all at once; resolves when none is left. */
export async function drainLeadership(options: DrainOptions): Promise<void> {
  const { multiRaft, clock, scheduler } = options;
  const endMs = clock.monotonicMs() + options.deadlineMs;
  const askedAtMs = new Map<number, number>();
  for (;;) {
    const nowMs = clock.monotonicMs();
    const open = multiRaft
      .replicas()
      .map((replica) => ({ replica, successor: successorOf(replica, options) }))
      .filter(({ successor }) => successor !== undefined);
    if (open.length === 0 || nowMs >= endMs) return;
    for (const { replica, successor } of open) {
      if (nowMs - (askedAtMs.get(replica.group) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) continue;
      askedAtMs.set(replica.group, nowMs);
      replica.transferLeadership(successor as number);
    }
    await new Promise<void>((resolve) => {
      scheduler.after(LOOK_MS, resolve);
    });
  }
}

/**
 * The living voter with the longest log, if this replica leads and there is one. Among equals it
 * differs by group, so that not one node gets them all.
 */
function successorOf(replica: Replica, { nodeId, isAlive }: DrainOptions): number | undefined {
  if (!replica.isLeader || replica.isStopped) return undefined;
  const { confState, progress } = replica.status();
  const open = progress
    .filter(({ id }) => confState.voters.includes(id))
    .map(({ id, match }) => ({ match, node: replica.nodeOf(id) }))
    .filter(({ node }) => node !== undefined && node !== nodeId && isAlive(node));
  const longest = Math.max(...open.map(({ match }) => match));
  const equals = open.filter(({ match }) => match === longest);
  return equals[replica.group % equals.length]?.node;
}
