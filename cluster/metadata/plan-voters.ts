/** A node as the metadata group sees it. */
export interface MetadataNode {
  readonly nodeId: number;
  /** May vote: it has the role, and was not given up. */
  readonly mayVote: boolean;
  readonly isAlive: boolean;
  /** Dead for so long that another node votes in its place, if there is one. */
  readonly isGone: boolean;
}

/** Who is to be what in the metadata group; replica ids are node ids. */
export interface MetadataMembers {
  readonly voters: readonly number[];
  readonly learners: readonly number[];
}

/** More voters make writes slower, and two losses at once are rare enough. */
export const METADATA_VOTERS_MAX = 5;

/**
 * Plans the members of the metadata group: every node has a replica, an odd number of up to five
 * votes. Present voters stay unless they are gone and a living node can replace them.
 */
export function planMetadataMembers(
  nodes: readonly MetadataNode[],
  voters: readonly number[],
): MetadataMembers {
  const able = nodes.filter((node) => node.mayVote);
  const count = oddUpTo(Math.min(METADATA_VOTERS_MAX, able.length));
  const byWorth = able.toSorted(
    (left, right) => worth(right, voters) - worth(left, voters) || left.nodeId - right.nodeId,
  );
  const chosen = new Set(byWorth.slice(0, count).map(({ nodeId }) => nodeId));
  return {
    voters: ids(nodes.filter(({ nodeId }) => chosen.has(nodeId))),
    learners: ids(nodes.filter(({ nodeId }) => !chosen.has(nodeId))),
  };
}

/** Who votes rather: a present voter, then a living node; a gone one last. */
function worth(node: MetadataNode, voters: readonly number[]): number {
  if (node.isGone) return 0;
  if (voters.includes(node.nodeId)) return 3;
  return node.isAlive ? 2 : 1;
}

function oddUpTo(count: number): number {
  return count === 0 || count % 2 === 1 ? count : count - 1;
}

function ids(nodes: readonly MetadataNode[]): number[] {
  return nodes.map(({ nodeId }) => nodeId).sort((left, right) => left - right);
}
