// Simulates clusters, one seed after the other:
//   node test/simulation/nodes/run.ts [--from 1] [--seeds 100] [--seconds 60] [--kind nodes|raft]
//   node test/simulation/nodes/run.ts --from 7 --seeds 1 --trace
// Each seed is one run of whole nodes and one of bare groups, unless a kind is given. Prints what
// fails and how to repeat it, and ends with status 1 then.
import { parseArgs } from "node:util";

import { RaftSimulation } from "../raft-simulation.ts";
import { NodeSimulation } from "./node-simulation.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    seeds: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "0" },
    kind: { type: "string" },
    /** Ends with the first that fails. */
    once: { type: "boolean", default: false },
    trace: { type: "boolean", default: false },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
const limitMs = Number(values.seconds) * 1_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const kinds: Readonly<Record<string, (seed: number) => Promise<{ readonly events: number }>>> = {
  nodes: (seed) => new NodeSimulation(seed, values.trace ? { onLine: print } : {}).run(),
  raft: (seed) => new RaftSimulation(seed).run(),
};
const names = values.kind === undefined ? Object.keys(kinds) : [values.kind];
const startedAtMs = performance.now();
let passed = 0;
let failed = 0;
let events = 0;

for (let seed = from; seed < from + seeds; seed++) {
  if (limitMs > 0 && performance.now() - startedAtMs > limitMs) break;
  if (values.once && failed > 0) break;
  for (const name of names) {
    try {
      const report = await kinds[name]?.(seed);
      passed++;
      events += report?.events ?? 0;
      if (seeds <= 10) print(JSON.stringify(report));
    } catch (error) {
      failed++;
      print(`seed ${seed}, ${name}: ${(error as Error).message}`);
      print(`Again, with a trace: make sim SEED=${seed} KIND=${name}`);
    }
  }
  const count = seed - from + 1;
  if (count % 100 === 0) print(`${count} seeds, ${events} events, ${failed} failed`);
}
const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
print(`${events} events in ${seconds} s`);
print(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
