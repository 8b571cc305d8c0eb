import { describe, expect, test } from "vitest";
import { type Entry, encodedSize, MemoryStorage } from "#raft";
import { RaftLog } from "../../../../cluster/raft/log.ts";
import { entry } from "./raft-group.ts";

describe("log", () => {
  describe("append by a follower", () => {
    // The log holds terms 1 1 2 2 at 1 to 4, of which 1 is committed.
    const cases = [
      {
        name: "does not connect",
        at: [4, 1],
        terms: [],
        matched: -1,
        log: [1, 1, 2, 2],
        commit: 1,
      },
      {
        name: "starts beyond the end",
        at: [5, 2],
        terms: [],
        matched: -1,
        log: [1, 1, 2, 2],
        commit: 1,
      },
      { name: "is empty", at: [4, 2], terms: [], matched: 4, log: [1, 1, 2, 2], commit: 3 },
      {
        name: "repeats old entries",
        at: [1, 1],
        terms: [1],
        matched: 2,
        log: [1, 1, 2, 2],
        commit: 2,
      },
      { name: "extends", at: [4, 2], terms: [2], matched: 5, log: [1, 1, 2, 2, 2], commit: 3 },
      {
        name: "overlaps and extends",
        at: [2, 1],
        terms: [2, 2, 3],
        matched: 5,
        log: [1, 1, 2, 2, 3],
        commit: 3,
      },
      { name: "conflicts", at: [2, 1], terms: [2, 3], matched: 4, log: [1, 1, 2, 3], commit: 3 },
      {
        name: "conflicts at its start",
        at: [2, 1],
        terms: [3],
        matched: 3,
        log: [1, 1, 3],
        commit: 3,
      },
    ] as const;

    for (const { name, at, terms, matched, log: expected, commit } of cases) {
      test(`an append that ${name}`, () => {
        const log = logOf([1, 1, 2, 2]);
        log.commitTo(1);
        const [previousIndex, previousTerm] = at;

        const result = log.maybeAppend({
          previousIndex,
          previousTerm,
          entries: terms.map((term, position) => entry(term, previousIndex + 1 + position)),
          leaderCommit: 3,
        });

        expect(result).toBe(matched);
        expect(termsOf(log)).toEqual(expected);
        expect(log.committed).toBe(commit);
      });
    }

    test("a conflict below the commit index is a defect", () => {
      const log = logOf([1, 1, 2]);
      log.commitTo(3);

      expect(() =>
        log.maybeAppend({
          previousIndex: 1,
          previousTerm: 1,
          entries: [entry(3, 2)],
          leaderCommit: 3,
        }),
      ).toThrow("never rewrites what is committed");
    });

    test("a commit index beyond the log is a defect", () => {
      expect(() => logOf([1]).commitTo(2)).toThrow("what is committed is in the log");
    });
  });

  test("the commit index moves only to an entry of the given term, and never back", () => {
    const log = logOf([1, 1, 2]);

    expect(log.maybeCommit(2, 2)).toBe(false);
    expect(log.maybeCommit(3, 2)).toBe(true);
    expect(log.maybeCommit(2, 1)).toBe(false);
    log.commitTo(1);
    expect(log.committed).toBe(3);
    expect(log.maybeCommit(Number.POSITIVE_INFINITY, 2)).toBe(false);
  });

  describe("conflict search by term", () => {
    const cases = [
      { terms: [2, 2, 5, 5, 5], index: 5, term: 4, expected: { index: 2, term: 2 } },
      { terms: [2, 2, 5, 5, 5], index: 5, term: 5, expected: { index: 5, term: 5 } },
      { terms: [2, 2, 5, 5, 5], index: 4, term: 9, expected: { index: 4, term: 5 } },
      { terms: [2, 2, 5, 5, 5], index: 5, term: 1, expected: { index: 0, term: 0 } },
    ];
    for (const { terms, index, term, expected } of cases) {
      test(`from ${index} in ${terms} down to term ${term} finds ${expected.index}`, () => {
        expect(logOf(terms).findConflictByTerm(index, term)).toEqual(expected);
      });
    }

    test("stops with an unknown term where the log is compacted", () => {
      const storage = storageOf([5, 5, 5, 5]);
      storage.compact(3);
      const log = new RaftLog({ storage, applyingBytesMax: Infinity, logSink: undefined });

      expect(log.findConflictByTerm(4, 2)).toEqual({ index: 2, term: 0 });
    });
  });

  test("a log is up to date by last term, then by last index", () => {
    const log = logOf([1, 2, 2]);

    expect(log.isUpToDate({ index: 1, term: 3 })).toBe(true);
    expect(log.isUpToDate({ index: 3, term: 2 })).toBe(true);
    expect(log.isUpToDate({ index: 2, term: 2 })).toBe(false);
    expect(log.isUpToDate({ index: 9, term: 1 })).toBe(false);
  });

  describe("slice", () => {
    // Entries 1 to 3 are stable, 4 to 6 are not; all have the same size.
    const size = encodedSize(entry(1, 1, "0123456789"));
    const cases = [
      { lo: 1, hi: 4, budget: Infinity, expected: [1, 2, 3] },
      { lo: 4, hi: 7, budget: Infinity, expected: [4, 5, 6] },
      { lo: 2, hi: 6, budget: Infinity, expected: [2, 3, 4, 5] },
      { lo: 2, hi: 6, budget: size * 3, expected: [2, 3, 4] },
      { lo: 2, hi: 6, budget: size * 2, expected: [2, 3] },
      { lo: 2, hi: 6, budget: size * 2 + 1, expected: [2, 3] },
      { lo: 2, hi: 6, budget: size, expected: [2] },
      { lo: 2, hi: 6, budget: 0, expected: [2] },
      { lo: 5, hi: 7, budget: 0, expected: [5] },
      { lo: 5, hi: 7, budget: size * 2 - 1, expected: [5] },
      { lo: 3, hi: 3, budget: 0, expected: [] },
    ];
    for (const { lo, hi, budget, expected } of cases) {
      test(`${lo} to ${hi} within ${budget} bytes`, () => {
        const entries = splitLog().slice(lo, hi, budget);

        expect((entries as Entry[]).map(({ index }) => index)).toEqual(expected);
      });
    }

    test("reports what is compacted", () => {
      const storage = storageOf([1, 1, 1]);
      storage.compact(2);
      const log = new RaftLog({ storage, applyingBytesMax: Infinity, logSink: undefined });

      expect(log.slice(2, 4, Infinity)).toBe("compacted");
      expect([log.term(1), log.term(2), log.term(4)]).toEqual(["compacted", 1, "unavailable"]);
    });
  });

  describe("application", () => {
    const size = encodedSize(entry(1, 1, "0123456789"));

    test("pauses at its budget and resumes when entries are applied", () => {
      const log = splitLog(size * 2);
      log.commitTo(6);

      const first = take(log);
      const paused = take(log);
      log.appliedTo(1, size);
      const second = take(log);

      expect([first, paused, second]).toEqual([[1, 2], [], [3]]);
    });

    test("pauses after a page that was cut short, even with budget left", () => {
      const log = splitLog(size * 3 - 1);
      log.commitTo(6);

      expect(take(log)).toEqual([1, 2]);
      expect(log.hasNextCommitted(true)).toBe(false);
      log.appliedTo(2, size * 2);
      expect(take(log)).toEqual([3, 4]);
    });

    test("of unstable entries waits for storage when asked to", () => {
      const log = splitLog();
      log.commitTo(6);

      expect(log.nextCommitted(false).map(({ index }) => index)).toEqual([1, 2, 3]);
      expect(log.nextCommitted(true).map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6]);
    });

    test("never goes back, and never beyond what is committed", () => {
      const log = splitLog();
      log.commitTo(3);
      log.appliedTo(2, 0);

      expect(() => log.appliedTo(1, 0)).toThrow("never decreases");
      expect(() => log.appliedTo(4, 0)).toThrow("only committed entries");
    });
  });

  function take(log: RaftLog): number[] {
    const entries = log.nextCommitted(true);
    log.acceptApplying(entries, true);
    return entries.map(({ index }) => index);
  }

  function splitLog(applyingBytesMax = Infinity): RaftLog {
    const storage = new MemoryStorage();
    storage.append([1, 2, 3].map((index) => entry(1, index, "0123456789")));
    const log = new RaftLog({ storage, applyingBytesMax, logSink: undefined });
    log.append([4, 5, 6].map((index) => entry(1, index, "0123456789")));
    return log;
  }
});

function storageOf(terms: readonly number[]): MemoryStorage {
  const storage = new MemoryStorage();
  storage.append(terms.map((term, position) => entry(term, position + 1)));
  return storage;
}

/** A log with the first half of its entries in storage. */
function logOf(terms: readonly number[]): RaftLog {
  const half = Math.ceil(terms.length / 2);
  const log = new RaftLog({
    storage: storageOf(terms.slice(0, half)),
    applyingBytesMax: Infinity,
    logSink: undefined,
  });
  const rest = terms.slice(half).map((term, position) => entry(term, half + position + 1));
  if (rest.length > 0) log.append(rest);
  return log;
}

function termsOf(log: RaftLog): number[] {
  const entries = log.slice(1, log.lastIndex() + 1, Infinity);
  return (entries as Entry[]).map(({ term }) => term);
}
