import { describe, expect, test } from "vitest";
import { UnstableLog } from "../../../../cluster/raft/log-unstable.ts";
import { bytes, entry, members } from "./raft-group.ts";

const SNAPSHOT = { index: 20, term: 3, confState: members({ voters: [1] }), data: bytes("") };

describe("unstable log", () => {
  const appends = [
    { name: "at the end", from: 8, kept: [5, 6, 7], offset: 5, inProgress: 7 },
    {
      name: "inside, above what is being written",
      from: 7,
      kept: [5, 6],
      offset: 5,
      inProgress: 7,
    },
    { name: "inside what is being written", from: 6, kept: [5], offset: 5, inProgress: 6 },
    { name: "at the offset", from: 5, kept: [], offset: 5, inProgress: 5 },
    { name: "below the offset", from: 4, kept: [], offset: 4, inProgress: 4 },
  ];

  for (const { name, from, kept, offset, inProgress } of appends) {
    test(`an append ${name} hands everything from there to storage again`, () => {
      const log = logOf([5, 6]);
      log.acceptInProgress();
      log.truncateAndAppend([entry(1, 7)]);

      log.truncateAndAppend([entry(2, from)]);

      expect(log.entries.map(({ index }) => index)).toEqual([...kept, from]);
      expect(log.offset).toBe(offset);
      expect(log.offsetInProgress).toBe(inProgress);
    });
  }

  test("what storage reports durable is released, and only that", () => {
    const log = logOf([5, 6, 7]);
    log.acceptInProgress();

    log.stableTo(6, 1);

    expect(log.entries).toEqual([entry(1, 7)]);
    expect([log.offset, log.offsetInProgress]).toEqual([7, 8]);
  });

  test("a report about entries that were overwritten since releases nothing", () => {
    const log = logOf([5, 6]);
    log.acceptInProgress();
    log.truncateAndAppend([entry(2, 5), entry(2, 6)]);

    log.stableTo(6, 1);

    expect(log.entries).toEqual([entry(2, 5), entry(2, 6)]);
    expect([log.offset, log.offsetInProgress]).toEqual([5, 5]);
  });

  test("reports about entries that are not held are ignored", () => {
    const log = logOf([5, 6]);

    log.stableTo(4, 1);
    log.stableTo(7, 1);

    expect(log.entries).toHaveLength(2);
  });

  test("a snapshot replaces all entries and is handed out once", () => {
    const log = logOf([5, 6]);

    log.restore(SNAPSHOT);
    const first = log.nextSnapshot();
    log.acceptInProgress();

    expect(first).toBe(SNAPSHOT);
    expect(log.nextSnapshot()).toBeUndefined();
    expect([log.offset, log.lastIndex(), log.term(20), log.term(19)]).toEqual([21, 20, 3, -1]);
  });

  test("a snapshot is forgotten when that very snapshot is installed", () => {
    const log = logOf([]);
    log.restore(SNAPSHOT);
    log.acceptInProgress();

    log.stableSnapshotTo(19);
    expect(log.snapshot).toBe(SNAPSHOT);
    log.stableTo(20, 3);
    expect(log.snapshot).toBe(SNAPSHOT);
    log.stableSnapshotTo(20);
    expect(log.snapshot).toBeUndefined();
  });

  test("entries after a snapshot that is being installed are held behind it", () => {
    const log = logOf([]);
    log.restore(SNAPSHOT);
    log.truncateAndAppend([entry(3, 21)]);

    expect([log.lastIndex(), log.term(21), log.term(20)]).toEqual([21, 3, 3]);
    expect(log.nextEntries()).toEqual([entry(3, 21)]);
  });

  test("entries that were handed out do not change when the log is truncated", () => {
    const log = logOf([5, 6]);
    const handedOut = log.nextEntries();

    log.truncateAndAppend([entry(2, 6)]);
    log.truncateAndAppend([entry(2, 7)]);

    expect(handedOut).toEqual([entry(1, 5), entry(1, 6)]);
  });

  test("an append that leaves a gap is a defect", () => {
    expect(() => logOf([5]).truncateAndAppend([entry(1, 7)])).toThrow("leaves no gap");
  });

  test("entries that are durable before the snapshot below them stay part of the log", () => {
    const log = new UnstableLog(5, undefined);
    log.restore(SNAPSHOT);
    log.truncateAndAppend([entry(3, 21), entry(3, 22)]);
    log.acceptInProgress();

    log.stableTo(22, 3);

    expect(log.lastIndex()).toBe(22);
    expect([log.term(20), log.term(21), log.term(22)]).toEqual([3, -1, -1]);
    log.stableSnapshotTo(20);
    expect(log.lastIndex()).toBe(-1);
    expect(log.offset).toBe(23);
  });
});

function logOf(indexes: readonly number[]): UnstableLog {
  const log = new UnstableLog(5, undefined);
  if (indexes.length > 0) log.truncateAndAppend(indexes.map((index) => entry(1, index)));
  return log;
}
