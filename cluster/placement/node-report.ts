import type { ReplicaStatus } from "../multiraft/replica-status.ts";
import type { ObservedGroup } from "./plan-placement.ts";

/** Service under which every node tells how its replicas are doing. */
export const NODE_REPORT_SERVICE = "cluster.report";

/** Group of the metadata in reports; partitions count from zero. */
export const METADATA_PARTITION = -1;

/** What a leader knows of a member of its group. */
export interface MemberReport {
  readonly replicaId: number;
  readonly nodeId: number | undefined;
  readonly match: number;
  readonly state: string;
}

/** One replica of one node; everything is a JSON value. */
export interface ReplicaReport {
  /** -1 for the metadata group. */
  readonly partitionId: number;
  readonly replicaId: number;
  readonly role: string;
  readonly term: number;
  readonly leaderNode: number | undefined;
  readonly commit: number;
  readonly applied: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Term of the last entry; with it, logs can be compared. */
  readonly lastTerm: number;
  readonly voters: readonly number[];
  readonly votersOutgoing: readonly number[];
  readonly learners: readonly number[];
  /** Empty unless this replica leads. */
  readonly members: readonly MemberReport[];
  readonly isQuiescent: boolean;
  readonly isRestoring: boolean;
  readonly isStopped: boolean;
}

/** One node as it sees itself. */
export interface NodeReport {
  readonly nodeId: number;
  readonly nodeName: string;
  readonly generation: number;
  readonly uptimeMs: number;
  readonly storageState: string;
  /** True once the node gives its leaders away to stop. */
  readonly isStopping: boolean;
  /** Version of the partition table that the node has applied; zero for none. */
  readonly tableVersion: number;
  readonly replicas: readonly ReplicaReport[];
}

/** Describes a replica for a report. */
export function reportReplica(
  partitionId: number,
  status: ReplicaStatus,
  nodeOf: (replicaId: number) => number | undefined,
): ReplicaReport {
  const { confState } = status;
  return {
    partitionId,
    replicaId: status.replicaId,
    role: status.role,
    term: status.term,
    leaderNode: status.leaderNode,
    commit: status.commit,
    applied: status.applied,
    firstIndex: status.firstIndex,
    lastIndex: status.lastIndex,
    lastTerm: status.lastTerm,
    voters: confState.voters,
    votersOutgoing: confState.votersOutgoing,
    learners: [...confState.learners, ...confState.learnersNext],
    members: status.progress.map(({ id, match, state }) => ({
      replicaId: id,
      nodeId: nodeOf(id),
      match,
      state,
    })),
    isQuiescent: status.isQuiescent,
    isRestoring: status.isRestoring,
    isStopped: status.isStopped,
  };
}

/** A leader's report of its group, and the node that it is on. */
export interface LeaderReport extends ReplicaReport {
  readonly nodeId: number;
}

/** The reports of leaders by partition; of two that claim to lead, that of the higher term. */
export function leadersOf(reports: readonly NodeReport[]): ReadonlyMap<number, LeaderReport> {
  const leaders = new Map<number, LeaderReport>();
  for (const { nodeId, replicas } of reports) {
    for (const replica of replicas) {
      if (replica.role !== "leader" || replica.isStopped) continue;
      const known = leaders.get(replica.partitionId);
      if (known === undefined || known.term < replica.term) {
        leaders.set(replica.partitionId, { ...replica, nodeId });
      }
    }
  }
  return leaders;
}

/** The membership of a group, from its leader's report. */
export function observedGroup(report: LeaderReport): ObservedGroup {
  const { voters, votersOutgoing, learners } = report;
  const allVoters = [...new Set([...voters, ...votersOutgoing])];
  return {
    leaderNode: report.nodeId,
    voters: allVoters,
    members: [...new Set([...allVoters, ...learners])],
    isJoint: votersOutgoing.length > 0,
  };
}
