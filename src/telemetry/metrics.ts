import { ingressFamilies } from "./families/ingress.ts";
import { connectionFamilies, invokerFamilies } from "./families/invoker.ts";
import { logFamilies, metadataFamilies, raftFamilies } from "./families/log.ts";
import { nodeFamilies } from "./families/node.ts";
import { partitionFamilies } from "./families/partition.ts";
import { snapshotFamilies } from "./families/snapshots.ts";
import { storageFamilies } from "./families/storage.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { Registry } from "./registry.ts";
import { systemClock } from "./system-clock.ts";

/** Labels and facts that every scrape shows. */
export interface MetricsOptions {
  readonly clusterName: string;
  readonly nodeName: string;
  readonly version: string;
}

/**
 * All metrics of a node, by the component that feeds them. Components take what they need as
 * counters, gauges and summaries of `cluster/base`; only the composition root sees this object.
 */
export type Metrics = ReturnType<typeof createMetrics>;

/** Families of the store's engine: all that is left when metrics are switched off. */
const ENGINE_PREFIX = "restate_rocksdb_";

/** Declares the metrics. Names and labels are those of the original, whose dashboards read them. */
export function createMetrics(options: MetricsOptions) {
  const registry = new Registry({
    cluster_name: options.clusterName,
    node_name: options.nodeName,
  });
  addProcessMetrics(registry, options.version);
  return {
    node: nodeFamilies(registry),
    partition: partitionFamilies(registry),
    ingress: ingressFamilies(registry),
    invoker: invokerFamilies(registry),
    connections: connectionFamilies(registry),
    log: logFamilies(registry),
    raft: raftFamilies(registry),
    metadata: metadataFamilies(registry),
    snapshots: snapshotFamilies(registry),
    storage: storageFamilies(registry),
    /** What is declared. */
    families: registry.families,
    /** Prints everything in the Prometheus text format. */
    render: (): Promise<string> => registry.render(systemClock.monotonicMs()),
    /** Prints the engine's families without global labels, for nodes without metrics. */
    renderEngine: (): Promise<string> =>
      registry.render(systemClock.monotonicMs(), ({ name }) => name.startsWith(ENGINE_PREFIX)),
  };
}
