import { describe, expect, test } from "vitest";
import { Inflights } from "../../../../cluster/raft/inflights.ts";
import { Progress } from "../../../../cluster/raft/progress.ts";
import { seededNumbers } from "./raft-group.ts";

describe("window", () => {
  test("holds as many messages as a list would, and frees the same ones", () => {
    const next = seededNumbers(1);
    for (let round = 0; round < 200; round += 1) {
      const countMax = 1 + next(20);
      const bytesMax = next(2) === 0 ? Infinity : 1 + next(100);
      const window = new Inflights(countMax, bytesMax);
      let list: { last: number; size: number }[] = [];
      let last = 0;
      for (let action = 0; action < 100; action += 1) {
        const used = list.reduce((sum, { size }) => sum + size, 0);
        const isFull = list.length === countMax || used >= bytesMax;
        expect(window.isFull()).toBe(isFull);
        expect(window.count).toBe(list.length);
        if (isFull || next(3) === 0) {
          const upTo = last - next(4);
          window.freeUpTo(upTo);
          list = list.filter((sent) => sent.last > upTo);
        } else {
          last += 1 + next(3);
          const size = next(20);
          window.add(last, size);
          list.push({ last, size });
        }
      }
    }
  });

  test("nothing is added while it is full", () => {
    const window = new Inflights(1, Infinity);
    window.add(1, 0);

    expect(() => window.add(2, 0)).toThrow("window is full");
  });
});

describe("progress", () => {
  test("probing again starts after what is known to match", () => {
    const progress = replicating(5, 9);

    progress.becomeProbe();

    expect(progress).toMatchObject({ state: "probe", match: 5, next: 6, appendsPaused: false });
    expect(progress.inflights.count).toBe(0);
  });

  test("probing again after a snapshot starts after the snapshot", () => {
    const progress = replicating(5, 9);
    progress.becomeSnapshot(20);

    progress.becomeProbe();

    expect(progress).toMatchObject({ next: 21, pendingSnapshot: 0 });
  });

  test("probing again after a failed snapshot starts after what is known to match", () => {
    const progress = replicating(5, 9);
    progress.becomeSnapshot(20);
    progress.pendingSnapshot = 0;

    progress.becomeProbe();

    expect(progress.next).toBe(6);
  });

  test("going back to probing takes back the commit index that may have been lost", () => {
    const progress = replicating(5, 9);
    progress.sentCommit = 8;

    progress.becomeProbe();

    expect(progress.sentCommit).toBe(5);
    expect(progress.canRaiseCommit(8)).toBe(false);
    progress.maybeUpdate(8);
    expect(progress.canRaiseCommit(8)).toBe(true);
  });

  const rejections = [
    { state: "replicate", rejected: 5, hint: 5, expected: undefined },
    { state: "replicate", rejected: 8, hint: 2, expected: 6 },
    { state: "probe", rejected: 7, hint: 3, expected: undefined },
    { state: "probe", rejected: 9, hint: 9, expected: undefined },
    { state: "probe", rejected: 8, hint: 7, expected: 8 },
    { state: "probe", rejected: 8, hint: 6, expected: 7 },
    { state: "probe", rejected: 8, hint: 0, expected: 6 },
  ] as const;
  for (const { state, rejected, hint, expected } of rejections) {
    const outcome = expected === undefined ? "is stale" : `leads to ${expected}`;
    test(`a rejection of ${rejected} with hint ${hint} in state ${state} ${outcome}`, () => {
      const progress = replicating(5, 9);
      if (state === "probe") {
        progress.becomeProbe();
        progress.next = 9;
      }

      expect(progress.maybeDecrease(rejected, hint)).toBe(expected !== undefined);
      expect(progress.next).toBe(expected ?? 9);
    });
  }

  test("one append with entries pauses a probe, an empty one does not", () => {
    const progress = replicating(5, 6);
    progress.becomeProbe();

    progress.sentEntries(0, 0);
    expect(progress.isPaused()).toBe(false);
    progress.sentEntries(1, 10);
    expect(progress.isPaused()).toBe(true);
    expect(progress.next).toBe(6);
  });

  test("a full window pauses until something is heard", () => {
    const progress = new Progress(2, 6, { inflightAppendsMax: 1, inflightBytesMax: Infinity });
    progress.match = 5;
    progress.becomeReplicate();

    progress.sentEntries(2, 10);
    expect([progress.next, progress.isPaused()]).toEqual([8, true]);
    progress.maybeUpdate(6);
    expect(progress.isPaused()).toBe(false);
  });
});

function replicating(match: number, next: number): Progress {
  const progress = new Progress(2, next, { inflightAppendsMax: 10, inflightBytesMax: Infinity });
  progress.match = match;
  progress.becomeReplicate();
  progress.sentEntries(next - match - 1, 0);
  return progress;
}
