/** Connects the export of snapshots, and the restore from them, to a node. */
import { readFileSync } from "node:fs";
import type { Clock, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { Cluster, ClusterSeed } from "#cluster";
import type { StetConfiguration } from "#config";
import type { PartitionHost } from "#partition";
import type { Metrics } from "#telemetry";
import { quantilesOf } from "./quantiles.ts";
import {
  DocumentBackup,
  type ExportedPartition,
  type ObjectStore,
  ORIGIN_DOCUMENT,
  openObjectStore,
  readSeed,
  SnapshotArchive,
  SnapshotExporter,
  type SnapshotMetrics,
  SnapshotServices,
} from "./snapshots/index.ts";

/** What snapshots take from the node. */
export interface NodeSnapshotsOptions {
  readonly configuration: StetConfiguration;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The object store of a node with a destination for snapshots, and what works on it. */
export class NodeSnapshots {
  readonly #options: NodeSnapshotsOptions;
  readonly #store: ObjectStore;
  readonly #metrics: SnapshotMetrics;
  #exporter: SnapshotExporter | undefined;

  /** @throws ServerError `OBJECT_STORE_REFUSED`, `INVALID_ARGUMENT` */
  constructor(options: NodeSnapshotsOptions, destination: string) {
    this.#options = options;
    this.#metrics = options.metrics.snapshots;
    const { snapshots } = options.configuration;
    this.#store = openObjectStore(
      {
        destination,
        retryPolicy: snapshots.objectStoreRetry,
        region: snapshots.awsRegion,
        accessKeyId: snapshots.awsAccessKeyId,
        secretAccessKey: snapshots.awsSecretAccessKey,
        sessionToken: snapshots.awsSessionToken,
        profile: snapshots.awsProfile,
        endpointUrl: snapshots.awsEndpointUrl,
        isHttpAllowed: snapshots.awsAllowHttp,
      },
      { ...options, readFile: readText },
    );
  }

  /** What a cluster that is created here starts with; `undefined` for nothing. */
  get seed(): (() => Promise<ClusterSeed>) | undefined {
    const { configuration, clock, logger } = this.#options;
    const { restore } = configuration.snapshots;
    if (restore === "off") return undefined;
    return () =>
      readSeed({
        store: this.#store,
        clusterName: configuration.node.clusterName,
        isForced: restore === "forced",
        metrics: this.#metrics,
        monotonicMs: () => clock.monotonicMs(),
        logger,
      });
  }

  /** Index up to which the log of a partition is covered, if logs wait for that. */
  archivedIndex(partitionId: number): number | undefined {
    return this.#exporter?.isAutomatic ? this.#exporter.archivedIndex(partitionId) : undefined;
  }

  /** Starts to export what this node leads, and to answer operators. */
  async start(cluster: Cluster, host: PartitionHost): Promise<void> {
    const { configuration, clock, scheduler, random, logger } = this.#options;
    const { snapshots, node } = configuration;
    const origin = await cluster.metadata.get(ORIGIN_DOCUMENT);
    const identity = {
      clusterName: node.clusterName,
      clusterFingerprint: cluster.membership.clusterFingerprint,
      restoredFrom: origin && BigInt(new TextDecoder().decode(origin.contents)),
      nodeName: node.nodeName,
    };
    const store = this.#store;
    const { metadata, table } = cluster;
    const nowMs = () => clock.nowMs();
    const partitionCount = table.count;
    const documents = new DocumentBackup({ store, identity, metadata, partitionCount, nowMs });
    const { retainedCount } = snapshots;
    const archive = new SnapshotArchive({ store, identity, retainedCount, clock, random, logger });
    const exporter = new SnapshotExporter({
      archive,
      triggers: {
        intervalMs: snapshots.snapshotIntervalMs,
        records: snapshots.snapshotIntervalRecords,
      },
      concurrencyMax: snapshots.exportConcurrencyMax,
      partitions: () => exportedPartitions(cluster, host),
      saveDocuments: () => documents.write(),
      clock,
      scheduler,
      random,
      logger,
      metrics: this.#metrics,
    });
    this.#exporter = exporter;
    this.#options.metrics.snapshots.age.from(() => quantilesOf(exporter.agesSeconds()));
    new SnapshotServices({
      nodeId: cluster.membership.self.nodeId,
      calls: cluster.calls,
      exporter,
      archive,
      scheduler,
      partitionIds: () => host.allPartitionIds,
      nodesOf: (id) => cluster.table.find(id)?.replicas.map(({ nodeId }) => nodeId) ?? [],
      appliedIndex: (id) => host.processor(id)?.appliedIndex ?? 0,
      saveDocuments: () => documents.write(),
      trimLog: (id, index) => host.cutLog(id, index),
    }).register();
    exporter.start();
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    this.#store.close();
    await this.#exporter?.close();
  }
}

function exportedPartitions(cluster: Cluster, host: PartitionHost): ExportedPartition[] {
  return host.partitionIds.flatMap((partitionId) => {
    const processor = host.processor(partitionId);
    const keys = cluster.table.find(partitionId)?.keys;
    if (processor === undefined || keys === undefined) return [];
    return {
      partitionId,
      keys,
      get isLeader() {
        return processor.isLeader;
      },
      get term() {
        return processor.log.term;
      },
      get appliedIndex() {
        return processor.appliedIndex;
      },
      snapshot: () => processor.snapshot(),
    };
  });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
