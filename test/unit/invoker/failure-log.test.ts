import { beforeEach, describe, expect, test } from "vitest";
import type { Logger } from "#base/logger";
import { type DeploymentId, failureOf, type InvocationId } from "#model";
import { type FailedAttempt, FailureLog } from "../../../src/invoker/failure-log.ts";

const PERIOD_MS = 10_000;

/** A log whose clock and timer are driven by the test. */
class Harness {
  readonly lines: { readonly message: string; readonly fields: Record<string, unknown> }[] = [];
  readonly log: FailureLog;
  nowMs = 1_000;
  #timers: (() => void)[] = [];

  constructor() {
    const logger: Logger = {
      error: () => {},
      warn: (message, fields) => this.lines.push({ message, fields: { ...fields } }),
      info: () => {},
      debug: () => {},
      child: () => logger,
    };
    const clock = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs };
    this.log = new FailureLog(logger, clock, {
      after: (_delayMs, run) => {
        this.#timers.push(run);
        return { cancel: () => this.#timers.splice(this.#timers.indexOf(run), 1) };
      },
    });
  }

  get timerCount(): number {
    return this.#timers.length;
  }

  /** Ends the period. */
  endPeriod(): void {
    this.nowMs += PERIOD_MS;
    for (const run of this.#timers.splice(0)) run();
  }

  fail(invocation: string, overrides: Partial<FailedAttempt> & { code?: string } = {}): void {
    const { code = "RT0007", ...rest } = overrides;
    this.log.note({
      invocationId: invocation as InvocationId,
      deploymentId: "dp_1" as DeploymentId,
      attempt: 1,
      cause: {
        failure: failureOf(500, "boom"),
        documentedCode: code,
        relatedCommandIndex: undefined,
        relatedCommandName: undefined,
        relatedCommandType: undefined,
      },
      next: { retryInMs: 100 },
      isRepeated: false,
      ...rest,
    });
  }
}

describe("the log of failed attempts", () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });

  test("tells the first failure of an invocation in full, with when it is retried", () => {
    harness.fail("inv_1");

    expect(harness.lines).toEqual([
      {
        message: "Attempt failed, it is retried",
        fields: {
          invocationId: "inv_1",
          attempt: 1,
          retryInMs: 100,
          deploymentId: "dp_1",
          errorCode: "RT0007",
          failureCode: 500,
          failure: "boom",
        },
      },
    ]);
  });

  test("counts repeated failures, and sums them up once per period", () => {
    harness.fail("inv_1");
    for (let attempt = 2; attempt <= 40; attempt++) {
      harness.fail("inv_1", { attempt, isRepeated: true });
    }
    expect(harness.lines).toHaveLength(1);

    harness.endPeriod();

    expect(harness.lines.slice(1)).toEqual([
      {
        message: "Attempts keep failing",
        fields: {
          failures: 39,
          periodMs: PERIOD_MS,
          deploymentId: "dp_1",
          errorCode: "RT0007",
          lastInvocationId: "inv_1",
          lastAttempt: 40,
          failure: "boom",
        },
      },
    ]);
  });

  test("tells five invocations per period, deployment and code; further ones count", () => {
    for (let i = 0; i < 1_000; i++) harness.fail(`inv_${i}`);
    for (let i = 0; i < 6; i++) harness.fail(`inv_${i}`, { code: "RT0010" });
    harness.endPeriod();

    const summaries = harness.lines.filter(({ fields }) => "failures" in fields);
    expect(harness.lines).toHaveLength(5 + 5 + 2);
    expect(summaries.map(({ fields }) => [fields["errorCode"], fields["failures"]])).toEqual([
      ["RT0007", 995],
      ["RT0010", 1],
    ]);
  });

  test("tells the end of the retries although the failure is a repeated one", () => {
    harness.fail("inv_1");
    harness.fail("inv_1", { attempt: 9, isRepeated: true, next: "pause" });
    harness.fail("inv_2", { attempt: 9, isRepeated: true, next: "kill" });

    expect(harness.lines.map(({ message }) => message)).toEqual([
      "Attempt failed, it is retried",
      "Attempt failed, and the invocation is paused: no retries are left",
      "Attempt failed, and so does the invocation: no retries are left",
    ]);
  });

  test("keeps no timer and no group once nothing fails any more", () => {
    harness.fail("inv_1");
    harness.fail("inv_1", { isRepeated: true });
    harness.endPeriod();
    expect(harness.timerCount).toBe(1);

    harness.endPeriod();

    expect(harness.timerCount).toBe(0);
    expect(harness.lines).toHaveLength(2);
  });

  test("bounds the groups: what is beyond shares one", () => {
    for (let i = 0; i < 300; i++) {
      harness.fail("inv_1", { deploymentId: `dp_${i}` as DeploymentId, isRepeated: true });
    }
    harness.endPeriod();

    expect(harness.lines).toHaveLength(257);
    expect(harness.lines.at(-1)?.fields).toMatchObject({ failures: 44, deploymentId: undefined });
  });

  test("sums up what was counted when it closes", () => {
    harness.fail("inv_1", { isRepeated: true });

    harness.log.close();

    expect(harness.lines.map(({ fields }) => fields["failures"])).toEqual([1]);
    expect(harness.timerCount).toBe(0);
  });
});
