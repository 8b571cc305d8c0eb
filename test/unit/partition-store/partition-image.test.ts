// Images of partitions: what one replica sends is what the other one has, or nothing at all.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryEngine, WriteBatch } from "#engine";
import { CRAMPED, PARTITION_ID, TestPartition } from "#fixtures/partition";
import { bytes, invoke, local } from "#fixtures/partition-commands";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import { actionsArbitrary, Scenario } from "#fixtures/partition-scenario";
import {
  PartitionImage,
  partitionDigest,
  partitionRange,
  preparePartition,
  restorePartition,
  wipePartition,
} from "#partition-store";

const RUNS = Number(process.env["PARTITION_RUNS"] ?? 60);
const noPause = async () => undefined;

/** A partition with some history. */
async function filled(): Promise<TestPartition> {
  const partition = await TestPartition.open();
  for (let i = 0; i < 40; i++) {
    await partition.apply(invoke(local(`i${i}`), { payload: bytes("x".repeat(i * 400)) }));
  }
  await partition.flush();
  return partition;
}

async function imageOf(engine: MemoryEngine): Promise<{ index: number; blocks: Uint8Array[] }> {
  const image = await PartitionImage.take(engine, PARTITION_ID);
  const blocks: Uint8Array[] = [];
  for await (const block of image.chunks()) blocks.push(block);
  await image.close();
  return { index: image.index, blocks };
}

/** The same bytes, cut elsewhere. */
async function* recut(blocks: readonly Uint8Array[], size: number): AsyncGenerator<Uint8Array> {
  const whole = Buffer.concat(blocks);
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
}

function digestOf(engine: MemoryEngine): Promise<string> {
  return partitionDigest(engine, PARTITION_ID, noPause);
}

async function rowCount(engine: MemoryEngine): Promise<number> {
  return (await engine.scan(partitionRange(PARTITION_ID))).length;
}

describe("an image of a partition", () => {
  test("restores the same state, however it is cut", async () => {
    const property = fc.asyncProperty(
      actionsArbitrary,
      fc.integer({ min: 1, max: 5_000 }),
      async (actions, size) => {
        const partition = await TestPartition.open();
        const scenario = new Scenario(partition);
        for (const action of actions) await scenario.play(action);
        await partition.flush();
        const { index, blocks } = await imageOf(partition.engine);
        expect(index).toBe(partition.store.appliedIndex);

        const engine = new MemoryEngine();
        await restorePartition(engine, PARTITION_ID, { chunks: recut(blocks, size), index });
        expect(await digestOf(engine)).toBe(await digestOf(partition.engine));
        const restored = await TestPartition.open(CRAMPED, engine);
        expect(restored.store.appliedIndex).toBe(index);
        await assertPartitionInvariants(restored);
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  });

  test("replaces everything that was there", async () => {
    const { index, blocks } = await imageOf((await filled()).engine);
    const other = await TestPartition.open();
    for (let i = 0; i < 90; i++) await other.apply(invoke(local(`other${i}`)));
    await other.flush();
    const chunks = recut(blocks, 1_000);
    await restorePartition(other.engine, PARTITION_ID, { chunks, index });
    expect(await rowCount(other.engine)).toBe(await rowCount((await filled()).engine));
  });

  test("is not changed by what is written while it is read", async () => {
    const partition = await filled();
    const { engine } = partition;
    const before = await digestOf(engine);
    const image = await PartitionImage.take(engine, PARTITION_ID);
    for (let i = 0; i < 10; i++) await partition.apply(invoke(local(`later${i}`)));
    await partition.flush();
    const copy = new MemoryEngine();
    await restorePartition(copy, PARTITION_ID, { chunks: image.chunks(), index: image.index });
    await image.close();
    expect(await digestOf(copy)).toBe(before);
    expect(await digestOf(engine)).not.toBe(before);
  });

  test("of an empty partition can be restored", async () => {
    const { index, blocks } = await imageOf(new MemoryEngine());
    const engine = (await filled()).engine;
    await restorePartition(engine, PARTITION_ID, { chunks: recut(blocks, 100), index });
    expect(index).toBe(0);
    expect(await rowCount(engine)).toBe(0);
  });

  test("comes in pieces of bounded size", async () => {
    const { blocks } = await imageOf((await filled()).engine);
    expect(blocks.length).toBeGreaterThan(3);
    for (const block of blocks) expect(block.length).toBeLessThan(200 * 1024);
  });
});

describe("a damaged image", () => {
  async function refused(chunks: AsyncIterable<Uint8Array>, index: number): Promise<string> {
    const engine = (await filled()).engine;
    const restored = restorePartition(engine, PARTITION_ID, { chunks, index });
    return restored.then(
      () => "restored",
      (error: unknown) => (error as Error).name,
    );
  }

  test("is refused wherever a bit flips", async () => {
    const { index, blocks } = await imageOf((await filled()).engine);
    const whole = Buffer.concat(blocks);
    for (const at of [0, 2, 6, 12, 40, 5_000, 100_000, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      expect(await refused(recut([damaged], 4_096), index)).not.toBe("restored");
    }
  });

  test("is refused when it ends early or has lost a block", async () => {
    const { index, blocks } = await imageOf((await filled()).engine);
    expect(await refused(recut(blocks.slice(0, -1), 512), index)).toBe("WireFormatError");
    expect(await refused(recut([...blocks.slice(0, 1), ...blocks.slice(2)], 512), index)).toBe(
      "WireFormatError",
    );
    expect(await refused(recut([], 512), index)).toBe("WireFormatError");
    const cut = Buffer.concat(blocks).subarray(0, -3);
    expect(await refused(recut([cut], 512), index)).toBe("WireFormatError");
  });

  test("is refused when it is of another index", async () => {
    const { index, blocks } = await imageOf((await filled()).engine);
    expect(await refused(recut(blocks, 512), index + 1)).toBe("WireFormatError");
  });
});

describe("a restore that is interrupted", () => {
  test("leaves nothing that counts, and can be repeated", async () => {
    const source = (await filled()).engine;
    const { index, blocks } = await imageOf(source);
    const engine = (await filled()).engine;
    for (let kept = 0; kept < blocks.length; kept++) {
      const chunks = recut(blocks.slice(0, kept), 70_000);
      await expect(restorePartition(engine, PARTITION_ID, { chunks, index })).rejects.toThrow();
      expect(await preparePartition(engine, PARTITION_ID, undefined)).toBe(true);
      expect((await TestPartition.open(CRAMPED, engine)).store.appliedIndex).toBe(0);
    }
    await restorePartition(engine, PARTITION_ID, { chunks: recut(blocks, 70_000), index });
    expect(await digestOf(engine)).toBe(await digestOf(source));
    expect(await preparePartition(engine, PARTITION_ID, undefined)).toBe(false);
  });

  test("counts for nothing when the machine stops before its last batch", async () => {
    const partition = await filled();
    for (let i = 0; i < 30; i++) {
      await partition.apply(invoke(local(`large${i}`), { payload: bytes("x".repeat(100_000)) }));
    }
    await partition.flush();
    const { index, blocks } = await imageOf(partition.engine);
    // What a crash leaves is some first batches of those that were written.
    const engine = new BatchedEngine();
    await restorePartition(engine, PARTITION_ID, { chunks: recut(blocks, 9_000), index });
    for (let count = 1; count < engine.batches.length; count++) {
      const crashed = new MemoryEngine();
      for (const batch of engine.batches.slice(0, count)) await crashed.write(batch);
      expect(await preparePartition(crashed, PARTITION_ID, undefined)).toBe(true);
      expect(await rowCount(crashed)).toBe(0);
    }
    expect(engine.batches.length).toBeGreaterThan(3);
  });
});

class BatchedEngine extends MemoryEngine {
  readonly batches: WriteBatch[] = [];

  override write(batch: WriteBatch): Promise<void> {
    this.batches.push(batch);
    return super.write(batch);
  }
}

describe("tables of a partition", () => {
  test("belong to one replica", async () => {
    const { engine } = await filled();
    expect(await preparePartition(engine, PARTITION_ID, 7)).toBe(false);
    expect(await preparePartition(engine, PARTITION_ID, 7)).toBe(false);
    expect(await rowCount(engine)).toBeGreaterThan(0);
    expect(await preparePartition(engine, PARTITION_ID, 8)).toBe(true);
    expect(await rowCount(engine)).toBe(0);
  });

  test("are removed as a whole, and no others", async () => {
    const { engine } = await filled();
    const neighbour = new WriteBatch();
    for (const partitionId of [PARTITION_ID - 1, PARTITION_ID + 1]) {
      neighbour.put(partitionRange(partitionId).start, bytes("neighbour"));
    }
    await engine.write(neighbour);
    await wipePartition(engine, PARTITION_ID);
    const all = { start: new Uint8Array(0), end: new Uint8Array(0) };
    expect(await engine.scan(all)).toHaveLength(2);
  });
});

describe("the digest of a partition", () => {
  test("does not depend on when rows were flushed", async () => {
    const property = fc.asyncProperty(
      actionsArbitrary,
      fc.integer({ min: 1, max: 9 }),
      async (actions, flushEvery) => {
        const partition = await TestPartition.open();
        const scenario = new Scenario(partition);
        for (const action of actions) await scenario.play(action);
        await partition.flush();
        const other = await TestPartition.open(CRAMPED);
        for (const { record, index, epoch } of partition.records) {
          await other.applyAt(record, index, epoch);
          if (index % flushEvery === 0) await other.flush();
        }
        await other.flush();
        expect(await digestOf(other.engine)).toBe(await digestOf(partition.engine));
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  });

  test("differs when one bit of any row differs", async () => {
    const { engine } = await filled();
    const whole = await digestOf(engine);
    const rows = await engine.scan(partitionRange(PARTITION_ID));
    for (const { key, value } of rows.slice(0, 60)) {
      if (value.length === 0) continue;
      const batch = new WriteBatch();
      const flipped = value.slice();
      flipped[flipped.length - 1] = (flipped.at(-1) as number) ^ 1;
      batch.put(key, flipped);
      await engine.write(batch);
      const damaged = await digestOf(engine).catch(() => "unreadable");
      expect(damaged).not.toBe(whole);
      const undo = new WriteBatch();
      undo.put(key, value);
      await engine.write(undo);
    }
    expect(await digestOf(engine)).toBe(whole);
  });
});
