import { describe, expect, test } from "vitest";
import { keyIn, partitionOfKey } from "../../failover/keys.ts";
import { firstSuccessMs, longestGapMs, type Success } from "../../failover/prober.ts";
import { findProblems, spreadOf, summarize } from "../../failover/report.ts";
import type { ProberResult, TrialResult } from "../../failover/trial.ts";

/** Answers at these moments, to calls that took two milliseconds. */
function answeredAt(...momentsMs: number[]): readonly Success[] {
  return momentsMs.map((endedAtMs) => ({ startedAtMs: endedAtMs - 2, endedAtMs }));
}

const prober: ProberResult = {
  patience: "patient",
  firstSuccessMs: 200,
  inFlightMs: 90,
  gapBeforeMs: 10,
  gapMs: 150,
  gapAfterReturnMs: 10,
};

const trial: TrialResult = {
  victim: "n1",
  ledPartitions: 1,
  affected: [prober],
  unaffected: [prober],
  additions: 20,
  errors: 0,
  violations: 0,
  notes: [],
  exitCode: 0,
  noiseMs: 1,
};

function problemsOf(fault: "kill" | "stop", ...trials: readonly TrialResult[]) {
  const { wrong, slow } = findProblems(summarize({ target: "stet", fault, title: "F" }, trials));
  return [...wrong, ...slow];
}

describe("what a prober saw", () => {
  test("the first success is of a call that began after the fault", () => {
    const successes = answeredAt(10, 21, 40);

    expect(firstSuccessMs(successes, 20)).toBe(20);
    expect(firstSuccessMs(successes, 39)).toBeUndefined();
  });

  test("the longest gap reaches back to the answer before the fault", () => {
    expect(longestGapMs(answeredAt(0, 10, 50, 60), 20, 70)).toBe(40);
  });

  test("a gap that is open at the end counts up to there", () => {
    expect(longestGapMs(answeredAt(10), 20, 100)).toBe(90);
    expect(longestGapMs(answeredAt(10, 300), 20, 100)).toBe(90);
    expect(longestGapMs([], 20, 100)).toBe(80);
  });

  test("what is outside of the time does not count", () => {
    expect(longestGapMs(answeredAt(0, 100, 110, 120, 400), 105, 125)).toBe(10);
  });
});

describe("the report", () => {
  test("quantiles are taken by nearest rank", () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ p50: 3, p90: 5, max: 5, count: 5 });
  });

  test("a run within its goals has no problems", () => {
    expect([problemsOf("kill", trial), problemsOf("stop", trial)]).toEqual([[], []]);
  });

  test("errors, wrong effects and unclean stops are wrong", () => {
    const bad = { ...trial, errors: 2, violations: 1, exitCode: undefined };

    expect(problemsOf("stop", trial, bad)).toEqual([
      "F: 2 client errors",
      "F: 1 effects lost or doubled",
      "F: 1 nodes did not stop cleanly",
    ]);
  });

  test("a key that is never answered again misses the goal", () => {
    const silent = { ...trial, affected: [{ ...prober, firstSuccessMs: undefined }] };

    expect(problemsOf("kill", trial, silent)).toEqual([
      "F: max is Infinity s, and not under 3.00 s",
    ]);
  });

  test("after a stop the longest gap counts, not the first success", () => {
    const late = { ...trial, affected: [{ ...prober, firstSuccessMs: 20, gapMs: 400 }] };

    expect(problemsOf("stop", late)).toEqual(["F: max is 0.40 s, and not under 0.30 s"]);
  });
});

test("a key is found for every partition", () => {
  const partitions = Array.from({ length: 24 }, (_, partition) => partition);

  const found = partitions.map((partition) => partitionOfKey(keyIn(partition, 24, "key"), 24));

  expect(found).toEqual(partitions);
});
