import { expect, test } from "vitest";
import { Quota, type Waiting } from "../../../src/invoker/quota.ts";

function waiting(log: string[], name: string): Waiting & { isAlive: boolean } {
  return {
    isAlive: true,
    isWaiting() {
      return this.isAlive;
    },
    start() {
      this.isAlive = false;
      log.push(name);
    },
  };
}

test("slots are given out in order of arrival", () => {
  const log: string[] = [];
  const quota = new Quota(2);
  for (const name of ["a", "b", "c", "d"]) quota.acquire(waiting(log, name));
  expect(log).toEqual(["a", "b"]);

  quota.release();

  expect(log).toEqual(["a", "b", "c"]);
  expect(quota.usedCount).toBe(2);
  expect(quota.waitingCount).toBe(1);
});

test("what stopped waiting is passed over", () => {
  const log: string[] = [];
  const quota = new Quota(1);
  quota.acquire(waiting(log, "a"));
  const abandoned = waiting(log, "b");
  quota.acquire(abandoned);
  quota.acquire(waiting(log, "c"));
  abandoned.isAlive = false;
  quota.abandon();
  expect(quota.waitingCount).toBe(1);

  quota.release();

  expect(log).toEqual(["a", "c"]);
  expect(quota.waitingCount).toBe(0);
});

test("many that stopped waiting leave the queue before a slot is free", () => {
  const log: string[] = [];
  const quota = new Quota(1);
  quota.acquire(waiting(log, "first"));
  for (let i = 0; i < 5000; i++) {
    const abandoned = waiting(log, `abandoned ${i}`);
    quota.acquire(abandoned);
    abandoned.isAlive = false;
    quota.abandon();
  }
  quota.acquire(waiting(log, "last"));
  expect(quota.waitingCount).toBe(1);

  quota.release();

  expect(log).toEqual(["first", "last"]);
});

test("what releases its slot while it starts does not recurse", () => {
  const quota = new Quota(1);
  let startedCount = 0;
  quota.acquire(waiting([], "holder"));
  for (let i = 0; i < 100_000; i++) {
    let isWaiting = true;
    quota.acquire({
      isWaiting: () => isWaiting,
      start: () => {
        isWaiting = false;
        startedCount++;
        quota.release();
      },
    });
  }

  quota.release();

  expect(startedCount).toBe(100_000);
  expect(quota.usedCount).toBe(0);
});
