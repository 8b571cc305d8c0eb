// Random membership changes: however they are grouped, the same members result, and every stored
// membership can be restored.

import { describe, expect, test } from "vitest";
import type { ConfChangeOperation } from "#raft";
import {
  type Configuration,
  EMPTY_CONFIGURATION,
  toConfState,
} from "../../../../cluster/raft/configuration.ts";
import {
  type ConfigurationResult,
  changeSimple,
  enterJoint,
  leaveJoint,
  restoreConfiguration,
} from "../../../../cluster/raft/configuration-change.ts";
import { ProgressTracker } from "../../../../cluster/raft/tracker.ts";
import { seededNumbers } from "./raft-group.ts";

const CASES = 500;
const LIMITS = { inflightAppendsMax: 1, inflightBytesMax: Number.POSITIVE_INFINITY };

describe("configuration", () => {
  test("one joint change has the effect of its operations one by one", () => {
    const next = seededNumbers(1);
    for (let round = 0; round < CASES; round += 1) {
      const start = configurationOf(randomSetup(next));
      const operations = randomOperations(next);
      const stepwise = applyStepwise(start, operations);
      if (stepwise === undefined) continue;

      const joint = accept(enterJoint(start, operations, false));
      const left = accept(leaveJoint(joint));

      expect(left, JSON.stringify({ start, operations })).toEqual(stepwise);
    }
  });

  test("a stored membership is restored as it was", () => {
    const next = seededNumbers(2);
    for (let round = 0; round < CASES; round += 1) {
      const start = configurationOf(randomSetup(next));
      const result = enterJoint(start, randomOperations(next), next(2) === 1);
      const configuration = result.ok ? result.configuration : start;

      const restored = accept(restoreConfiguration(toConfState(configuration)));

      expect(restored).toEqual(configuration);
    }
  });

  test("a refused change says why and changes nothing", () => {
    const start = configurationOf([1, 2]);

    expect(changeSimple(start, [voter(3), voter(4)])).toEqual({
      ok: false,
      reason: "more than one voter changed without entering joint config",
    });
    expect(changeSimple(start, [remove(1), remove(2)])).toEqual({
      ok: false,
      reason: "removed all voters",
    });
    expect(start).toEqual(configurationOf([1, 2]));
  });

  test("a member that was removed and added in one change starts from nothing", () => {
    const tracker = new ProgressTracker(LIMITS);
    const first = changeSimple(EMPTY_CONFIGURATION, [voter(1), learner(2)]);
    if (!first.ok) throw new Error(first.reason);
    tracker.adopt(first.configuration, first.fresh, 5);
    tracker.memberProgress(2).match = 7;

    const second = changeSimple(tracker.configuration, [remove(2), learner(2)]);
    if (!second.ok) throw new Error(second.reason);
    tracker.adopt(second.configuration, second.fresh, 9);

    expect(tracker.memberProgress(2)).toMatchObject({ match: 0, next: 9, isLearner: true });
  });

  test("a demoted voter keeps its progress and votes until the joint state is left", () => {
    const tracker = new ProgressTracker(LIMITS);
    adopt(tracker, accept(restoreConfiguration(toConfState(configurationOf([1, 2, 3])))));
    tracker.memberProgress(3).match = 4;

    adopt(tracker, accept(enterJoint(tracker.configuration, [learner(3)], true)));
    const during = { isLearner: tracker.memberProgress(3).isLearner, votes: tracker.isVoter(3) };
    adopt(tracker, accept(leaveJoint(tracker.configuration)));

    expect(during).toEqual({ isLearner: false, votes: true });
    expect(tracker.memberProgress(3)).toMatchObject({ isLearner: true, match: 4 });
    expect(tracker.isVoter(3)).toBe(false);
  });
});

function adopt(tracker: ProgressTracker, configuration: Configuration): void {
  tracker.adopt(configuration, new Set(), 9);
}

function applyStepwise(
  start: Configuration,
  operations: readonly ConfChangeOperation[],
): Configuration | undefined {
  let configuration = start;
  for (const operation of operations) {
    const result = changeSimple(configuration, [operation]);
    // A group may pass through a set without voters, single steps may not.
    if (!result.ok) return undefined;
    configuration = result.configuration;
  }
  return configuration;
}

function accept(result: ConfigurationResult): Configuration {
  if (!result.ok) throw new Error(result.reason);
  return result.configuration;
}

function configurationOf(voters: readonly number[]): Configuration {
  return { ...EMPTY_CONFIGURATION, voters: { incoming: voters, outgoing: [] } };
}

function randomSetup(next: (bound: number) => number): number[] {
  return [1, 2, 3, 4, 5].slice(0, 1 + next(5));
}

function randomOperations(next: (bound: number) => number): ConfChangeOperation[] {
  const kinds = ["add-voter", "add-learner", "remove", "update"] as const;
  return Array.from({ length: 1 + next(6) }, () => ({
    kind: kinds[next(kinds.length)] as (typeof kinds)[number],
    nodeId: next(8),
  }));
}

function voter(nodeId: number): ConfChangeOperation {
  return { kind: "add-voter", nodeId };
}

function learner(nodeId: number): ConfChangeOperation {
  return { kind: "add-learner", nodeId };
}

function remove(nodeId: number): ConfChangeOperation {
  return { kind: "remove", nodeId };
}
