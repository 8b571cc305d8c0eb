import { assert } from "#base/assert";
import {
  type ConfChange,
  type ConfChangeOperation,
  isLeaveJoint,
  jointMode,
} from "./conf-change.ts";
import { type Configuration, EMPTY_CONFIGURATION, isJoint, sortedIds } from "./configuration.ts";
import type { ConfState } from "./snapshot.ts";

/** A membership change carried out, or the reason why it is not possible. */
export type ConfigurationResult =
  | {
      readonly ok: true;
      readonly configuration: Configuration;
      /** Members whose progress starts from nothing, even if they were members before. */
      readonly fresh: ReadonlySet<number>;
    }
  | { readonly ok: false; readonly reason: string };

/** Carries out a membership change as it is proposed and committed. */
export function changeConfiguration(
  configuration: Configuration,
  change: ConfChange,
): ConfigurationResult {
  if (isLeaveJoint(change)) return leaveJoint(configuration);
  const mode = jointMode(change);
  if (mode === "simple") return changeSimple(configuration, change.operations);
  return enterJoint(configuration, change.operations, mode === "auto-leave");
}

/** Carries out operations in one step; at most one voter may change. */
export function changeSimple(
  configuration: Configuration,
  operations: readonly ConfChangeOperation[],
): ConfigurationResult {
  if (isJoint(configuration)) {
    return refuse("can't apply simple config change in joint config");
  }
  const draft = new ConfigurationDraft(configuration);
  draft.apply(operations);
  if (draft.incoming.size === 0) return refuse("removed all voters");
  if (countDifferences(new Set(configuration.voters.incoming), draft.incoming) > 1) {
    return refuse("more than one voter changed without entering joint config");
  }
  return draft.finish();
}

/** Enters the joint state: the present voters become the outgoing half. */
export function enterJoint(
  configuration: Configuration,
  operations: readonly ConfChangeOperation[],
  autoLeave: boolean,
): ConfigurationResult {
  if (isJoint(configuration)) return refuse("config is already joint");
  if (configuration.voters.incoming.length === 0) {
    return refuse("can't make a zero-voter config joint");
  }
  const draft = new ConfigurationDraft(configuration);
  draft.outgoing = new Set(draft.incoming);
  draft.apply(operations);
  if (draft.incoming.size === 0) return refuse("removed all voters");
  draft.autoLeave = autoLeave;
  return draft.finish();
}

/** Leaves the joint state: the incoming half decides alone from now on. */
export function leaveJoint(configuration: Configuration): ConfigurationResult {
  if (!isJoint(configuration)) return refuse("can't leave a non-joint config");
  const draft = new ConfigurationDraft(configuration);
  for (const id of draft.learnersNext) draft.learners.add(id);
  draft.learnersNext.clear();
  draft.outgoing.clear();
  draft.autoLeave = false;
  return draft.finish();
}

/** Rebuilds the configuration that a stored membership describes, through the changes above. */
export function restoreConfiguration(confState: ConfState): ConfigurationResult {
  const { votersOutgoing } = confState;
  const incoming: ConfChangeOperation[] = [
    ...operationsOf("remove", votersOutgoing),
    ...operationsOf("add-voter", confState.voters),
    ...operationsOf("add-learner", confState.learners),
    ...operationsOf("add-learner", confState.learnersNext),
  ];
  const first = votersOutgoing.length === 0 ? incoming : operationsOf("add-voter", votersOutgoing);
  let result: ConfigurationResult = {
    ok: true,
    configuration: EMPTY_CONFIGURATION,
    fresh: new Set(),
  };
  for (const operation of first) {
    result = changeSimple(result.configuration, [operation]);
    if (!result.ok) return result;
  }
  if (votersOutgoing.length === 0) return result;
  return enterJoint(result.configuration, incoming, confState.autoLeave);
}

/** A configuration while operations are being carried out on it. */
class ConfigurationDraft {
  readonly incoming: Set<number>;
  outgoing: Set<number>;
  readonly learners: Set<number>;
  readonly learnersNext: Set<number>;
  autoLeave: boolean;
  readonly #fresh = new Set<number>();

  constructor(configuration: Configuration) {
    this.incoming = new Set(configuration.voters.incoming);
    this.outgoing = new Set(configuration.voters.outgoing);
    this.learners = new Set(configuration.learners);
    this.learnersNext = new Set(configuration.learnersNext);
    this.autoLeave = configuration.autoLeave;
  }

  apply(operations: readonly ConfChangeOperation[]): void {
    for (const { kind, nodeId } of operations) {
      // Id 0 marks an operation that the application decided to void.
      if (nodeId === 0) continue;
      if (kind === "add-voter") this.#addVoter(nodeId);
      else if (kind === "add-learner") this.#addLearner(nodeId);
      else if (kind === "remove") this.#remove(nodeId);
    }
  }

  finish(): ConfigurationResult {
    for (const id of this.learners) {
      assert(!this.incoming.has(id), "a learner is not a voter of the incoming half");
      assert(!this.outgoing.has(id), "a learner is not a voter of the outgoing half");
    }
    for (const id of this.learnersNext) {
      assert(this.outgoing.has(id), "a staged learner is a voter of the outgoing half");
    }
    const configuration: Configuration = {
      voters: { incoming: sortedIds(this.incoming), outgoing: sortedIds(this.outgoing) },
      learners: sortedIds(this.learners),
      learnersNext: sortedIds(this.learnersNext),
      autoLeave: this.autoLeave,
    };
    return { ok: true, configuration, fresh: this.#fresh };
  }

  #isMember(id: number): boolean {
    return this.incoming.has(id) || this.outgoing.has(id) || this.learners.has(id);
  }

  #addVoter(id: number): void {
    if (!this.#isMember(id)) this.#fresh.add(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
    this.incoming.add(id);
  }

  #addLearner(id: number): void {
    if (this.learners.has(id)) return;
    if (!this.#isMember(id)) this.#fresh.add(id);
    this.incoming.delete(id);
    // The outgoing half still needs its vote, so the demotion waits until that half is left.
    if (this.outgoing.has(id)) this.learnersNext.add(id);
    else this.learners.add(id);
  }

  #remove(id: number): void {
    this.incoming.delete(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
  }
}

function operationsOf(
  kind: ConfChangeOperation["kind"],
  ids: readonly number[],
): ConfChangeOperation[] {
  return ids.map((nodeId) => ({ kind, nodeId }));
}

function refuse(reason: string): ConfigurationResult {
  return { ok: false, reason };
}

function countDifferences(left: ReadonlySet<number>, right: ReadonlySet<number>): number {
  let count = 0;
  for (const id of left) if (!right.has(id)) count += 1;
  for (const id of right) if (!left.has(id)) count += 1;
  return count;
}
