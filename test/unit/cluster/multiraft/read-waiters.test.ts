import { expect, test } from "vitest";

import { ReadWaiters } from "../../../../cluster/multiraft/read-waiters.ts";

const MARK = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** Starts a round that somebody has asked for. */
function start(reads: ReadWaiters): Uint8Array {
  const context = reads.startRound();
  if (context === undefined) throw new Error("Nobody has asked");
  return context;
}

const tooLate = (): Error => new Error("Too late");

test("a caller is answered once its read point is confirmed and applied", async () => {
  const reads = new ReadWaiters(MARK);
  const first = reads.add();
  const firstRound = start(reads);
  const second = reads.add();
  const secondRound = start(reads);
  reads.release(100);
  reads.confirm(secondRound, 7);
  reads.release(6);
  reads.confirm(firstRound, 5);
  reads.release(7);
  expect(await Promise.all([first, second])).toEqual([5, 7]);
  expect(reads.isEmpty).toBe(true);
});

test("callers of one turn share a round, and later ones get another", async () => {
  const reads = new ReadWaiters(MARK);
  const early = [reads.add(), reads.add(), reads.add()];
  const round = start(reads);
  expect(reads.startRound()).toBeUndefined();
  const late = reads.add();
  reads.confirm(round, 4);
  reads.release(4);
  expect(await Promise.all(early)).toEqual([4, 4, 4]);
  expect(reads.isEmpty).toBe(false);
  reads.confirm(start(reads), 9);
  reads.release(9);
  expect(await late).toBe(9);
});

test("a caller that is not confirmed in time fails; a confirmed one waits on", async () => {
  const reads = new ReadWaiters(MARK);
  const lost = reads.add();
  start(reads);
  const confirmed = reads.add();
  reads.confirm(start(reads), 3);
  reads.tick(2, tooLate);
  reads.tick(2, tooLate);
  await expect(lost).rejects.toThrow("Too late");
  reads.release(3);
  expect(await confirmed).toBe(3);
});

test("all callers fail together, those whose round has not started too", async () => {
  const reads = new ReadWaiters(MARK);
  const started = reads.add();
  start(reads);
  const gathering = reads.add();
  reads.rejectAll(() => new Error("Gone"));
  await expect(started).rejects.toThrow("Gone");
  await expect(gathering).rejects.toThrow("Gone");
});

test("an answer to an earlier run of the process is not taken", async () => {
  const before = new ReadWaiters(MARK);
  before.add().catch(() => undefined);
  const old = start(before);
  const reads = new ReadWaiters(MARK.toReversed());
  const read = reads.add();
  const round = start(reads);
  reads.confirm(old, 3);
  reads.release(100);
  expect(reads.isEmpty).toBe(false);
  reads.confirm(round, 7);
  reads.release(100);
  expect(await read).toBe(7);
});
