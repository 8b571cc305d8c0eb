import { type ConfChange, type ConfChangeOperation, EMPTY_BYTES } from "#raft";

/** What a leader knows about another member. */
export interface MemberProgress {
  readonly replicaId: number;
  readonly match: number;
  /** Heard from within the last election timeout. */
  readonly isActive: boolean;
}

/** A group as its leader sees it. */
export interface GroupView {
  readonly ownReplica: number;
  readonly voters: readonly number[];
  readonly learners: readonly number[];
  /** Two majorities decide: a change is being carried out. */
  readonly isJoint: boolean;
  readonly isTransferring: boolean;
  readonly commit: number;
  /** All members, this one included. */
  readonly progress: readonly MemberProgress[];
}

/** What a leader does next to make its group what it is to be. */
export type GroupStep =
  | { readonly kind: "none" }
  /** Something is under way, or a member has to catch up: look again soon. */
  | { readonly kind: "wait" }
  | { readonly kind: "change"; readonly change: ConfChange }
  | { readonly kind: "transfer"; readonly replicaId: number };

/** A learner that is so many entries behind is a voter as good as any other. */
export const CAUGHT_UP_ENTRIES = 1000;

const NONE: GroupStep = Object.freeze({ kind: "none" });
const WAIT: GroupStep = Object.freeze({ kind: "wait" });

/**
 * The next step from the present members to exactly `target` as voters and `learners`.
 *
 * Newcomers are learners first and catch up; then one joint change brings in all of them and takes
 * out the others. A leader that is to go brings the newcomers in, hands over, and is taken out by
 * its successor. Nothing is taken out before a majority of what stays has caught up.
 */
export function nextGroupStep(
  target: readonly number[],
  view: GroupView,
  learners: readonly number[] = [],
): GroupStep {
  const { voters } = view;
  if (isReached(target, learners, view)) return NONE;
  if (view.isJoint || view.isTransferring) return WAIT;
  const wanted = [...target, ...learners];
  const missing = wanted.find((id) => !voters.includes(id) && !view.learners.includes(id));
  if (missing !== undefined) return change([{ kind: "add-learner", nodeId: missing }]);
  const newcomers = target.filter((id) => !voters.includes(id));
  if (!newcomers.every((id) => isCaughtUp(id, view))) return WAIT;
  const ready = target.filter((id) => isCaughtUp(id, view));
  if (ready.length <= target.length / 2) return WAIT;
  const isLeaderGoing = !target.includes(view.ownReplica);
  const successor = isLeaderGoing ? bestSuccessor(target, view) : undefined;
  if (isLeaderGoing && newcomers.length === 0) {
    return successor === undefined ? WAIT : { kind: "transfer", replicaId: successor };
  }
  return change(operations(target, learners, view));
}

function operations(
  target: readonly number[],
  learners: readonly number[],
  { voters, learners: presentLearners, ownReplica }: GroupView,
): ConfChangeOperation[] {
  const added = target.filter((id) => !voters.includes(id));
  const goingVoters = voters.filter((id) => !target.includes(id) && id !== ownReplica);
  const goingLearners = presentLearners.filter(
    (id) => !target.includes(id) && !learners.includes(id),
  );
  return [
    ...added.map((nodeId) => ({ kind: "add-voter" as const, nodeId })),
    ...goingVoters.map((nodeId) =>
      learners.includes(nodeId)
        ? { kind: "add-learner" as const, nodeId }
        : { kind: "remove" as const, nodeId },
    ),
    ...goingLearners.map((nodeId) => ({ kind: "remove" as const, nodeId })),
  ];
}

function isReached(
  target: readonly number[],
  learners: readonly number[],
  view: GroupView,
): boolean {
  return (
    !view.isJoint &&
    isSameSet(target, view.voters) &&
    isSameSet(
      learners.filter((id) => !target.includes(id)),
      view.learners,
    )
  );
}

/** The living voter of `target` with the longest log. */
function bestSuccessor(target: readonly number[], view: GroupView): number | undefined {
  return view.progress
    .filter(
      ({ replicaId, isActive }) =>
        isActive && target.includes(replicaId) && view.voters.includes(replicaId),
    )
    .toSorted((left, right) => right.match - left.match)[0]?.replicaId;
}

function isCaughtUp(replicaId: number, { ownReplica, progress, commit }: GroupView): boolean {
  if (replicaId === ownReplica) return true;
  const known = progress.find((member) => member.replicaId === replicaId);
  return known?.isActive === true && known.match > 0 && known.match + CAUGHT_UP_ENTRIES >= commit;
}

function change(operations: readonly ConfChangeOperation[]): GroupStep {
  const change = { version: 2, transition: "auto", operations, context: EMPTY_BYTES } as const;
  return { kind: "change", change };
}

function isSameSet(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((id) => right.includes(id));
}
