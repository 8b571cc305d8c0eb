import { type Cluster, startCluster, systemClock, systemRandom, systemScheduler } from "#cluster";
import { type KeyValueEngine, openRocksDbEngine } from "#engine";
import { silentLogger } from "./log-store/log-harness.ts";
import { ToyMachine } from "./toy-machine.ts";

/** Starts a node with three partitions of toy state machines on RocksDB. */
export async function startToyCluster(
  directory: string,
): Promise<{ cluster: Cluster; machines: ToyMachine[] }> {
  const machines: ToyMachine[] = [];
  let engine: KeyValueEngine | undefined;
  const cluster = await startCluster({
    dataDirectory: directory,
    nodeName: "n1",
    clusterName: "test",
    partitionCount: 3,
    log: { segmentBytes: 256 * 1024 },
    engine: async (path) => {
      engine = await openRocksDbEngine(path);
      return engine;
    },
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    logger: silentLogger,
    createStateMachine: async (_partitionId, log) => {
      const machine = await ToyMachine.load(engine as KeyValueEngine, log);
      machines[log.partitionId] = machine;
      return machine;
    },
    onFatal: (error) => {
      throw error;
    },
  });
  return { cluster, machines };
}
