// Method: a log is written and closed; then its files are damaged at every offset of the last
// batch, or somewhere before it, and opened again. Excluded: damage of the last batch that is not
// at its end looks like a torn write, and is cut; only a later batch proves that it was durable.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { afterEach, beforeEach, expect, test } from "vitest";

import { DirectoryLogDisk } from "../../../../cluster/log-store/log-disk.ts";
import { recoverLog } from "../../../../cluster/log-store/recovery.ts";
import { LogHarness } from "./log-harness.ts";

const SEGMENT_BYTES = 16 * 1024;
const KILL_ROUNDS = 5;

let directory: string;
let original: string;
let copy: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stet-damage-"));
  original = join(directory, "original");
  copy = join(directory, "copy");
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Writes `a`, then `b`, `c` in a batch of their own; returns where that batch starts and ends. */
async function writeOriginal(): Promise<{ path: string; start: number; end: number }> {
  const written = join(directory, "written");
  const log = await LogHarness.open(written, { segmentBytes: SEGMENT_BYTES });
  log.ensureGroup(1);
  await log.append(1, ["a"]);
  const start = logEnd(written);
  await log.durable(log.appendNow(1, ["b", "c"]));
  // Copied as a crash would leave it: closing adds a batch.
  cpSync(written, original, { recursive: true });
  await log.store.close();
  return { path: segmentFiles(original)[0] as string, start, end: logEnd(original) };
}

function segmentFiles(at: string): string[] {
  return readdirSync(at)
    .filter((name) => /^\d+\.log$/.test(name))
    .sort();
}

/** Where the last batch of the last segment ends, and the next one would start. */
function logEnd(at: string): number {
  const { segments } = recoverLog(new DirectoryLogDisk(at), () => undefined);
  return segments.at(-1)?.end ?? 0;
}

async function openCopy(): Promise<LogHarness> {
  return LogHarness.open(copy, { segmentBytes: SEGMENT_BYTES });
}

function freshCopy(): void {
  rmSync(copy, { recursive: true, force: true });
  cpSync(original, copy, { recursive: true });
}

/** Opens the damaged copy: only the last batch may be gone, and writing goes on. */
async function assertCut(mayBeWhole: boolean): Promise<void> {
  let log = await openCopy();
  const texts = log.texts(1);
  if (!mayBeWhole || texts.length === 1) expect(texts).toEqual(["a"]);
  else expect(texts).toEqual(["a", "b", "c"]);
  await log.append(1, ["new"]);
  await log.store.close();
  log = await openCopy();
  expect(log.texts(1)).toEqual([...texts, "new"]);
  await log.store.close();
}

test("a segment truncated anywhere in its last batch loses that batch only", async () => {
  const { path, start, end } = await writeOriginal();
  for (let offset = start; offset < end; offset++) {
    freshCopy();
    truncateSync(join(copy, path), offset);
    // The last bytes may be padding, without which the batch is whole.
    await assertCut(offset > end - 8);
  }
});

test("zeros or garbage from anywhere in the last batch lose that batch only", async () => {
  const { path, start, end } = await writeOriginal();
  for (let offset = start; offset < end; offset += 3) {
    for (const fill of [0x00, 0xa5]) {
      freshCopy();
      const bytes = readFileSync(join(copy, path));
      bytes.fill(fill, offset, Math.min(bytes.length, end + 512));
      writeFileSync(join(copy, path), bytes);
      await assertCut(offset > end - 8);
    }
  }
});

test("a flipped bit before the last batch is refused with segment and offset", async () => {
  const { path, start } = await writeOriginal();
  for (let offset = 0; offset < start; offset++) {
    freshCopy();
    const bytes = readFileSync(join(copy, path));
    const before = bytes[offset] as number;
    bytes[offset] = before ^ (1 << (offset % 8));
    writeFileSync(join(copy, path), bytes);
    const outcome = await openCopy().then(
      (log) => log,
      (error: Error) => error,
    );
    if (outcome instanceof Error) {
      expect(outcome.message).toMatch(/damaged in segment 0+1\.log at offset \d+/);
      continue;
    }
    // Only padding between batches, or a reserved field, carries no meaning.
    expect(outcome.texts(1)).toEqual(["a", "b", "c"]);
    await outcome.store.close();
    expect(before).toBe(0);
  }
});

test("a flipped bit in an earlier segment is refused, also in its last batch", async () => {
  let log = await LogHarness.open(original, { segmentBytes: SEGMENT_BYTES });
  log.ensureGroup(1);
  for (let i = 0; i < 60; i++) await log.append(1, [`entry${i}`.padEnd(600, "x")]);
  await log.store.close();
  const [first, second] = segmentFiles(original);
  for (const offset of [70, 1000, 13_000, 15_500]) {
    freshCopy();
    const bytes = readFileSync(join(copy, first as string));
    bytes[offset] = (bytes[offset] as number) ^ 0x10;
    writeFileSync(join(copy, first as string), bytes);
    await expect(openCopy()).rejects.toThrow(`damaged in segment ${first}`);
  }
  freshCopy();
  rmSync(join(copy, second as string));
  await expect(openCopy()).rejects.toThrow(`damaged in segment ${second} at offset 0`);
  freshCopy();
  log = await openCopy();
  expect(log.texts(1)).toHaveLength(60);
  await log.store.close();
});

test("a missing first segment is refused", async () => {
  const log = await LogHarness.open(original, { segmentBytes: SEGMENT_BYTES });
  log.ensureGroup(1);
  for (let i = 0; i < 60; i++) await log.append(1, [`entry${i}`.padEnd(600, "x")]);
  await log.store.close();
  freshCopy();
  rmSync(join(copy, segmentFiles(copy)[0] as string));
  await expect(openCopy()).rejects.toThrow("lacks entry 1 of group 1");
});

test("every entry acknowledged before a SIGKILL is there afterwards", async () => {
  const acknowledged = new Map<number, number>();
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const script = join(import.meta.dirname, "kill-writer.ts");
    const child = spawn(process.execPath, [script, original, String(SEGMENT_BYTES * 8)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    const wanted = 200 + round * 371;
    let count = 0;
    for await (const line of lines) {
      const [group, index] = line.split(" ").map(Number) as [number, number];
      acknowledged.set(group, index);
      if (++count === wanted) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect(child.signalCode).toBe("SIGKILL");
    const log = await LogHarness.open(original, { segmentBytes: SEGMENT_BYTES * 8 });
    for (const [group, index] of acknowledged) {
      const known = log.store.group(group);
      expect(known.lastIndex()).toBeGreaterThanOrEqual(index);
      const texts = log.texts(group);
      expect(texts).toHaveLength(known.lastIndex() - known.firstIndex() + 1);
      texts.forEach((text, i) => {
        expect(text.startsWith(`${group}:${known.firstIndex() + i}:`)).toBe(true);
      });
    }
    await log.store.close();
  }
}, 60_000);
