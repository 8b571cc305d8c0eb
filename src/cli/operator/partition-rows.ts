import { matchOf, modeOf, statusOf } from "./cluster-facts.ts";
import { formatNode } from "./operator-values.ts";
import type { MemberReply, PartitionReply } from "./replies.ts";
import { type Cell, renderTable } from "./table.ts";

/** Ways to order replicas. */
export const PARTITION_ORDERS = ["partition", "node", "mode", "status", "lag"] as const;

export type PartitionOrder = (typeof PARTITION_ORDERS)[number];

const HEADERS = [
  "ID",
  "NODE",
  "MODE",
  "STATUS",
  "TERM",
  "APPLIED",
  "COMMIT",
  "MATCH",
  "LSN-LAG",
  "SNAPSHOT",
  "LAST",
  "REPLICA",
] as const;

interface Row {
  readonly partition: PartitionReply;
  readonly member: MemberReply;
  readonly mode: string;
  readonly status: string;
  readonly lag: number | undefined;
}

/** One line per replica. */
export function renderPartitions(
  partitions: readonly PartitionReply[],
  order: PartitionOrder,
): string {
  const rows = partitions.flatMap((partition) =>
    partition.members.map((member) => rowOf(partition, member)),
  );
  return renderTable(HEADERS, rows.toSorted(comparators[order]).map(cellsOf));
}

/** Entries that a replica has not applied yet, of those that are committed. */
export function lagOf(partition: PartitionReply, member: MemberReply): number | undefined {
  if (partition.commit === undefined || member.applied === undefined) return undefined;
  return Math.max(0, partition.commit - member.applied);
}

function rowOf(partition: PartitionReply, member: MemberReply): Row {
  return {
    partition,
    member,
    mode: modeOf(partition, member),
    status: statusOf(partition, member),
    lag: lagOf(partition, member),
  };
}

function cellsOf({ partition, member, mode, status, lag }: Row): Cell[] {
  const { term, applied, commit, firstIndex, lastIndex } = member;
  return [
    partition.partitionId,
    formatNode(member.nodeId),
    mode,
    status,
    term,
    applied,
    commit,
    matchOf(partition, member),
    lag,
    firstIndex === undefined ? undefined : firstIndex - 1,
    lastIndex,
    member.replicaId,
  ];
}

function byPartition(left: Row, right: Row): number {
  return (
    left.partition.partitionId - right.partition.partitionId ||
    left.member.nodeId - right.member.nodeId ||
    left.member.replicaId - right.member.replicaId
  );
}

const comparators: Readonly<Record<PartitionOrder, (left: Row, right: Row) => number>> = {
  partition: byPartition,
  node: (left, right) => left.member.nodeId - right.member.nodeId || byPartition(left, right),
  mode: (left, right) => compareTexts(left.mode, right.mode) || byPartition(left, right),
  status: (left, right) => compareTexts(left.status, right.status) || byPartition(left, right),
  lag: (left, right) => (right.lag ?? -1) - (left.lag ?? -1) || byPartition(left, right),
};

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
