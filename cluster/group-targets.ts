import type { ClusterDocuments } from "./cluster-documents.ts";
import { mayVoteOnMetadata, type NodeRecord } from "./membership/nodes-document.ts";
import { planMetadataMembers } from "./metadata/plan-voters.ts";
import type { ReplicaStatus } from "./multiraft/replica-status.ts";
import type { GroupTarget } from "./placement/group-keeper.ts";
import { findPlacement } from "./placement/placement-table.ts";
import { METADATA_GROUP } from "./replica-places.ts";

/** What is known of the nodes' health. */
export interface TargetFacts {
  isAlive(nodeId: number): boolean;
  /** True if the node is given up. */
  isGone(record: NodeRecord): boolean;
}

/** Members that a group is to have; `undefined` while nobody knows. */
export function groupTarget(
  documents: ClusterDocuments,
  status: ReplicaStatus,
  facts: TargetFacts,
): GroupTarget | undefined {
  if (status.group === METADATA_GROUP) return metadataTarget(documents, status, facts);
  const { placement } = documents;
  const partition = placement && findPlacement(placement, status.group - 1);
  if (partition === undefined) return undefined;
  const voters = partition.replicas.map(({ replicaId }) => replicaId);
  return { voters, learners: [], version: String(placement?.version) };
}

function metadataTarget(
  { nodes: document }: ClusterDocuments,
  { confState }: ReplicaStatus,
  facts: TargetFacts,
): GroupTarget | undefined {
  if (document === undefined) return undefined;
  const nodes = document.nodes.map((record) => ({
    nodeId: record.nodeId,
    mayVote: mayVoteOnMetadata(record),
    isAlive: facts.isAlive(record.nodeId),
    isGone: facts.isGone(record),
  }));
  const members = planMetadataMembers(nodes, confState.voters);
  return { ...members, version: JSON.stringify(members) };
}
