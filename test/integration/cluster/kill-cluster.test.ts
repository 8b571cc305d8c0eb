// Method: a child runs a node with a toy state machine on RocksDB, compacts all the time, prints
// what is applied, and is killed. Afterwards every printed record must be there, once, in order.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { afterEach, beforeEach, expect, test } from "vitest";

import { startToyCluster } from "./toy-cluster.ts";

const ROUNDS = 5;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stet-kill-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test("every record applied before a SIGKILL is there afterwards, once and in order", async () => {
  const applied = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const script = join(import.meta.dirname, "kill-cluster-child.ts");
    const child = spawn(process.execPath, [script, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const wanted = 50 + round * 173;
    let lineCount = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [partition, count] = line.split(" ").map(Number) as [number, number];
      applied[partition] = count;
      if (++lineCount === wanted) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect(child.signalCode).toBe("SIGKILL");
    const { cluster, machines } = await startToyCluster(directory);
    await Promise.all(machines.map((machine) => machine.whenLeader()));
    machines.forEach((machine, partition) => {
      expect(machine.records.length).toBeGreaterThanOrEqual(applied[partition] as number);
      expect(machine.records).toEqual(machine.records.map((_, i) => `${partition}:${i}`));
    });
    await cluster.close();
  }
}, 60_000);
