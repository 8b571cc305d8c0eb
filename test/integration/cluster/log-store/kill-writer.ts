// Appends to several groups without end and prints "group index" for what is durable; compacts now
// and then. The parent kills it.
import { writeSync } from "node:fs";

import { LogHarness } from "./log-harness.ts";

const GROUPS = [1, 2, 3, 4];
const [directory, segmentBytes] = process.argv.slice(2) as [string, string];

const log = await LogHarness.open(directory, { segmentBytes: Number(segmentBytes) });
for (const group of GROUPS) log.ensureGroup(group);
for (let round = 0; ; round++) {
  let sequence = 0;
  const written: [number, number][] = [];
  for (const group of GROUPS) {
    if (group === 4 && round % 50 !== 0) continue;
    const index = log.store.group(group).lastIndex() + 1;
    const text = `${group}:${index}:`.padEnd(50 + ((index * 37) % 900), "x");
    sequence = log.appendNow(group, [text]);
    written.push([group, index]);
    if (index % 100 === 0) log.store.compact(log.store.group(group), index - 50);
  }
  await log.durable(sequence);
  for (const [group, index] of written) writeSync(1, `${group} ${index}\n`);
}
