import { beforeEach, describe, expect, test } from "vitest";

import { FailureDetector } from "../../../../cluster/transport/failure-detector.ts";

const SILENCE_MS = 1200;
let nowMs: number;
let detector: FailureDetector;

beforeEach(() => {
  nowMs = 1_000_000;
  detector = new FailureDetector(SILENCE_MS);
  detector.restart(nowMs);
});

/** Lets time pass in which the peer is heard every 200 ms, and echoes or not. */
function pass(durationMs: number, peer: { isHeard: boolean; echoes: boolean }): void {
  for (const end = nowMs + durationMs; nowMs < end; ) {
    nowMs += 200;
    if (peer.isHeard) detector.hear(nowMs);
    if (peer.echoes) detector.echo(nowMs - 150);
  }
}

describe("a peer", () => {
  test("that is heard and echoes is there", () => {
    pass(60_000, { isHeard: true, echoes: true });

    expect(detector.isSilent(nowMs)).toBe(false);
  });

  test("that is not heard for longer than the limit is silent", () => {
    pass(10_000, { isHeard: true, echoes: true });

    expect(detector.isSilent(nowMs + SILENCE_MS)).toBe(false);
    expect(detector.isSilent(nowMs + SILENCE_MS + 1)).toBe(true);
  });

  test("that is heard but echoes nothing for twice the limit is silent", () => {
    pass(10_000, { isHeard: true, echoes: true });
    pass(2200, { isHeard: true, echoes: false });
    expect(detector.isSilent(nowMs)).toBe(false);

    pass(200, { isHeard: true, echoes: false });

    expect(detector.isSilent(nowMs)).toBe(true);
  });

  test("is not blamed for time in which this node did not run", () => {
    pass(10_000, { isHeard: true, echoes: true });
    nowMs += 30_000;

    detector.excuse(30_000);

    expect(detector.isSilent(nowMs)).toBe(false);
    expect(detector.isSilent(nowMs + SILENCE_MS + 1)).toBe(true);
  });

  test("that echoes late, out of order, is not further behind for it", () => {
    detector.echo(nowMs + 2000);
    detector.echo(nowMs + 100);
    detector.hear(nowMs + 4000);

    expect(detector.isSilent(nowMs + 4400)).toBe(false);
  });
});
