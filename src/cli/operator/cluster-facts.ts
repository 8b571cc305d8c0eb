/** What replies mean: the figures that several commands show. */
import { OperatorError } from "./operator-error.ts";
import { splitList } from "./operator-values.ts";
import type { MemberReply, NodeReply, PartitionReply, StatusReply } from "./replies.ts";

/** The metadata group in reports. */
export const METADATA_PARTITION = -1;

/** How the partitions are doing, counted. */
export interface PartitionCounts {
  readonly partitions: number;
  readonly led: number;
  readonly leaderless: number;
  readonly underReplicated: number;
  readonly withoutQuorum: number;
}

/** Counts what operators have to know about partitions. */
export function countPartitions(partitions: readonly PartitionReply[]): PartitionCounts {
  const leaderless = partitions.filter(({ leaderNode }) => leaderNode === undefined).length;
  return {
    partitions: partitions.length,
    led: partitions.length - leaderless,
    leaderless,
    underReplicated: partitions.filter(({ isUnderReplicated }) => isUnderReplicated).length,
    withoutQuorum: partitions.filter(({ hasQuorum }) => !hasQuorum).length,
  };
}

/** What is wrong, in sentences; what stops some calls from being served comes first. */
export function findProblems(status: StatusReply): {
  readonly outages: readonly string[];
  readonly weaknesses: readonly string[];
} {
  const { nodes, partitions, metadata } = status;
  const outages: string[] = [];
  const weaknesses: string[] = [];
  const name = (list: readonly PartitionReply[]) =>
    `${list.length === 1 ? "Partition" : "Partitions"} ${formatIds(list)}`;
  const leaderless = partitions.filter(({ leaderNode }) => leaderNode === undefined);
  const helpless = partitions.filter(({ hasQuorum }) => !hasQuorum);
  const thin = partitions.filter((each) => each.isUnderReplicated && each.hasQuorum);
  if (metadata === undefined) outages.push("The metadata has no leader: nothing can be changed");
  if (partitions.length === 0) outages.push("There are no partitions yet");
  if (leaderless.length > 0) outages.push(`${name(leaderless)}: no leader`);
  if (helpless.length > 0) outages.push(`${name(helpless)}: too few replicas are up`);
  if (thin.length > 0) weaknesses.push(`${name(thin)}: not all replicas are up`);
  for (const { nodeId, nodeName, isAlive, report } of nodes) {
    const node = `Node N${nodeId} ("${nodeName}")`;
    if (!isAlive) weaknesses.push(`${node} is down`);
    else if (report === undefined) weaknesses.push(`${node} does not report`);
    else if (report.storageState !== "ready") weaknesses.push(`${node}: ${report.storageState}`);
    for (const { partitionId, isStopped } of report?.replicas ?? []) {
      if (isStopped) weaknesses.push(`${node}: replica of ${groupName(partitionId)} has stopped`);
    }
  }
  return { outages, weaknesses };
}

/** What a replica is in its group. */
export function modeOf(partition: PartitionReply, member: MemberReply): string {
  if (member.role === undefined) return "-";
  if (member.role === "leader") return "Leader";
  const leader = leaderOf(partition);
  const { replicaId } = member;
  if (leader?.learners?.includes(replicaId) === true) return "Learner";
  if (leader?.voters?.includes(replicaId) === true) return "Voter";
  return leader === undefined ? "Voter" : "Waiting";
}

/** Whether a replica takes part. */
export function statusOf(partition: PartitionReply, member: MemberReply): string {
  if (member.role === undefined) return "Unreachable";
  if (member.isStopped === true) return "Stopped";
  if (member.isRestoring === true) return "Restoring";
  const isLeaving = partition.leaving.some(({ replicaId }) => replicaId === member.replicaId);
  return isLeaving ? "Leaving" : "Active";
}

/** The member that leads, as it reports itself. */
export function leaderOf({ leaderNode, members, term }: PartitionReply): MemberReply | undefined {
  return members.find(
    (member) => member.nodeId === leaderNode && member.role === "leader" && member.term === term,
  );
}

/** How far a replica's log is known to agree with the leader's. */
export function matchOf(partition: PartitionReply, member: MemberReply): number | undefined {
  const known = leaderOf(partition)?.members?.find(({ replicaId }) => {
    return replicaId === member.replicaId;
  });
  return known?.match;
}

/**
 * Finds nodes by id (`N3`, `3`) or name, in the order given, each once.
 *
 * @throws OperatorError `NODE_UNKNOWN`, `AMBIGUOUS` when one node's name is another one's id
 */
export function resolveNodes<N extends NodeReply>(
  nodes: readonly N[],
  references: readonly string[],
): N[] {
  return [...new Set(splitList(references).map((reference) => resolveNode(nodes, reference)))];
}

function resolveNode<N extends NodeReply>(nodes: readonly N[], reference: string): N {
  const id = /^N?(\d+)$/.exec(reference)?.[1];
  const byId = nodes.find(({ nodeId }) => id !== undefined && nodeId === Number(id));
  const byName = nodes.find(({ nodeName }) => nodeName === reference);
  const found = byId ?? byName;
  if (found === undefined) {
    throw new OperatorError("NODE_UNKNOWN", `The cluster has no node "${reference}"`);
  }
  if (byName !== undefined && byName !== found) {
    const text = `"${reference}" is the id of one node and the name of another, N${byName.nodeId}`;
    throw new OperatorError("AMBIGUOUS", text);
  }
  return found;
}

/** The partitions with these ids, or all of them. */
export function choosePartitions(
  partitions: readonly PartitionReply[],
  ids: readonly number[],
): readonly PartitionReply[] {
  if (ids.length === 0) return partitions;
  return ids.map((id) => {
    const found = partitions.find(({ partitionId }) => partitionId === id);
    if (found !== undefined) return found;
    throw new OperatorError("PARTITION_UNKNOWN", `There is no partition ${id}`);
  });
}

/** Ids as short as they read well: `0-3, 7`. */
export function formatIds(partitions: readonly { readonly partitionId: number }[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const { partitionId } of partitions) {
    const run = runs.at(-1);
    if (run !== undefined && run.last === partitionId - 1) run.last = partitionId;
    else runs.push({ first: partitionId, last: partitionId });
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(", ");
}

function groupName(partitionId: number): string {
  return partitionId === METADATA_PARTITION ? "the metadata" : `partition ${partitionId}`;
}
