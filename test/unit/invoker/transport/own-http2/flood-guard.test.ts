import { expect, test } from "vitest";

import { FloodGuard } from "../../../../../src/invoker/transport/own-http2/flood-guard.ts";

function spendUntilRefused(guard: FloodGuard, most: number): number {
  for (let spent = 0; spent < most; spent += 1) {
    try {
      guard.spend();
    } catch {
      return spent;
    }
  }
  return most;
}

test("a burst is refused once its allowance is used up", () => {
  const guard = new FloodGuard(() => 0);
  expect(spendUntilRefused(guard, 10_000)).toBe(2000);
});

test("an allowance comes back when an interval has passed, not sooner", () => {
  let nowMs = 0;
  const guard = new FloodGuard(() => nowMs);
  for (let i = 0; i < 2000; i += 1) guard.spend();
  nowMs = 999;
  expect(() => guard.spend()).toThrow(/unproductive frames/);
  nowMs = 1000;
  expect(spendUntilRefused(guard, 10_000)).toBe(2001);
});

test("what we ask for earns allowance, within a bound", () => {
  const guard = new FloodGuard(() => 0);
  guard.earn(500);
  expect(spendUntilRefused(guard, 10_000)).toBe(2500);
  const rich = new FloodGuard(() => 0);
  for (let i = 0; i < 10_000; i += 1) rich.earn(16);
  expect(spendUntilRefused(rich, 200_000)).toBe(20_000);
});
