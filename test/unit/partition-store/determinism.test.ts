// The state of a partition is what its log says, whatever was in memory, whenever it was flushed,
// and wherever it was interrupted. The same records are applied to a roomy partition, to one whose
// caches hold nothing, and to one that crashes on the way; all must end up the same to the byte.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AppliedRecord } from "#fixtures/partition";
import { CRAMPED, TestPartition } from "#fixtures/partition";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import type { Action } from "#fixtures/partition-scenario";
import { actionsArbitrary, Scenario } from "#fixtures/partition-scenario";

const RUNS = Number(process.env["PARTITION_RUNS"] ?? 300);
/** A bound for hangs, not for speed. */
const TIMEOUT_MS = 60_000 + RUNS * 100;

async function live(actions: readonly Action[]): Promise<TestPartition> {
  const partition = await TestPartition.open();
  const scenario = new Scenario(partition);
  for (const action of actions) await scenario.play(action);
  return partition;
}

async function replay(
  partition: TestPartition,
  records: readonly AppliedRecord[],
  flushEvery: number,
): Promise<TestPartition> {
  for (const { record, index, epoch, effects } of records) {
    if (index <= partition.store.appliedIndex) continue;
    expect(await partition.applyAt(record, index, epoch)).toEqual(effects);
    if (index % flushEvery === 0) await partition.flush();
  }
  return partition;
}

describe("a partition", { timeout: TIMEOUT_MS }, () => {
  test("holds its invariants after every record", async () => {
    const property = fc.asyncProperty(actionsArbitrary, async (actions) => {
      const partition = await TestPartition.open();
      const scenario = new Scenario(partition);
      for (const action of actions) {
        await scenario.play(action);
        await assertPartitionInvariants(partition);
      }
    });
    await fc.assert(property, { numRuns: Math.ceil(RUNS / 4) });
  });

  test("is the same whether rows are in memory or have to be read", async () => {
    let misses = 0;
    const property = fc.asyncProperty(
      actionsArbitrary,
      fc.integer({ min: 1, max: 9 }),
      async (actions, flushEvery) => {
        const roomy = await live(actions);
        const cramped = await TestPartition.open(CRAMPED);
        await replay(cramped, roomy.records, flushEvery);
        misses += cramped.misses;
        expect(await cramped.dump()).toEqual(await roomy.dump());
      },
    );
    await fc.assert(property, { numRuns: RUNS });
    expect(misses).toBeGreaterThan(RUNS);
  });

  test("is the same when records are applied while a write is under way", async () => {
    const property = fc.asyncProperty(
      actionsArbitrary,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5 }),
      async (actions, flushEvery, flushLength) => {
        const roomy = await live(actions);
        const cramped = await TestPartition.open(CRAMPED);
        let finishFlush: (() => Promise<void>) | undefined;
        for (const { record, index, epoch, effects } of roomy.records) {
          expect(await cramped.applyAt(record, index, epoch)).toEqual(effects);
          if (index % (flushEvery + flushLength) === 0) finishFlush = cramped.beginFlush();
          if (index % (flushEvery + flushLength) !== flushLength) continue;
          await finishFlush?.();
          finishFlush = undefined;
        }
        await finishFlush?.();
        expect(await cramped.dump()).toEqual(await roomy.dump());
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  });

  test("is the same after a crash that loses what was not flushed", async () => {
    const property = fc.asyncProperty(
      actionsArbitrary,
      fc.nat({ max: 200 }),
      fc.integer({ min: 1, max: 30 }),
      async (actions, crashAt, flushEvery) => {
        const roomy = await live(actions);
        const first = await TestPartition.open();
        await replay(first, roomy.records.slice(0, crashAt), flushEvery);
        const second = await replay(await first.crash(CRAMPED), roomy.records, flushEvery);
        expect(await second.dump()).toEqual(await roomy.dump());
        await assertPartitionInvariants(second);
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  });
});
