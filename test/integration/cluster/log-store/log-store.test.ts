import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  DirectoryLogDisk,
  type DiskCallback,
  type LogFile,
  type Preallocation,
} from "../../../../cluster/log-store/log-disk.ts";
import { LogHarness } from "./log-harness.ts";

const FIRST_SEGMENT_BYTES = 1024 * 1024;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stet-log-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function numbered(prefix: string, count: number, bytes = 0): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`.padEnd(bytes, "."));
}

async function reopened(log: LogHarness, options = {}): Promise<LogHarness> {
  await log.store.close();
  return LogHarness.open(directory, options);
}

describe("entries", () => {
  test("are there after a restart, per group, with terms and hard state", async () => {
    let log = await LogHarness.open(directory);
    log.ensureGroup(1);
    log.ensureGroup(7);
    await log.append(1, ["a", "b"], 1);
    await log.append(7, ["x"], 3);
    await log.append(1, ["c", ""], 4);
    log = await reopened(log);
    expect(log.store.groups()).toEqual([1, 7]);
    expect(log.texts(1)).toEqual(["a", "b", "c", ""]);
    expect(log.texts(7)).toEqual(["x"]);
    const first = log.store.group(1);
    expect([0, 1, 2, 3, 4, 5].map((index) => first.term(index))).toEqual([
      0,
      1,
      1,
      4,
      4,
      "unavailable",
    ]);
    expect(first.hardState).toEqual({ term: 4, vote: 1, commit: 0 });
    expect(first.initialState().confState.voters).toEqual([1]);
    await log.store.close();
  });

  test("appended while a write is under way share the next batch", async () => {
    const log = await LogHarness.open(directory);
    log.ensureGroup(1);
    const first = log.appendNow(1, ["a"]);
    log.store.flush();
    const second = log.appendNow(1, ["b"]);
    const third = log.appendNow(1, ["c"]);
    expect(second).toBe(first + 1);
    expect(third).toBe(second);
    await log.durable(third);
    expect(log.texts(1)).toEqual(["a", "b", "c"]);
    await log.store.close();
  });

  test("that replace others at an index win, also after a restart", async () => {
    let log = await LogHarness.open(directory);
    log.ensureGroup(1);
    await log.append(1, ["a", "b", "c", "d"], 1);
    await log.durable(log.appendAt(1, 3, ["C"], 2));
    expect(log.texts(1)).toEqual(["a", "b", "C"]);
    log = await reopened(log);
    expect(log.texts(1)).toEqual(["a", "b", "C"]);
    expect(log.store.group(1).term(3)).toBe(2);
    await log.append(1, ["D"], 2);
    log = await reopened(log);
    expect(log.texts(1)).toEqual(["a", "b", "C", "D"]);
    await log.store.close();
  });

  test("replaced while their write is under way are not found at its place", async () => {
    let log = await LogHarness.open(directory);
    log.ensureGroup(1);
    await log.append(1, ["a"], 1);
    const old = log.appendNow(1, ["old1", "old2", "old3"], 1);
    log.store.flush();
    const replacement = log.appendAt(1, 3, ["new"], 2);
    await log.durable(old);
    expect(log.store.durableSequence).toBe(old);
    // "new" is not on disk yet and must not be given up, nor "old2" be taken for it.
    log.store.group(1).release(10, 0);
    expect(log.texts(1)).toEqual(["a", "old1", "new"]);
    await log.durable(replacement);
    log.store.group(1).release(10, 0);
    expect(log.texts(1)).toEqual(["a", "old1", "new"]);
    log = await reopened(log);
    expect(log.texts(1)).toEqual(["a", "old1", "new"]);
    await log.store.close();
  });

  test("are read back from their segments when they are no longer in memory", async () => {
    const log = await LogHarness.open(directory, { segmentBytes: 64 * 1024 });
    log.ensureGroup(1);
    const all: string[] = [];
    for (let i = 0; i < 40; i++) {
      const texts = numbered(`batch${i}-`, 10, 500);
      all.push(...texts);
      await log.append(1, texts);
    }
    expect(log.store.segmentCount).toBeGreaterThan(2);
    log.store.group(1).release(1000, 0);
    expect(log.texts(1)).toEqual(all);
    const some = log.store.group(1).entries(15, 36, Number.POSITIVE_INFINITY);
    if (typeof some === "string") throw new Error(some);
    expect(some.map(({ index }) => index)).toEqual(Array.from({ length: 21 }, (_, i) => 15 + i));
    await log.store.close();
  });

  test("are cut to the byte budget, but at least one is returned", async () => {
    const log = await LogHarness.open(directory);
    log.ensureGroup(1);
    await log.append(1, numbered("e", 10, 100));
    const group = log.store.group(1);
    expect(group.entries(1, 11, 1)).toHaveLength(1);
    expect(group.entries(1, 11, 400)).toHaveLength(3);
    expect(group.entries(1, 12, 400)).toBe("unavailable");
    await log.store.close();
  });

  test("larger than a segment get a segment of their own", async () => {
    let log = await LogHarness.open(directory, { segmentBytes: 64 * 1024 });
    log.ensureGroup(1);
    await log.append(1, ["small"]);
    await log.append(1, ["x".repeat(300_000)]);
    await log.append(1, ["after"]);
    log = await reopened(log, { segmentBytes: 64 * 1024 });
    expect(log.texts(1).map(({ length }) => length)).toEqual([5, 300_000, 5]);
    await log.store.close();
  });
});

describe("commit index and configuration", () => {
  test("a commit index rides along with the next entries and is written at close", async () => {
    let log = await LogHarness.open(directory);
    log.ensureGroup(1);
    await log.append(1, ["a", "b"]);
    const group = log.store.group(1);
    const sequence = log.store.append(group, [], { term: 1, vote: 1, commit: 2 });
    expect(sequence).toBe(log.store.durableSequence);
    log = await reopened(log);
    expect(log.store.group(1).hardState.commit).toBe(2);
    await log.store.close();
  });

  test("a vote is durable before a crash without any entry", async () => {
    const log = await LogHarness.open(directory);
    log.ensureGroup(1);
    await log.append(1, ["a"]);
    const voted = { term: 7, vote: 3, commit: 0 };
    await log.durable(log.store.append(log.store.group(1), [], voted));
    const crashed = `${directory}-crashed`;
    cpSync(directory, crashed, { recursive: true });
    await log.store.close();
    const recovered = await LogHarness.open(crashed);
    expect(recovered.store.group(1).hardState).toEqual(voted);
    await recovered.store.close();
    rmSync(crashed, { recursive: true });
  });

  test("membership is handed out as of the applied index", async () => {
    let log = await LogHarness.open(directory);
    log.ensureGroup(1);
    await log.append(1, ["a", "b", "c"]);
    const three = {
      voters: [1, 2, 3],
      learners: [4],
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: true,
    };
    await log.durable(log.store.saveConfiguration(log.store.group(1), 2, three));
    log = await reopened(log);
    const group = log.store.group(1);
    group.startFrom(1);
    expect(group.initialState().confState.voters).toEqual([1]);
    group.startFrom(2);
    expect(group.initialState().confState).toEqual(three);
    expect(group.hardState.commit).toBe(2);
    await log.store.close();
  });

  test("a store that is ahead of the log is refused", async () => {
    const log = await LogHarness.open(directory);
    log.ensureGroup(1);
    await log.append(1, ["a"]);
    expect(() => log.store.group(1).startFrom(2)).toThrow("belongs to another log");
    await log.store.close();
  });
});

describe("compaction", () => {
  test("forgets entries, keeps the term before the first, survives a restart", async () => {
    let log = await LogHarness.open(directory);
    log.ensureGroup(1);
    await log.append(1, ["a", "b"], 1);
    await log.append(1, ["c", "d"], 2);
    log.store.compact(log.store.group(1), 3);
    await log.append(1, ["e"], 2);
    for (let round = 0; round < 2; round++) {
      const group = log.store.group(1);
      expect([group.firstIndex(), group.lastIndex()]).toEqual([4, 5]);
      expect([group.term(2), group.term(3), group.term(4)]).toEqual(["compacted", 2, 2]);
      expect(group.entries(3, 5, 1000)).toBe("compacted");
      expect(log.texts(1)).toEqual(["d", "e"]);
      log = await reopened(log);
    }
    await log.store.close();
  });

  test("of everything leaves an empty log that goes on", async () => {
    let log = await LogHarness.open(directory);
    log.ensureGroup(1);
    await log.append(1, ["a", "b"]);
    log.store.compact(log.store.group(1), 2);
    await log.append(1, []);
    log.store.flush();
    log = await reopened(log);
    expect(log.store.group(1).lastIndex()).toBe(2);
    expect(log.texts(1)).toEqual([]);
    await log.append(1, ["c"]);
    log = await reopened(log);
    expect(log.texts(1)).toEqual(["c"]);
    await log.store.close();
  });

  test("frees segments, and reuses one as the next spare", async () => {
    const segmentBytes = 64 * 1024;
    let log = await LogHarness.open(directory, { segmentBytes });
    log.ensureGroup(1);
    for (let i = 0; i < 100; i++) {
      await log.append(1, numbered(`b${i}-`, 10, 500));
      log.store.compact(log.store.group(1), Math.max(0, (i - 2) * 10));
    }
    expect(log.store.segmentCount).toBeLessThanOrEqual(3);
    const files = readdirSync(directory).filter((name) => name.endsWith(".log"));
    expect(files.length).toBeLessThanOrEqual(4);
    log = await reopened(log, { segmentBytes });
    expect(log.store.group(1).lastIndex()).toBe(1000);
    expect(log.texts(1).at(-1)).toContain("b99-9");
    await log.store.close();
  });

  test("an idle group does not pin segments: its entries are written again", async () => {
    const segmentBytes = 64 * 1024;
    let log = await LogHarness.open(directory, { segmentBytes });
    log.ensureGroup(1);
    log.ensureGroup(2);
    await log.append(2, ["idle1", "idle2"], 1);
    await log.append(2, ["idle3"], 2);
    for (let i = 0; i < 100; i++) {
      await log.append(1, numbered(`b${i}-`, 10, 500), 2);
      log.store.compact(log.store.group(1), Math.max(0, (i - 2) * 10));
    }
    expect(log.store.segmentCount).toBeLessThanOrEqual(6);
    log.store.group(2).release(10, 0);
    expect(log.texts(2)).toEqual(["idle1", "idle2", "idle3"]);
    log = await reopened(log, { segmentBytes });
    expect(log.texts(2)).toEqual(["idle1", "idle2", "idle3"]);
    expect([1, 2, 3].map((index) => log.store.group(2).term(index))).toEqual([1, 1, 2]);
    expect(log.store.group(2).initialState().confState.voters).toEqual([1]);
    await log.store.close();
  });

  test("a large group that pins segments asks to be compacted", async () => {
    const segmentBytes = 1024 * 1024;
    const log = await LogHarness.open(directory, { segmentBytes });
    log.ensureGroup(1);
    log.ensureGroup(2);
    for (let i = 0; i < 10; i++) await log.append(2, ["x".repeat(450_000)]);
    const before = log.store.bytesToCompact(log.store.group(2));
    expect(before).toBeLessThan(5_000_000);
    for (let i = 0; i < 20; i++) {
      await log.append(1, ["y".repeat(450_000)]);
      log.store.compact(log.store.group(1), i);
    }
    log.store.compact(log.store.group(2), 10);
    await log.append(1, ["z"]);
    await log.append(1, ["z"]);
    expect(log.store.segmentCount).toBeLessThan(6);
    await log.store.close();
  });
});

describe("a disk that fails", () => {
  function injected(code: string): Error {
    return Object.assign(new Error("Injected"), { code });
  }

  /** Fails the writes of log files as told. */
  class FaultyDisk extends DirectoryLogDisk {
    writeError: string | undefined;
    largestFileBytes = Number.POSITIVE_INFINITY;

    override open(name: string): LogFile {
      const file = super.open(name);
      const write = file.write.bind(file);
      file.write = (bytes, position, callback) => {
        if (this.writeError === undefined) return write(bytes, position, callback);
        setImmediate(callback, injected(this.writeError));
      };
      return file;
    }

    override preallocate(request: Preallocation, callback: DiskCallback): void {
      if (request.bytes <= this.largestFileBytes) super.preallocate(request, callback);
      else setImmediate(callback, injected("ENOSPC"));
    }
  }

  test("a failed sync is fatal and nothing is acknowledged", async () => {
    const disk = new FaultyDisk(directory);
    const log = await LogHarness.open(directory, { disk });
    log.ensureGroup(1);
    await log.append(1, ["a"]);
    disk.writeError = "EIO";
    const durableBefore = log.store.durableSequence;
    log.appendNow(1, ["b"]);
    log.store.flush();
    await log.store.close();
    expect(log.failures.map(({ message }) => message)).toEqual(["Injected"]);
    expect(log.store.durableSequence).toBe(durableBefore);
  });

  test("a full disk is waited for, and told", async () => {
    const disk = new FaultyDisk(directory);
    const states: boolean[] = [];
    const retries: (() => void)[] = [];
    let blocked: () => void = () => undefined;
    const isBlocked = new Promise<void>((resolve) => {
      blocked = resolve;
    });
    const scheduler = {
      after: (_delayMs: number, run: () => void) => {
        retries.push(run);
        blocked();
        return { cancel: () => undefined };
      },
    };
    let log = await LogHarness.open(directory, {
      disk,
      scheduler,
      onDiskFull: (isFull) => states.push(isFull),
    });
    log.ensureGroup(1);
    await log.append(1, ["a"]);
    disk.writeError = "ENOSPC";
    const sequence = log.appendNow(1, ["b"]);
    const durable = log.durable(sequence);
    await isBlocked;
    expect(states).toEqual([true]);
    disk.writeError = undefined;
    retries.pop()?.();
    await durable;
    expect(states).toEqual([true, false]);
    expect(log.failures).toEqual([]);
    log = await reopened(log);
    expect(log.texts(1)).toEqual(["a", "b"]);
    await log.store.close();
  });

  test("no space for a spare stops nothing before the present segment is full", async () => {
    const disk = new FaultyDisk(directory);
    const states: boolean[] = [];
    const retries: (() => void)[] = [];
    let refused: () => void = () => undefined;
    const scheduler = {
      after: (_delayMs: number, run: () => void) => {
        retries.push(run);
        refused();
        return { cancel: () => undefined };
      },
    };
    const isRefused = new Promise<void>((resolve) => {
      refused = resolve;
    });
    const log = await LogHarness.open(directory, {
      disk,
      scheduler,
      onDiskFull: (isFull) => states.push(isFull),
    });
    disk.largestFileBytes = FIRST_SEGMENT_BYTES;
    log.ensureGroup(1);
    await log.append(1, ["a"]);
    await isRefused;
    await log.append(1, ["b"]);
    expect(states).toEqual([]);
    const isRefusedAgain = new Promise<void>((resolve) => {
      refused = resolve;
    });
    const durable = log.append(1, ["x".repeat(FIRST_SEGMENT_BYTES)]);
    retries.shift()?.();
    await isRefusedAgain;
    expect(states).toEqual([true]);
    disk.largestFileBytes = Number.POSITIVE_INFINITY;
    retries.shift()?.();
    await durable;
    expect(states).toEqual([true, false]);
    await log.store.close();
  });
});
