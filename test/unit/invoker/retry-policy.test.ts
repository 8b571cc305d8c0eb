import { describe, expect, test } from "vitest";
import type { Random } from "#base/random";
import { parseRetryAfter } from "../../../src/invoker/retry-after.ts";
import {
  DEFAULT_RETRY_POLICY,
  decideRetry,
  RETRY_DELAY_MS_MAX,
} from "../../../src/invoker/retry-policy.ts";

const NO_JITTER = { nextBelow: () => 0, nextBytes: () => new Uint8Array(0) };
const FULL_JITTER = { ...NO_JITTER, nextBelow: (bound: number) => bound - 1 };

function delays(policy: typeof DEFAULT_RETRY_POLICY, random: Random = NO_JITTER): number[] {
  const result: number[] = [];
  for (let budgetUsed = 0; ; budgetUsed++) {
    const decision = decideRetry(policy, { budgetUsed, requestedDelayMs: undefined }, random);
    if (decision.kind === "exhausted") return result;
    result.push(decision.delayMs);
  }
}

test("delays grow by the factor up to the longest one, 69 retries by default", () => {
  const list = delays(DEFAULT_RETRY_POLICY);

  expect(list).toHaveLength(69);
  expect(list.slice(0, 9)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

test("jitter adds less than 30 percent", () => {
  const [first] = delays(DEFAULT_RETRY_POLICY, FULL_JITTER);

  expect(first).toBeGreaterThan(649);
  expect(first).toBeLessThan(650);
});

test("one attempt means no retry", () => {
  expect(delays({ ...DEFAULT_RETRY_POLICY, maxAttempts: 1 })).toEqual([]);
  const decision = decideRetry(
    { ...DEFAULT_RETRY_POLICY, maxAttempts: 1, onMaxAttempts: "kill" },
    { budgetUsed: 0, requestedDelayMs: undefined },
    NO_JITTER,
  );
  expect(decision).toEqual({ kind: "exhausted", onMaxAttempts: "kill" });
});

test("without a limit there is always another attempt, with a finite delay", () => {
  const policy = { ...DEFAULT_RETRY_POLICY, maxAttempts: undefined };
  const failed = { budgetUsed: 1_000_000, requestedDelayMs: undefined };

  expect(decideRetry(policy, failed, NO_JITTER)).toMatchObject({ delayMs: 60_000 });
});

test("a requested delay is used as it is, up to a year, and costs no budget", () => {
  const exhausted = { ...DEFAULT_RETRY_POLICY, maxAttempts: 1 };

  expect(decideRetry(exhausted, { budgetUsed: 9, requestedDelayMs: 0 }, FULL_JITTER)).toEqual({
    kind: "retry",
    delayMs: 0,
    usesBudget: false,
  });
  expect(
    decideRetry(exhausted, { budgetUsed: 9, requestedDelayMs: Number.MAX_SAFE_INTEGER }, NO_JITTER),
  ).toMatchObject({ delayMs: RETRY_DELAY_MS_MAX });
});

describe("Retry-After", () => {
  const nowMs = Date.UTC(2024, 0, 1);
  test.each([
    ["0", 0],
    ["7", 7000],
    [" 7 ", 7000],
    ["99999999999999999999", RETRY_DELAY_MS_MAX],
    ["Mon, 01 Jan 2024 00:00:30 GMT", 30_000],
    ["Mon, 01 Jan 2024 00:00:30 +0000", 30_000],
    ["01 Jan 2024 01:00:00 +0100", 0],
    ["Fri, 01 Jan 2100 00:00:00 GMT", RETRY_DELAY_MS_MAX],
    ["Sun, 31 Dec 2023 00:00:00 GMT", 0],
    ["-1", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s: %s", (value, delayMs) => {
    expect(parseRetryAfter(value, nowMs)).toBe(delayMs);
  });
});
