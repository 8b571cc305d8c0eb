/** Outcome of counting votes. */
export type VoteResult = "won" | "lost" | "pending";

/** Voters of a configuration; the outgoing half is empty unless the configuration is joint. */
export interface JointVoters {
  /** Ascending ids. */
  readonly incoming: readonly number[];
  /** Ascending ids. */
  readonly outgoing: readonly number[];
}

/** Highest index a voter is known to have; `undefined` if nothing is known of it. */
export type AckedIndex = (id: number) => number | undefined;

/**
 * Highest index that a majority of the voters has.
 *
 * `Infinity` without voters: an empty half of a joint configuration imposes no limit.
 */
export function majorityCommittedIndex(voters: readonly number[], acked: AckedIndex): number {
  switch (voters.length) {
    case 0:
      return Number.POSITIVE_INFINITY;
    case 1:
      return acked(voters[0] as number) ?? 0;
    case 2:
      return Math.min(acked(voters[0] as number) ?? 0, acked(voters[1] as number) ?? 0);
    case 3:
      return medianOfThree(
        acked(voters[0] as number) ?? 0,
        acked(voters[1] as number) ?? 0,
        acked(voters[2] as number) ?? 0,
      );
    default: {
      const indexes = voters.map((id) => acked(id) ?? 0).sort((left, right) => right - left);
      return indexes[Math.floor(voters.length / 2)] as number;
    }
  }
}

/** Highest index that both halves have by majority. */
export function jointCommittedIndex(voters: JointVoters, acked: AckedIndex): number {
  const incoming = majorityCommittedIndex(voters.incoming, acked);
  if (voters.outgoing.length === 0) return incoming;
  return Math.min(incoming, majorityCommittedIndex(voters.outgoing, acked));
}

/** Counts votes of one majority; without voters it is won. */
export function majorityVoteResult(
  voters: readonly number[],
  votes: ReadonlyMap<number, boolean>,
): VoteResult {
  let granted = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) missing += 1;
    else if (vote) granted += 1;
  }
  const needed = voters.length === 0 ? 0 : Math.floor(voters.length / 2) + 1;
  if (granted >= needed) return "won";
  return granted + missing >= needed ? "pending" : "lost";
}

/** Counts votes of both halves: won when both are won, lost when either is lost. */
export function jointVoteResult(
  voters: JointVoters,
  votes: ReadonlyMap<number, boolean>,
): VoteResult {
  const incoming = majorityVoteResult(voters.incoming, votes);
  const outgoing = majorityVoteResult(voters.outgoing, votes);
  if (incoming === outgoing) return incoming;
  return incoming === "lost" || outgoing === "lost" ? "lost" : "pending";
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
