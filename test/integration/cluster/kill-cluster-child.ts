// Proposes to three partitions without end, prints "partition count" for what is applied, and
// flushes and compacts on the way. The parent kills it.
import { writeSync } from "node:fs";

import { startToyCluster } from "./toy-cluster.ts";

const { cluster, machines } = await startToyCluster(process.argv[2] as string);
await Promise.all(machines.map((machine) => machine.whenLeader()));

async function flush(): Promise<void> {
  const indexes = machines.map((machine) => machine.appliedIndex);
  await cluster.engine.flush();
  for (const [i, machine] of machines.entries()) machine.log.compact(indexes[i] as number);
}

for (let round = 0; ; round++) {
  await Promise.all(
    machines.map(async (machine, partition) => {
      const before = machine.records.length;
      const count = 1 + ((round * 7 + partition) % 5);
      for (let i = 0; i < count; i++) machine.propose(`${partition}:${before + i}`);
      await machine.whenCount(before + count);
      writeSync(1, `${partition} ${before + count}\n`);
    }),
  );
  if (round % 40 === 39) await flush();
}
