// Simulates whole clusters, one seed after the other:
//   node test/simulation/nodes/run.ts [--from 1] [--seeds 100] [--seconds 60] [--trace]
// Prints every seed that fails, and ends with status 1 if one did.
import { parseArgs } from "node:util";

import { NodeSimulation } from "./node-simulation.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    seeds: { type: "string", default: "100" },
    seconds: { type: "string", default: "0" },
    trace: { type: "boolean", default: false },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
const limitMs = Number(values.seconds) * 1_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const startedAtMs = performance.now();
let passed = 0;
let failed = 0;
let events = 0;
for (let seed = from; seed < from + seeds; seed++) {
  if (limitMs > 0 && performance.now() - startedAtMs > limitMs) break;
  try {
    const report = await new NodeSimulation(seed, values.trace ? { onLine: print } : {}).run();
    passed++;
    events += report.events;
    if (seeds <= 50) print(JSON.stringify(report));
  } catch (error) {
    failed++;
    print((error as Error).message);
    print(`Again: make sim SEED=${seed}`);
  }
  const count = passed + failed;
  if (count % 100 === 0) print(`${count} seeds, ${events} events, ${failed} failed`);
}
const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
print(`${events} events in ${seconds} s`);
print(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
