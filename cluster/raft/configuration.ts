import type { JointVoters } from "./quorum.ts";
import type { ConfState } from "./snapshot.ts";

/** Membership of a group. Values are never changed in place; every list is ascending. */
export interface Configuration {
  readonly voters: JointVoters;
  readonly learners: readonly number[];
  /** Voters of the outgoing half that become learners when the joint state is left. */
  readonly learnersNext: readonly number[];
  readonly autoLeave: boolean;
}

/** The membership of a group without members. */
export const EMPTY_CONFIGURATION: Configuration = Object.freeze({
  voters: Object.freeze({ incoming: [], outgoing: [] }),
  learners: [],
  learnersNext: [],
  autoLeave: false,
});

/** True while decisions need majorities of two sets of voters. */
export function isJoint(configuration: Configuration): boolean {
  return configuration.voters.outgoing.length > 0;
}

/** Every id that takes part: voters of both halves and learners, ascending. */
export function memberIds(configuration: Configuration): number[] {
  const { voters, learners } = configuration;
  return sortedIds(new Set([...voters.incoming, ...voters.outgoing, ...learners]));
}

/** Ids of the voters of both halves, ascending. */
export function voterIds({ voters }: Configuration): readonly number[] {
  if (voters.outgoing.length === 0) return voters.incoming;
  return sortedIds(new Set([...voters.incoming, ...voters.outgoing]));
}

/** The stored form of a configuration. */
export function toConfState(configuration: Configuration): ConfState {
  return {
    voters: configuration.voters.incoming,
    votersOutgoing: configuration.voters.outgoing,
    learners: configuration.learners,
    learnersNext: configuration.learnersNext,
    autoLeave: configuration.autoLeave,
  };
}

/** Ids in ascending order. */
export function sortedIds(ids: ReadonlySet<number>): number[] {
  return [...ids].sort((left, right) => left - right);
}
