import { ClusterError } from "#base/cluster-error";
import type { KeyValueEngine } from "#engine";
import type { NodeIdentity, NodeTransport, NodeTransportOptions } from "#transport";
import { Bootstrap } from "./bootstrap.ts";
import { ClusterNode } from "./cluster-node.ts";
import type { Cluster, ClusterOptions } from "./cluster-options.ts";
import { stageSeed } from "./cluster-seed.ts";
import { DataDirectory } from "./membership/data-directory.ts";
import { openDirectoryFiles } from "./membership/directory-files.ts";
import { JOIN_SERVICE, PROVISION_SERVICE } from "./membership/first-contact.ts";
import { deferTurn } from "./runtime.ts";

/** Another node refuses this one for a reason that time does not heal: it stops. */
const FATAL_REFUSALS = new Set(["STALE_GENERATION", "NODE_REMOVED"]);

/**
 * Starts this node: opens `dataDirectory`, finds its cluster or creates one, and runs its groups.
 *
 * Resolves when the node belongs to a cluster, knows the partition table and every partition that
 * is placed here has its state machine; partitions learn by `onLeadership` that they lead. Whether
 * an empty directory becomes a cluster of one, joins, or waits is up to `autoProvision` and
 * `seedAddresses`.
 *
 * @throws ClusterError `DATA_DIRECTORY_LOCKED`, `DATA_DIRECTORY_MISMATCH`, `LOG_CORRUPTED`,
 *         `NODE_NAME_TAKEN`, `NODE_ID_TAKEN`, `CLUSTER_MISMATCH`, `INITIALIZATION_TIMED_OUT`
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const files = options.platform?.files ?? openDirectoryFiles(options.dataDirectory);
  const directory = DataDirectory.open(files, options, options.random);
  const cleanup: (() => Promise<void> | void)[] = [() => directory.close()];
  try {
    const engine = await openEngine(options, directory);
    if (typeof options.engine === "function") cleanup.push(() => engine.close());
    let node: ClusterNode | undefined;
    const transport = await openTransport(options, directory, (identity) =>
      node?.refusalOf(identity),
    );
    cleanup.push(() => transport.close());
    const seed = await stageSeed(options, directory);
    const bootstrap = new Bootstrap(options, directory, { transport, seed });
    transport.register(PROVISION_SERVICE, (payload) => bootstrap.provision(payload));
    transport.register(JOIN_SERVICE, async (payload) => {
      if (node === undefined) throw notProvisioned(options);
      return node.answerJoin(payload);
    });
    options.onTransport?.(transport);
    const isMember = directory.identity.nodeId !== 0;
    const bootstrapped = isMember ? undefined : await bootstrap.run();
    options.onPhase?.("starting");
    const started = new ClusterNode({ options, directory, engine, transport, bootstrapped, seed });
    node = started;
    cleanup.push(() => started.stop());
    await started.start();
    options.onPhase?.("running");
    return started;
  } catch (error) {
    for (const step of cleanup.reverse()) await step();
    throw error;
  }
}

async function openTransport(
  options: ClusterOptions,
  { identity }: DataDirectory,
  admit: (identity: NodeIdentity) => ClusterError | undefined,
): Promise<NodeTransport> {
  const { clock, scheduler, random, logger } = options;
  const create = options.createTransport ?? createGrpcTransport;
  return create({
    identity: {
      clusterName: identity.clusterName,
      clusterFingerprint: identity.clusterFingerprint,
      nodeId: identity.nodeId,
      generation: identity.generation,
      advertisedAddress: options.advertisedAddress ?? "",
    },
    clock,
    scheduler,
    defer: options.platform?.defer ?? deferTurn,
    random,
    logger,
    admit,
    onRefused: (error, address) => {
      logger.error("Another node turns this one away", { address, error });
      if (FATAL_REFUSALS.has(error.code)) options.onFatal(error);
    },
  });
}

async function createGrpcTransport(options: NodeTransportOptions): Promise<NodeTransport> {
  const { GrpcNodeTransport } = await import("#transport");
  return new GrpcNodeTransport(options);
}

async function openEngine(
  { engine }: ClusterOptions,
  directory: DataDirectory,
): Promise<KeyValueEngine> {
  return typeof engine === "function" ? engine(directory.enginePath) : engine;
}

function notProvisioned({ nodeName }: ClusterOptions): ClusterError {
  return new ClusterError("NOT_PROVISIONED", `Node "${nodeName}" belongs to no cluster yet`);
}
