// A short run of `make linearizability`: faults on a real cluster, and a check of what its clients
// saw. Needs the built server.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";

const RUN = join(import.meta.dirname, "..", "..", "linearizability", "run.ts");
const SECONDS = 20;
/** A bound for hangs, not for speed. */
const TIMEOUT_MS = 300_000;

test("objects of a cluster under faults are linearizable", { timeout: TIMEOUT_MS }, async () => {
  // A process of its own, since it enters namespaces where it may cut the network.
  const child = spawn(process.execPath, [RUN, "--seconds", String(SECONDS)]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }

  const [exitCode] = await once(child, "close");

  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/\n[1-9]\d* passed, 0 failed\n$/);
});
