/** Membership of a group as it is stored in snapshots and beside the applied index. */
export interface ConfState {
  /** Voters of the incoming half, or all voters when not joint. */
  readonly voters: readonly number[];
  readonly learners: readonly number[];
  /** Voters of the outgoing half; empty unless the configuration is joint. */
  readonly votersOutgoing: readonly number[];
  /** Voters of the outgoing half that become learners when the joint state is left. */
  readonly learnersNext: readonly number[];
  /** True if the leader leaves the joint state by itself. */
  readonly autoLeave: boolean;
}

/** What a replica must keep across restarts besides its entries. */
export interface HardState {
  readonly term: number;
  /** Id voted for in `term`; 0 for none. */
  readonly vote: number;
  readonly commit: number;
}

/** State of the application at one log index; replaces the log up to and including it. */
export interface Snapshot {
  readonly index: number;
  readonly term: number;
  /** Membership as of `index`. */
  readonly confState: ConfState;
  /** Opaque to the core: the state itself, or a reference to where it can be fetched. */
  readonly data: Uint8Array;
}

/** A group without members: what a replica knows that was created without a configuration. */
export const EMPTY_CONF_STATE: ConfState = Object.freeze({
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
});

/** Hard state of a replica that never took part in anything. */
export const EMPTY_HARD_STATE: HardState = Object.freeze({ term: 0, vote: 0, commit: 0 });

/** True if two membership records mean the same; the order of ids does not matter. */
export function isSameConfState(left: ConfState, right: ConfState): boolean {
  return (
    left.autoLeave === right.autoLeave &&
    isSameSet(left.voters, right.voters) &&
    isSameSet(left.learners, right.learners) &&
    isSameSet(left.votersOutgoing, right.votersOutgoing) &&
    isSameSet(left.learnersNext, right.learnersNext)
  );
}

function isSameSet(left: readonly number[], right: readonly number[]): boolean {
  const ids = new Set(left);
  return ids.size === new Set(right).size && right.every((id) => ids.has(id));
}
