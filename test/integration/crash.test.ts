// A short run of `make crash`: the server is killed under load; nothing is lost, nothing is there
// twice. Needs the built server.
import { describe, expect, test } from "vitest";
import { runCampaign } from "../crash/campaign.ts";

/** A bound for hangs, not for speed. */
const TIMEOUT_MS = 300_000;

describe("a server that is killed under load", () => {
  test("keeps every acknowledged effect exactly once, and ends every invocation", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const seed = Math.floor(Math.random() * 1_000_000);
    const lines = [`again with: node test/crash/run.ts --kills 5 --clients 12 --seed ${seed}`];

    const { checks, serverKills, operations } = await runCampaign({
      seed,
      kills: 5,
      clients: 12,
      portBase: undefined,
      onProgress: (line) => lines.push(line),
    });

    const violations = checks.flatMap(({ name, violations }) =>
      violations.map((violation) => `${name}: ${violation}`),
    );
    expect(violations, lines.join("\n")).toEqual([]);
    expect(serverKills).toBe(5);
    // A run in which nothing happened would prove nothing.
    expect(Object.values(operations).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(50);
  });
});
