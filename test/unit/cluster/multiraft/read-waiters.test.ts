import { expect, test } from "vitest";

import { ReadWaiters } from "../../../../cluster/multiraft/read-waiters.ts";

test("a caller is answered once its read point is confirmed and applied", async () => {
  const reads = new ReadWaiters();
  const first = reads.add();
  const second = reads.add();
  reads.release(100);
  reads.confirm(second.context, 7);
  reads.release(6);
  reads.confirm(first.context, 5);
  reads.release(7);
  expect(await Promise.all([first.promise, second.promise])).toEqual([5, 7]);
});

test("a caller that is not confirmed in time fails; a confirmed one waits on", async () => {
  const reads = new ReadWaiters();
  const lost = reads.add();
  const confirmed = reads.add();
  reads.confirm(confirmed.context, 3);
  reads.tick(2, new Error("Too late"));
  reads.tick(2, new Error("Too late"));
  await expect(lost.promise).rejects.toThrow("Too late");
  reads.release(3);
  expect(await confirmed.promise).toBe(3);
});

test("all callers fail together", async () => {
  const reads = new ReadWaiters();
  const { promise } = reads.add();
  reads.rejectAll(new Error("Gone"));
  await expect(promise).rejects.toThrow("Gone");
});
