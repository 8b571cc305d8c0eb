// Runs seeds of the simulation: node test/simulation/run.ts [--from 1] [--count 100].
// Prints every seed that fails and ends with status 1 if one did.
import { parseArgs } from "node:util";

import { RaftSimulation } from "./raft-simulation.ts";

const { values } = parseArgs({
  options: { from: { type: "string", default: "1" }, count: { type: "string", default: "100" } },
});
const from = Number(values.from);
const count = Number(values.count);
let failures = 0;
let events = 0;
for (let seed = from; seed < from + count; seed++) {
  try {
    const report = await new RaftSimulation(seed).run();
    events += report.events;
    if (count <= 10) process.stdout.write(`${JSON.stringify(report)}\n`);
  } catch (error) {
    failures++;
    process.stdout.write(`seed ${seed}: ${(error as Error).message}\n`);
  }
}
process.stdout.write(`${count} seeds, ${events} events, ${failures} failed\n`);
process.exitCode = failures === 0 ? 0 : 1;
