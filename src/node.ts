import { join, resolve } from "node:path";
import type { Admin, Discover } from "#admin";
import { assertPresent } from "#base/assert";
import type { Clock } from "#base/clock";
import type { Logger } from "#base/logger";
import {
  type Cluster,
  type Metadata,
  type StartedParts,
  startCluster,
  systemRandom,
  systemScheduler,
} from "#cluster";
import type { StetConfiguration } from "#config";
import { openRocksDbEngine } from "#engine";
import { createIngress, type Ingress, openApiOf } from "#ingress";
import {
  createInvoker,
  createTransport,
  FRAMING_BYTES,
  type NodeInvoker,
  RequestIdentity,
  type Transport,
} from "#invoker";
import { createScanner, PartitionHost } from "#partition";
import { RuleRegistry, SchemaRegistry } from "#schema";
import { EXPOSITION_TYPE, type Metrics } from "#telemetry";
import { DeploymentTransports } from "./deployment-transports.ts";
import { discoverThrough } from "./discover.ts";
import { advertisedUrlOf, listenOn, urlOf } from "./listen.ts";
import { NodeEndpoint } from "./node-endpoint.ts";
import { readHealth, startingHealth } from "./node-health.ts";
import {
  ingressObserver,
  invokerObserver,
  logObserver,
  measuredMetadata,
  partitionMetrics,
  raftMetrics,
  routingObserver,
} from "./node-metrics.ts";
import { NodePort } from "./node-port.ts";
import { observeNode } from "./node-readings.ts";
import {
  clusterTiming,
  concurrencyRules,
  publishedFeatures,
  schemaDefaults,
} from "./node-settings.ts";
import type { NodeSnapshots } from "./node-snapshots.ts";
import { connectionLimits, readOpenFilesMax } from "./open-files.ts";
import { listenAsConfigured, listenOnSocket, type SocketFolder } from "./unix-socket.ts";

/** What a node needs from outside. */
export interface NodeOptions {
  readonly configuration: StetConfiguration;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly version: string;
  /** Nodes that are lost for good, with the majority of the metadata: this one goes on alone. */
  readonly lostNodes?: readonly number[];
  /** Ends a start that waits for a cluster. */
  readonly signal?: AbortSignal;
  /** Where credentials of an object store may be, as the tools of its maker have them. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A node that answers requests. */
export interface RunningNode {
  /** Where it listens, as URLs. */
  readonly addresses: { readonly ingress: string; readonly admin: string; readonly node: string };
  /** Stops gracefully; safe to call more than once. */
  close(): Promise<void>;
}

/** Bundled, workers are files beside this one; from source, they are in their folders. */
const IS_BUNDLE = !import.meta.url.endsWith(".ts");

/** Builds and wires all components of a node, lowest first; they close in reverse order. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const node = new StetNode(options);
  try {
    return await node.start();
  } catch (error) {
    await node.close().catch(() => undefined);
    throw error;
  }
}

/** What is made while the cluster starts, in the order of its needs. */
interface NodeParts {
  cluster: Cluster | undefined;
  host: PartitionHost | undefined;
  registry: SchemaRegistry | undefined;
  snapshots: NodeSnapshots | undefined;
}

function registryOf(parts: NodeParts): SchemaRegistry {
  return assertPresent(parts.registry, "the registry is open before partitions have leaders");
}

class StetNode {
  readonly #options: NodeOptions;
  /** How to close what was opened, last opened first. */
  readonly #closers: (() => void | Promise<void>)[] = [];
  #closing: Promise<void> | undefined;
  /** Hands leaderships to other nodes, once there are any. */
  #drain: () => Promise<void> = async () => undefined;

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  async start(): Promise<RunningNode> {
    const { configuration } = this.#options;
    const parts: NodeParts = {
      cluster: undefined,
      host: undefined,
      registry: undefined,
      snapshots: await this.#openSnapshots(),
    };
    const transports = this.#openTransports();
    const identity = this.#identity();
    const schema = () => registryOf(parts).view();
    const invoker = this.#createInvoker({ transports, identity, schema });
    // Other nodes reach this one, and probes see it starting, before it belongs to a cluster.
    const port = await this.#openPort(parts, invoker);
    const cluster = await this.#startCluster(invoker, { parts, port });
    const host = this.#hostOf(parts, invoker, cluster);
    const registry = registryOf(parts);
    registry.onChange((view) => transports.retain(view));
    const rules = await this.#openRules(cluster, host);
    await host.whenReady();
    host.start();
    await this.#startSnapshots(parts);

    const ingress = this.#createIngress(host, registry);
    this.#closers.push(() => ingress.close());
    const ingressUrl = await this.#listenIngress(ingress);
    const discover = discoverThrough(identity, configuration.node.clusterName);
    const admin = await this.#createAdmin({
      host,
      registry,
      rules,
      ingressUrl,
      cluster,
      discover,
    });
    this.#closers.push(() => admin.close());
    const folder = this.#socketFolder();
    const adminUrl = await listenAsConfigured("admin", configuration.admin.listener, {
      folder,
      listen: (address) => admin.listen(address),
    });
    const nodeListener = configuration.node.listener;
    const nodeSocketUrl = await listenOnSocket("node", nodeListener, {
      folder,
      listen: (path) => port.listenOnSocket(path),
    });
    const hasNodePort = nodeListener.listenMode !== "unix";
    return {
      addresses: {
        ingress: ingressUrl,
        admin: adminUrl,
        node: hasNodePort ? urlOf(nodeListener.host, port.number) : (nodeSocketUrl ?? ""),
      },
      close: () => this.close(),
    };
  }

  async #openPort(parts: NodeParts, invoker: NodeInvoker): Promise<NodePort> {
    const { configuration, metrics, clock } = this.#options;
    const { node, telemetry } = configuration;
    const startedAtMs = clock.monotonicMs();
    let refresh: (() => Promise<void>) | undefined;
    const endpoint = new NodeEndpoint({
      contentType: EXPOSITION_TYPE,
      render: async () => {
        const { cluster, host } = parts;
        if (cluster !== undefined && host !== undefined) {
          const dataDirectory = node.baseFolder;
          refresh ??= observeNode(metrics, { cluster, host, invoker, dataDirectory });
        }
        await refresh?.();
        return telemetry.metricsEnabled ? metrics.render() : metrics.renderEngine();
      },
      health: () => {
        const age = { startedAtMs, nowMs: clock.monotonicMs() };
        const { clusterName, roles } = node;
        if (parts.cluster === undefined) return startingHealth({ clusterName, roles, ...age });
        const isStopping = this.#closing !== undefined;
        return readHealth({ cluster: parts.cluster, roles, ...age, isStopping });
      },
    });
    const port = new NodePort(endpoint, systemScheduler);
    this.#closers.push(() => port.close());
    if (node.listener.listenMode !== "unix") {
      await listenOn("node", node.listener, (host, number) => port.listen(host, number));
    }
    return port;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    await this.#drain();
    for (const close of this.#closers.reverse()) await close();
  }

  #openTransports(): DeploymentTransports<Transport> {
    const { invoker } = this.#options.configuration;
    const transports = new DeploymentTransports<Transport>((deployment) =>
      createTransport(
        { uri: deployment.uri, protocol: deployment.httpVersion },
        {
          http2Client: invoker.transport,
          metrics: this.#options.metrics.connections,
          connectTimeoutMs: invoker.connectTimeoutMs,
          keepAliveIntervalMs: invoker.keepAliveIntervalMs,
          keepAliveTimeoutMs: invoker.keepAliveTimeoutMs,
          idleCloseMs: invoker.idleConnectionTimeoutMs,
          streamsPerConnectionMax: invoker.streamsPerConnectionMax,
          streamWindowBytes: invoker.streamWindowBytes,
          connectionWindowBytes: invoker.connectionWindowBytes,
        },
      ),
    );
    this.#closers.push(() => transports.close());
    return transports;
  }

  #identity(): RequestIdentity | undefined {
    const { clock, configuration } = this.#options;
    const { requestIdentityKeyFile, requestIdentityExpirationMs } = configuration.invoker;
    if (requestIdentityKeyFile === undefined) return undefined;
    return RequestIdentity.fromFile(requestIdentityKeyFile, {
      clock,
      expirationMs: requestIdentityExpirationMs,
    });
  }

  #createInvoker({
    transports,
    identity,
    schema,
  }: {
    readonly transports: DeploymentTransports<Transport>;
    readonly identity: RequestIdentity | undefined;
    readonly schema: () => ReturnType<SchemaRegistry["view"]>;
  }): NodeInvoker {
    const { clock, logger, configuration, metrics } = this.#options;
    const settings = configuration.invoker;
    const invoker = createInvoker({
      schema,
      transports: (deployment) => transports.of(deployment),
      clock,
      scheduler: systemScheduler,
      random: systemRandom,
      logger: logger.child({ component: "invoker" }),
      clusterName: configuration.node.clusterName,
      identity,
      limits: {
        concurrentAttemptsMax: settings.concurrentAttemptsMax,
        messageBytesMax: settings.messageBytesMax + FRAMING_BYTES,
        eagerStateBytesMax: settings.eagerStateBytesMax,
        futureDepthMax: settings.awaitedFutureDepthMax,
        memoryBytesMax: settings.memoryBytesMax,
      },
      countsAppliedReports: true,
      observer: invokerObserver(metrics),
    });
    this.#closers.push(() => invoker.close());
    return invoker;
  }

  /** Starts the cluster with the partitions of this node, and the registry that they read. */
  async #startCluster(
    invoker: NodeInvoker,
    { parts, port }: { readonly parts: NodeParts; readonly port: NodePort },
  ): Promise<Cluster> {
    const { configuration, logger, clock, metrics, lostNodes = [], signal } = this.#options;
    const { node, raft } = configuration;
    const cluster = await startCluster({
      dataDirectory: join(node.baseFolder, node.nodeName),
      nodeName: node.nodeName,
      clusterName: node.clusterName,
      advertisedAddress: advertisedUrlOf(node.listener, port.number),
      seedAddresses: node.seedAddresses,
      autoProvision: node.autoProvision,
      forceNodeId: node.forceNodeId,
      roles: node.roles,
      location: node.location,
      partitionCount: node.defaultPartitionCount,
      defaultReplication: node.defaultReplication,
      ...(signal === undefined ? {} : { signal }),
      recoverMetadata: lostNodes.length === 0 ? undefined : { lostNodes },
      ...(parts.snapshots?.seed === undefined ? {} : { seed: parts.snapshots.seed }),
      engine: (directory) =>
        openRocksDbEngine(directory, { onFailure: (error) => this.#stopProcess(error) }),
      clock,
      scheduler: systemScheduler,
      random: systemRandom,
      logger: logger.child({ component: "raft" }),
      log: { segmentBytes: raft.logSegmentBytes },
      timing: clusterTiming(configuration),
      metrics: raftMetrics(metrics),
      onLogWritten: logObserver(metrics),
      onTransport: (transport) => port.use(transport),
      onPhase: (phase) => logger.info("Start goes on", { phase }),
      createStateMachine: async (partitionId, log, started) => {
        // Leaders look handlers up as soon as they lead, so the registry comes before them.
        parts.registry ??= await this.#openRegistry(started.metadata);
        const host = this.#hostOf(parts, invoker, started);
        return host.createStateMachine(partitionId, log, { replicaId: log.replicaId });
      },
      // Without a host nothing was stored since the start; what is older is told by its replica id.
      dropStateMachine: async (partitionId) => parts.host?.removeStateMachine(partitionId),
      onFatal: (error) => this.#stopProcess(error),
    });
    parts.cluster = cluster;
    this.#drain = () => cluster.drainLeadership(raft.drainTimeoutMs);
    this.#closers.push(async () => {
      await parts.host?.close();
      await cluster.close();
    });
    // A node without partitions has not needed it yet.
    parts.registry ??= await this.#openRegistry(cluster.metadata);
    return cluster;
  }

  #hostOf(parts: NodeParts, invoker: NodeInvoker, started: StartedParts): PartitionHost {
    parts.host ??= this.#createHost(invoker, started, parts);
    return parts.host;
  }

  #createHost(invoker: NodeInvoker, started: StartedParts, parts: NodeParts): PartitionHost {
    const { configuration, logger, clock, metrics, version } = this.#options;
    return new PartitionHost({
      engine: started.engine,
      table: started.table,
      clock,
      scheduler: systemScheduler,
      random: systemRandom,
      logger: logger.child({ component: "partition" }),
      invoker,
      cleanupIntervalMs: configuration.worker.cleanupIntervalMs,
      metrics: partitionMetrics(metrics),
      peers: {
        nodeId: started.membership.self.nodeId,
        calls: started.calls,
        build: version,
        nodesOf: (partitionId) =>
          started.table.find(partitionId)?.replicas.map(({ nodeId }) => nodeId) ?? [],
        observer: routingObserver(metrics),
      },
      rebuildReplica: async (partitionId) => parts.cluster?.rebuildReplica(partitionId),
      archivedIndex: (partitionId) => parts.snapshots?.archivedIndex(partitionId),
      schema: () => registryOf(parts).view(),
      onFatal: (error) => this.#stopProcess(error),
    });
  }

  /** Ends the process: what is in memory can no longer be trusted, and the log has the rest. */
  #stopProcess(error: Error): void {
    this.#options.logger.error("Stopped: the node cannot go on", { error });
    process.exit(1);
  }

  async #openSnapshots(): Promise<NodeSnapshots | undefined> {
    const { configuration, environment = {}, clock, logger, metrics } = this.#options;
    const { destination } = configuration.snapshots;
    if (destination === undefined) return undefined;
    const { NodeSnapshots } = await import("./node-snapshots.ts");
    const shared = { clock, scheduler: systemScheduler, random: systemRandom, metrics };
    return new NodeSnapshots(
      {
        ...shared,
        configuration,
        environment,
        logger: logger.child({ component: "snapshots" }),
      },
      destination,
    );
  }

  /** Exports what this node leads from now on. */
  async #startSnapshots({ snapshots, cluster, host }: NodeParts): Promise<void> {
    if (snapshots === undefined || cluster === undefined || host === undefined) return;
    this.#closers.push(() => snapshots.close());
    await snapshots.start(cluster, host);
  }

  async #openRegistry(documents: Metadata): Promise<SchemaRegistry> {
    const { clock, logger, configuration } = this.#options;
    const registry = await SchemaRegistry.open({
      documents: measuredMetadata(documents, this.#options.metrics),
      defaults: schemaDefaults(configuration),
      routingHeaders: configuration.admin.deploymentRoutingHeaders,
      clock,
      random: systemRandom,
      logger: logger.child({ component: "schema" }),
    });
    this.#closers.push(() => registry.close());
    return registry;
  }

  async #openRules(cluster: Cluster, host: PartitionHost): Promise<RuleRegistry> {
    const { clock, logger } = this.#options;
    const rules = await RuleRegistry.open({
      documents: measuredMetadata(cluster.metadata, this.#options.metrics),
      clock,
      logger: logger.child({ component: "schema" }),
    });
    this.#closers.push(() => rules.close());
    rules.onChange((book) => host.updateRules(concurrencyRules(book)));
    return rules;
  }

  #createIngress(host: PartitionHost, registry: SchemaRegistry): Ingress {
    const { clock, logger, configuration, metrics } = this.#options;
    const { ingress, features } = configuration;
    return createIngress({
      features: { scopes: features.vqueues, scopedVirtualObjects: features.scopedVirtualObjects },
      schema: () => registry.view(),
      partitions: host,
      random: systemRandom,
      clock,
      logger: logger.child({ component: "ingress" }),
      limits: {
        requestBytesMax: ingress.requestBytesMax,
        concurrentRequestsMax: ingress.concurrentRequestsMax,
        http2ConcurrentStreamsMax: ingress.http2StreamsMax,
        connectionsMax: connectionLimits(readOpenFilesMax()).ingress,
      },
      metrics: ingressObserver(metrics),
    });
  }

  #listenIngress(ingress: Ingress): Promise<string> {
    return listenAsConfigured("ingress", this.#options.configuration.ingress.listener, {
      folder: this.#socketFolder(),
      listen: (address) => ingress.listen(address),
    });
  }

  /** Where sockets are made; only once the cluster has locked the data directory. */
  #socketFolder(): SocketFolder {
    const { logger, configuration } = this.#options;
    const { baseFolder, nodeName } = configuration.node;
    return { directory: resolve(baseFolder, nodeName), logger };
  }

  async #createAdmin({
    host,
    registry,
    rules,
    ingressUrl,
    cluster,
    discover,
  }: {
    readonly host: PartitionHost;
    readonly registry: SchemaRegistry;
    readonly rules: RuleRegistry;
    readonly ingressUrl: string;
    readonly cluster: Cluster;
    readonly discover: Discover;
  }): Promise<Admin> {
    const { clock, logger, configuration, version } = this.#options;
    // Loaded here, since validation alone costs more start-up time than everything else.
    const { createAdmin } = await import("#admin");
    const { createIntrospection } = await import("#introspection");
    const introspection = createIntrospection({
      scanner: createScanner(host),
      schema: () => registry.view(),
      rules: () => rules.view(),
      serverVersion: version,
      logger: logger.child({ component: "introspection" }),
      memoryBytesMax: configuration.admin.queryMemoryBytesMax,
      ...(IS_BUNDLE ? { workerUrl: new URL("./query-worker.mjs", import.meta.url) } : {}),
    });
    this.#closers.push(() => introspection.close());
    const { node, features, admin } = configuration;
    return createAdmin({
      registry,
      rules,
      partitions: host,
      introspection,
      discover,
      openApiOf: ({ service }) => openApiOf(service, { ingressUrl }),
      versionInfo: { version, ingressEndpoint: ingressUrl, features: publishedFeatures(features) },
      clusterHealth: () => ({
        clusterName: node.clusterName,
        metadataMembers: cluster.membership.nodes().map(({ nodeId }) => nodeId),
      }),
      clock,
      random: systemRandom,
      logger: logger.child({ component: "admin" }),
      concurrentRequestsMax: admin.concurrentRequestsMax,
      connectionsMax: connectionLimits(readOpenFilesMax()).admin,
    });
  }
}
