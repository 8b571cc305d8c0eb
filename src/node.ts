import { join } from "node:path";
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
import type { FeatureConfiguration, StetConfiguration } from "#config";
import { openRocksDbEngine } from "#engine";
import { createIngress, type Ingress, openApiOf } from "#ingress";
import {
  createInvoker,
  createTransport,
  deploymentPath,
  fetchOnce,
  type NodeInvoker,
  parseDeploymentUri,
  RequestIdentity,
  type Transport,
} from "#invoker";
import { createScanner, PartitionHost } from "#partition";
import { type RuleBook, RuleRegistry, type SchemaDefaults, SchemaRegistry } from "#schema";
import type { ConcurrencyRule } from "#state-machine";
import type { Metrics } from "#telemetry";
import { DeploymentTransports } from "./deployment-transports.ts";
import { NodeEndpoint } from "./node-endpoint.ts";
import { ingressObserver, invokerObserver, logObserver, observeNode } from "./node-metrics.ts";

/** What a node needs from outside. */
export interface NodeOptions {
  readonly configuration: StetConfiguration;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly version: string;
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
/** Answers of a discovery request are cut off here. */
const DISCOVERY_BYTES_MAX = 16 * 1024 * 1024;
const DISCOVERY_TIMEOUT_MS = 10_000;

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
  host: PartitionHost | undefined;
  registry: SchemaRegistry | undefined;
}

function registryOf(parts: NodeParts): SchemaRegistry {
  return assertPresent(parts.registry, "the registry is open before partitions have leaders");
}

class StetNode {
  readonly #options: NodeOptions;
  /** How to close what was opened, last opened first. */
  readonly #closers: (() => void | Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  async start(): Promise<RunningNode> {
    const { configuration, metrics } = this.#options;
    const parts: NodeParts = { host: undefined, registry: undefined };
    const transports = this.#openTransports();
    const identity = this.#identity();
    const schema = () => registryOf(parts).view();
    const invoker = this.#createInvoker({ transports, identity, schema });
    const cluster = await this.#startCluster(invoker, parts);
    const registry = registryOf(parts);
    const host = assertPresent(parts.host, "a node has at least one partition");
    registry.onChange((view) => transports.retain(view));
    const rules = await this.#openRules(cluster, host);
    await host.whenReady();
    host.start();

    const refresh = observeNode(metrics, { host, cluster });
    const endpoint = new NodeEndpoint({
      render: () => {
        refresh();
        return metrics.render();
      },
      metricsEnabled: configuration.telemetry.metricsEnabled,
      isReady: () => cluster.storageState === "ready",
    });
    this.#closers.push(() => endpoint.close());
    const ingress = this.#createIngress(host, registry);
    this.#closers.push(() => ingress.close());
    const ingressUrl = await this.#listenIngress(ingress);
    const admin = await this.#createAdmin({
      host,
      registry,
      rules,
      invoker,
      ingressUrl,
      discover: discoverThrough(identity, configuration.node.clusterName),
    });
    this.#closers.push(() => admin.close());
    const adminListener = configuration.admin.listener;
    const adminPort = await listenOn("admin", adminListener, (host, port) =>
      admin.listen(host, port),
    );
    const { host: nodeHost } = configuration.node.listener;
    const nodePort = await listenOn("node", configuration.node.listener, (host, port) =>
      endpoint.listen(host, port),
    );
    return {
      addresses: {
        ingress: ingressUrl,
        admin: urlOf(adminListener.host, adminPort),
        node: urlOf(nodeHost, nodePort),
      },
      close: () => this.close(),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }

  #openTransports(): DeploymentTransports<Transport> {
    const { invoker } = this.#options.configuration;
    const transports = new DeploymentTransports<Transport>((deployment) =>
      createTransport(
        { uri: deployment.uri, protocol: deployment.httpVersion },
        {
          http2Client: invoker.transport,
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
      logger,
      clusterName: configuration.node.clusterName,
      identity,
      limits: {
        concurrentAttemptsMax: settings.concurrentAttemptsMax,
        messageBytesMax: settings.messageBytesMax,
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
  async #startCluster(invoker: NodeInvoker, parts: NodeParts): Promise<Cluster> {
    const { configuration, logger, clock, metrics } = this.#options;
    const { node, raft } = configuration;
    const cluster = await startCluster({
      dataDirectory: join(node.baseFolder, node.nodeName),
      nodeName: node.nodeName,
      clusterName: node.clusterName,
      partitionCount: node.defaultPartitionCount,
      engine: (directory) =>
        openRocksDbEngine(directory, { onFailure: (error) => this.#stopProcess(error) }),
      clock,
      scheduler: systemScheduler,
      random: systemRandom,
      logger,
      log: { segmentBytes: raft.logSegmentBytes },
      onLogWritten: logObserver(metrics),
      createStateMachine: async (partitionId, log, started) => {
        // Leaders look handlers up as soon as they lead, so the registry comes before them.
        parts.registry ??= await this.#openRegistry(started.metadata);
        parts.host ??= this.#createHost(invoker, started, parts);
        return parts.host.createStateMachine(partitionId, log);
      },
      onFatal: (error) => this.#stopProcess(error),
    });
    this.#closers.push(async () => {
      await parts.host?.close();
      await cluster.close();
    });
    return cluster;
  }

  #createHost(invoker: NodeInvoker, started: StartedParts, parts: NodeParts): PartitionHost {
    const { configuration, logger, clock } = this.#options;
    return new PartitionHost({
      engine: started.engine,
      table: started.table,
      clock,
      scheduler: systemScheduler,
      random: systemRandom,
      logger,
      invoker,
      cleanupIntervalMs: configuration.worker.cleanupIntervalMs,
      schema: () => registryOf(parts).view(),
      onFatal: (error) => this.#stopProcess(error),
    });
  }

  /** Ends the process: what is in memory can no longer be trusted, and the log has the rest. */
  #stopProcess(error: Error): void {
    this.#options.logger.error("Stopped: the node cannot go on", { error });
    process.exit(1);
  }

  async #openRegistry(documents: Metadata): Promise<SchemaRegistry> {
    const { clock, logger, configuration } = this.#options;
    const registry = await SchemaRegistry.open({
      documents,
      defaults: schemaDefaults(configuration),
      routingHeaders: configuration.admin.deploymentRoutingHeaders,
      clock,
      random: systemRandom,
      logger,
    });
    this.#closers.push(() => registry.close());
    return registry;
  }

  async #openRules(cluster: Cluster, host: PartitionHost): Promise<RuleRegistry> {
    const { clock, logger } = this.#options;
    const rules = await RuleRegistry.open({ documents: cluster.metadata, clock, logger });
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
      logger,
      limits: {
        requestBytesMax: ingress.requestBytesMax,
        concurrentRequestsMax: ingress.concurrentRequestsMax,
        http2ConcurrentStreamsMax: ingress.http2StreamsMax,
      },
      metrics: ingressObserver(metrics),
    });
  }

  async #listenIngress(ingress: Ingress): Promise<string> {
    const { listener } = this.#options.configuration.ingress;
    const bound = await listenOn("ingress", listener, async (host, port) => {
      const address = await ingress.listen({ host, port });
      return "port" in address ? address.port : port;
    });
    return urlOf(listener.host, bound);
  }

  async #createAdmin({
    host,
    registry,
    rules,
    invoker,
    ingressUrl,
    discover,
  }: {
    readonly host: PartitionHost;
    readonly registry: SchemaRegistry;
    readonly rules: RuleRegistry;
    readonly invoker: NodeInvoker;
    readonly ingressUrl: string;
    readonly discover: Discover;
  }): Promise<Admin> {
    const { clock, logger, configuration, version } = this.#options;
    // Loaded here, since validation alone costs more start-up time than everything else.
    const { createAdmin } = await import("#admin");
    const { createIntrospection } = await import("#introspection");
    const introspection = createIntrospection({
      scanner: createScanner(host, invoker),
      schema: () => registry.view(),
      rules: () => rules.view(),
      serverVersion: version,
      logger,
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
      clusterHealth: () => ({ clusterName: node.clusterName, metadataMembers: [1] }),
      clock,
      random: systemRandom,
      logger,
      concurrentRequestsMax: admin.concurrentRequestsMax,
    });
  }
}

/** Sends discovery requests over a transport of their own. */
function discoverThrough(identity: RequestIdentity | undefined, clusterName: string): Discover {
  return async ({ uri, httpVersion, headers }) => {
    const transport = createTransport({ uri, protocol: httpVersion });
    try {
      return await fetchOnce(transport, {
        method: "GET",
        path: deploymentPath(parseDeploymentUri(uri), "/discover"),
        headers: [
          ...headers,
          ["x-restate-cluster-name", clusterName],
          ...(identity?.headersFor("/discover", undefined) ?? []),
        ],
        timeoutMs: DISCOVERY_TIMEOUT_MS,
        bodyBytesMax: DISCOVERY_BYTES_MAX,
      });
    } finally {
      await transport.close();
    }
  };
}

function schemaDefaults({ invocation, invoker }: StetConfiguration): SchemaDefaults {
  const { retryPolicy } = invocation;
  return {
    inactivityTimeoutMs: invoker.inactivityTimeoutMs,
    abortTimeoutMs: invoker.abortTimeoutMs,
    journalRetentionMs: invocation.journalRetentionMs,
    idempotencyRetentionMs: invocation.idempotencyRetentionMs,
    workflowCompletionRetentionMs: invocation.workflowCompletionRetentionMs,
    retryPolicy: {
      initialIntervalMs: retryPolicy.initialIntervalMs,
      factor: retryPolicy.exponentiationFactor,
      maxIntervalMs: retryPolicy.maxIntervalMs,
      maxAttempts: retryPolicy.attemptsMax,
      onMaxAttempts: retryPolicy.onMaxAttempts,
    },
    maxima: {
      journalRetentionMs: invocation.journalRetentionMsMax,
      idempotencyRetentionMs: invocation.idempotencyRetentionMsMax,
      workflowCompletionRetentionMs: invocation.workflowCompletionRetentionMsMax,
      retryMaxAttempts: invocation.retryAttemptsClamp,
    },
  };
}

/** Features by the names under which clients ask for them. */
function publishedFeatures(features: FeatureConfiguration): Readonly<Record<string, boolean>> {
  return {
    vqueues: features.vqueues,
    protocol_v7: features.protocolV7,
    unique_random_seeds: features.uniqueRandomSeeds,
    controlled_idempotent_sharding: features.controlledIdempotentSharding,
    scoped_virtual_objects: features.scopedVirtualObjects,
  };
}

/** Rules that limit something, as partitions apply them. */
function concurrencyRules({ rules }: RuleBook): readonly ConcurrencyRule[] {
  return rules.flatMap(({ pattern, concurrency, disabled }) =>
    disabled || concurrency === undefined ? [] : [{ pattern, concurrency }],
  );
}

/** Listens, on all IPv4 addresses where `::` is asked for and there is no IPv6. */
async function listenOn(
  name: string,
  { host, port }: { readonly host: string; readonly port: number },
  listen: (host: string, port: number) => Promise<number>,
): Promise<number> {
  try {
    return await listen(host, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const lacksIpv6 = code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL";
    if (host === "::" && lacksIpv6) return listen("0.0.0.0", port);
    const reason = code === "EADDRINUSE" ? "another process listens there" : String(error);
    throw new Error(
      `Cannot listen on ${host}:${port} for the ${name} port: ${reason}. ` +
        `Stop it, or choose another with "${name === "node" ? "" : `${name}.`}bind-port"`,
      { cause: error },
    );
  }
}

/** URL of a listener as a local client reaches it. */
function urlOf(host: string, port: number): string {
  const isAny = host === "::" || host === "0.0.0.0";
  const name = isAny ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}/`;
}
