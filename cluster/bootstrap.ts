import { ClusterError } from "#base/cluster-error";
import type { NodeTransport } from "#transport";
import type { ClusterOptions } from "./cluster-options.ts";
import type { StagedSeed } from "./cluster-seed.ts";
import type { DataDirectory, MemberIdentity } from "./membership/data-directory.ts";
import {
  type FirstContactOptions,
  type JoinReply,
  joinThroughSeeds,
} from "./membership/first-contact.ts";
import type { ProvisionedSettings } from "./membership/nodes-document.ts";
import type { NodeRegistration } from "./membership/register-node.ts";
import { decodeJson, encodeJson } from "./placement/controller.ts";
import { SINGLE_COPY, weaknessOfReplication } from "./placement/replication.ts";

/** Roles of a node that does everything. */
export const ALL_ROLES: readonly string[] = Object.freeze([
  "http-ingress",
  "admin",
  "worker",
  "log-server",
  "metadata-server",
]);

/** What an operator may set when creating a cluster. */
export interface ProvisionRequest {
  readonly partitionCount?: number;
  readonly nodeCopies?: number;
  readonly zoneCopies?: number;
  /** True to be told what would be done. */
  readonly isDryRun?: boolean;
}

/** A node that belongs to a cluster now. */
export interface Bootstrapped {
  readonly member: MemberIdentity;
  /** Nodes to connect to before the documents are here. */
  readonly nodes: JoinReply["nodes"];
  /** Set where the cluster was created. */
  readonly provisioned: ProvisionedSettings | undefined;
}

const FIRST_NODE_ID = 1;
const PARTITION_COUNT = 24;
const PARTITION_COUNT_MAX = 65_535;
const DEFAULT_INITIALIZATION_MS = 300_000;
const DEFAULT_NAME_TAKEN_MS = 10_000;
const DEFAULT_SEED_SILENCE_MS = 1_500;

/** What this node says of itself when it registers. */
export function registrationOf(
  options: ClusterOptions,
  { identity }: DataDirectory,
): NodeRegistration {
  return {
    nodeName: options.nodeName,
    directoryId: identity.directoryId,
    address: options.advertisedAddress ?? "",
    roles: options.roles ?? ALL_ROLES,
    location: options.location ?? "",
    forceNodeId: options.forceNodeId,
  };
}

/** Seeds other than the node itself. */
export function otherSeeds({ seedAddresses, advertisedAddress }: ClusterOptions): string[] {
  const own = advertisedAddress === undefined ? undefined : plainAddress(advertisedAddress);
  const others = (seedAddresses ?? []).filter((address) => plainAddress(address) !== own);
  return [...new Set(others)];
}

/**
 * Finds the cluster that a new node belongs to, or creates it.
 *
 * With `autoProvision` the node creates one unless a seed is in one already; without, it waits
 * until a seed takes it in or an operator asks it to create one.
 */
export class Bootstrap {
  readonly #options: ClusterOptions;
  readonly #directory: DataDirectory;
  readonly #transport: NodeTransport;
  readonly #seed: StagedSeed | undefined;
  #request: ProvisionRequest | undefined;
  #wake: (() => void) | undefined;
  #isDone: boolean;
  #result: Promise<Bootstrapped> | undefined;

  constructor(
    options: ClusterOptions,
    directory: DataDirectory,
    parts: { readonly transport: NodeTransport; readonly seed: StagedSeed | undefined },
  ) {
    this.#options = options;
    this.#directory = directory;
    this.#transport = parts.transport;
    this.#seed = parts.seed;
    this.#isDone = directory.identity.nodeId !== 0;
  }

  /** True while the node belongs to no cluster. */
  get isOpen(): boolean {
    return !this.#isDone;
  }

  /** Resolves when the node belongs to a cluster; that is durable by then. */
  run(): Promise<Bootstrapped> {
    this.#result ??= this.#run();
    return this.#result;
  }

  /** Answers the service `cluster.provision`. */
  async provision(payload: Uint8Array): Promise<Uint8Array> {
    if (this.#isDone) {
      const { clusterName, nodeId } = this.#directory.identity;
      throw new ClusterError(
        "ALREADY_PROVISIONED",
        `Node ${nodeId} belongs to cluster "${clusterName}" already`,
      );
    }
    const request = decodeJson(payload) as ProvisionRequest;
    const settings = this.#settings(request);
    if (request.isDryRun === true) return encodeJson({ settings });
    this.#request ??= request;
    this.#wake?.();
    const { member } = await this.run();
    const { clusterFingerprint, nodeId } = member;
    return encodeJson({ settings, nodeId, clusterFingerprint: clusterFingerprint.toString() });
  }

  async #run(): Promise<Bootstrapped> {
    const { logger, autoProvision = true } = this.#options;
    const seeds = otherSeeds(this.#options);
    let reply: JoinReply | undefined;
    if (!autoProvision) {
      this.#options.onPhase?.("awaiting-provisioning");
      logger.info("Waiting for a cluster", { seeds });
    }
    if (!autoProvision || seeds.length > 0) reply = await this.#waitForCluster(seeds);
    this.#assertWanted();
    if (reply !== undefined && this.#seed !== undefined) {
      throw new ClusterError(
        "CONFLICT",
        "There is a cluster already, so that none can be restored. Restore on one node, and let " +
          "the others join it",
      );
    }
    const result = reply === undefined ? this.#create() : this.#join(reply);
    const { member } = result;
    this.#directory.setMember(member);
    this.#isDone = true;
    const { clusterName, generation } = this.#directory.identity;
    this.#transport.identify({
      clusterName,
      clusterFingerprint: member.clusterFingerprint,
      nodeId: member.nodeId,
      generation,
      advertisedAddress: this.#options.advertisedAddress ?? "",
    });
    return result;
  }

  #assertWanted(): void {
    if (this.#options.signal?.aborted !== true) return;
    throw new ClusterError("CLUSTER_CLOSED", "The node was stopped before it had a cluster");
  }

  /** Until a seed takes the node in (the reply), or the cluster is to be created (nothing). */
  async #waitForCluster(seeds: readonly string[]): Promise<JoinReply | undefined> {
    const provisioned = new Promise<undefined>((resolve) => {
      this.#wake = () => resolve(undefined);
    });
    const joined = joinThroughSeeds(this.#contact(seeds));
    // Whoever loses ends by itself, and nobody may be left to hear how.
    joined.catch(() => undefined);
    return Promise.race([joined, provisioned]);
  }

  #contact(seeds: readonly string[]): FirstContactOptions {
    const { clock, scheduler, logger, timing, autoProvision = true } = this.#options;
    return {
      calls: this.#transport,
      seedAddresses: seeds,
      registration: registrationOf(this.#options, this.#directory),
      clock,
      scheduler,
      logger,
      initializationMs: timing?.initializationMs ?? DEFAULT_INITIALIZATION_MS,
      nameTakenMs: timing?.nameTakenMs ?? DEFAULT_NAME_TAKEN_MS,
      silenceMs: autoProvision ? (timing?.seedSilenceMs ?? DEFAULT_SEED_SILENCE_MS) : undefined,
      isOver: () => this.#request !== undefined || this.#options.signal?.aborted === true,
    };
  }

  #settings(request: ProvisionRequest): ProvisionedSettings {
    const settings = settingsOfNewCluster(this.#options, request);
    if (this.#seed === undefined) return settings;
    // Only this node has the images; copies are made when the settings ask for them later.
    const { partitionCount } = this.#seed;
    return { ...settings, partitionCount, nodeCopies: 1, zoneCopies: 1, expectedNodes: 1 };
  }

  #create(): Bootstrapped {
    const { random, logger, clusterName, forceNodeId } = this.#options;
    const provisioned = this.#settings(this.#request ?? {});
    const bytes = random.nextBytes(8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const nodeId = forceNodeId ?? FIRST_NODE_ID;
    logger.info("Creating a cluster", { clusterName, nodeId, ...provisioned });
    const weakness = weaknessOfReplication(provisioned, provisioned.expectedNodes);
    if (weakness !== undefined) logger.warn(`The cluster has few nodes: ${weakness}`);
    const member = {
      clusterFingerprint: view.getBigUint64(0) | 1n,
      nodeId,
      isFounder: true,
      isForcedIdBurnt: false,
    };
    return { member, nodes: [], provisioned };
  }

  #join({ nodeId, clusterFingerprint, isForcedIdBurnt, nodes }: JoinReply): Bootstrapped {
    const { logger, clusterName, forceNodeId } = this.#options;
    this.#options.onPhase?.("joining");
    logger.info("Joining a cluster", { clusterName, nodeId });
    if (isForcedIdBurnt) {
      logger.warn("The node id asked for belonged to a lost directory and is not given again", {
        forceNodeId,
        nodeId,
      });
    }
    const member = {
      clusterFingerprint: BigInt(clusterFingerprint),
      nodeId,
      isFounder: false,
      isForcedIdBurnt,
    };
    return { member, nodes, provisioned: undefined };
  }
}

/**
 * Settings of a cluster that is created now: what the operator says, else the configuration.
 *
 * @throws ClusterError `INVALID_REQUEST`
 */
export function settingsOfNewCluster(
  options: ClusterOptions,
  request: ProvisionRequest,
): ProvisionedSettings {
  const replication = options.defaultReplication ?? SINGLE_COPY;
  const partitionCount = request.partitionCount ?? options.partitionCount ?? PARTITION_COUNT;
  const nodeCopies = request.nodeCopies ?? replication.nodeCopies;
  const zoneCopies =
    request.zoneCopies ?? (request.nodeCopies === undefined ? replication.zoneCopies : 1);
  const isCountValid = Number.isSafeInteger(partitionCount) && partitionCount >= 1;
  if (!isCountValid || partitionCount > PARTITION_COUNT_MAX) {
    throw new ClusterError("INVALID_REQUEST", "A cluster has 1 to 65,535 partitions");
  }
  if (!isCopyCount(nodeCopies) || !isCopyCount(zoneCopies) || zoneCopies > nodeCopies) {
    throw new ClusterError("INVALID_REQUEST", "Copies are whole numbers from 1 to 16");
  }
  const seedCount = otherSeeds(options).length;
  const expectedNodes = seedCount === 0 ? 1 : Math.max(seedCount + 1, 2 * nodeCopies - 1);
  return { partitionCount, nodeCopies, zoneCopies, expectedNodes };
}

/** Settings of a cluster that an earlier version created, whose partition table exists. */
export function settingsOfEarlierVersion(partitionCount: number): ProvisionedSettings {
  return { partitionCount, nodeCopies: 1, zoneCopies: 1, expectedNodes: 1 };
}

function isCopyCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= 16;
}

function plainAddress(address: string): string {
  return address.replace(/^https?:\/\//, "").replace(/\/$/, "");
}
