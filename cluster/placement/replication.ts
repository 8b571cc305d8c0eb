/** How many copies of a record must be durable before it counts, and over how many zones. */
export interface Replication {
  /** Copies on different nodes, from one. */
  readonly nodeCopies: number;
  /** Zones over which the copies are spread, from one; one means that zones do not matter. */
  readonly zoneCopies: number;
}

/** One copy: no fault is tolerated. */
export const SINGLE_COPY: Replication = Object.freeze({ nodeCopies: 1, zoneCopies: 1 });

/** Most copies; a majority of more voters is slower and not safer in practice. */
const COPIES_MAX = 16;

/**
 * Voters of a partition when `eligibleCount` nodes may hold one.
 *
 * `2c − 1` voters have a majority of `c`, so `c` copies are durable before a record counts, and
 * `c − 1` nodes may be lost. With fewer nodes it is as many as still make `c` copies, else an odd
 * number, for an even one tolerates nothing more.
 */
export function voterCountFor({ nodeCopies }: Replication, eligibleCount: number): number {
  const count = Math.min(2 * nodeCopies - 1, eligibleCount);
  const isUseless = count % 2 === 0 && Math.floor(count / 2) + 1 < nodeCopies;
  return isUseless ? count - 1 : count;
}

/** Why these nodes cannot keep so many copies; `undefined` when they can. */
export function refusalOfReplication(
  { nodeCopies, zoneCopies }: Replication,
  zonesOfEligibleNodes: readonly string[],
): string | undefined {
  if (!isCount(nodeCopies) || !isCount(zoneCopies) || zoneCopies > nodeCopies) {
    return `copies are whole numbers from 1 to ${COPIES_MAX}, and zones not more than nodes`;
  }
  const nodeCount = zonesOfEligibleNodes.length;
  if (nodeCount < nodeCopies) {
    return `${nodeCopies} copies need as many nodes that may hold replicas; there are ${nodeCount}`;
  }
  const zoneCount = new Set(zonesOfEligibleNodes).size;
  if (zoneCount >= zoneCopies) return undefined;
  return `copies in ${zoneCopies} zones need nodes in as many zones; there are ${zoneCount}`;
}

/** What is lost with so few nodes, in words; `undefined` when the full tolerance is there. */
export function weaknessOfReplication(
  { nodeCopies }: Replication,
  eligibleCount: number,
): string | undefined {
  const wanted = 2 * nodeCopies - 1;
  if (eligibleCount >= wanted) return undefined;
  const voters = voterCountFor({ nodeCopies, zoneCopies: 1 }, eligibleCount);
  const tolerated = Math.max(0, Math.ceil(voters / 2) - 1);
  return (
    `${nodeCopies} copies tolerate ${nodeCopies - 1} lost nodes with ${wanted} nodes; ` +
    `with ${eligibleCount} they tolerate ${tolerated}`
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= COPIES_MAX;
}
