import { describe, expect, test } from "vitest";

import type { Entry } from "#raft";
import { readBatch, readEntries } from "../../../../cluster/log-store/batch-reader.ts";
import { LogBatch } from "../../../../cluster/log-store/log-batch.ts";
import {
  batchSeed,
  decodeSegmentHeader,
  encodeSegmentHeader,
} from "../../../../cluster/log-store/record-format.ts";

const SALT = 0x1234_5678;
const LOG = { group: 9, generation: 0, hardState: { term: 5, vote: 2, commit: 40 } };

function entry(index: number, term: number, bytes: number[]): Entry {
  return { index, term, type: "normal", data: Uint8Array.from(bytes) };
}

function newBatch(sequence = 3): LogBatch<typeof LOG> {
  const batch = new LogBatch<typeof LOG>();
  batch.reset(SALT, sequence);
  return batch;
}

describe("a batch", () => {
  test("is read back as it was written", () => {
    const batch = newBatch();
    batch.addHardState(1, { term: 2 ** 40 + 1, vote: 2, commit: 3 });
    batch.addEntries(LOG, [entry(41, 5, [1, 2, 3]), entry(42, 5, []), entry(43, 6, [4])]);
    batch.addCompaction(1, { index: 2 ** 50, term: 7 });
    batch.addReset(2, { index: 8, term: 9 });
    batch.addReplica(3, { replicaId: 8, fate: "destroyed" });
    const confState = {
      voters: [1, 2 ** 52],
      learners: [3],
      votersOutgoing: [1],
      learnersNext: [],
      autoLeave: true,
    };
    batch.addConfiguration(4, 17, confState);
    const bytes = batch.seal();
    expect(bytes.length % 8).toBe(0);
    const read = readBatch(bytes, 0, SALT);
    expect(read?.header.sequence).toBe(3);
    const common = { group: 9, commit: 40 };
    expect(read?.records).toMatchObject([
      { kind: "hard-state", group: 1, term: 2 ** 40 + 1, vote: 2, commit: 3 },
      { kind: "entries", ...common, firstIndex: 41, term: 5, count: 2 },
      { kind: "entries", ...common, firstIndex: 43, term: 6, count: 1 },
      { kind: "compaction", group: 1, index: 2 ** 50, term: 7 },
      { kind: "reset", group: 2, index: 8, term: 9 },
      { kind: "replica", group: 3, replicaId: 8, fate: "destroyed" },
      { kind: "configuration", group: 4, index: 17, confState },
    ]);
    const [first, second] = batch.placements;
    if (first === undefined || second === undefined) throw new Error("Two runs");
    expect([first.firstIndex, first.lastIndex, second.firstIndex]).toEqual([41, 42, 43]);
    const seed = batchSeed(SALT, 3);
    expect(readEntries({ bytes, offset: first.offset, seed })).toEqual([
      entry(41, 5, [1, 2, 3]),
      entry(42, 5, []),
    ]);
  });

  test("keeps the types of entries", () => {
    const batch = newBatch();
    const changes: Entry[] = [
      { index: 1, term: 1, type: "conf-change", data: Uint8Array.of(1) },
      { index: 2, term: 1, type: "conf-change-v2", data: new Uint8Array(0) },
    ];
    batch.addEntries(LOG, changes);
    const offset = batch.placements[0]?.offset ?? 0;
    const bytes = batch.seal();
    expect(readEntries({ bytes, offset, seed: batchSeed(SALT, 3) })).toEqual(changes);
  });

  test("with any bit flipped, cut short, or of another log, is not read", () => {
    const batch = newBatch();
    batch.addEntries(LOG, [entry(1, 5, [1, 2, 3, 4])]);
    const bytes = batch.seal().slice();
    const end = readBatch(bytes, 0, SALT)?.end ?? 0;
    expect(readBatch(bytes, 0, SALT + 1)).toBeUndefined();
    for (let offset = 0; offset < end; offset++) {
      const flipped = bytes.slice();
      flipped[offset] = (flipped[offset] as number) ^ (1 << (offset % 8));
      expect(readBatch(flipped, 0, SALT)).toBeUndefined();
      expect(readBatch(bytes.subarray(0, offset), 0, SALT)).toBeUndefined();
    }
  });

  test("grows beyond its buffer and is used again", () => {
    const batch = newBatch();
    const large = { index: 1, term: 1, type: "normal", data: new Uint8Array(6_000_000) } as const;
    batch.addHardState(1, { term: 1, vote: 1, commit: 0 });
    batch.addEntries(LOG, [large]);
    expect(readBatch(batch.seal(), 0, SALT)?.records).toHaveLength(2);
    batch.reset(SALT, 4);
    expect(batch.isEmpty).toBe(true);
    batch.addHardState(1, { term: 2, vote: 1, commit: 0 });
    expect(readBatch(batch.seal(), 0, SALT)?.header.sequence).toBe(4);
  });
});

test("the header of a segment is read back, and not when it is damaged", () => {
  const header = { sequence: 2 ** 40, salt: SALT, previousEnd: 4096 };
  const bytes = encodeSegmentHeader(header);
  expect(decodeSegmentHeader(bytes)).toMatchObject(header);
  bytes[30] = 1;
  expect(decodeSegmentHeader(bytes)).toBeUndefined();
});
