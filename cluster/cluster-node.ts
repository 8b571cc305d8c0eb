import { assertPresent } from "#base/assert";
import { ClusterError } from "#base/cluster-error";
import type { KeyValueEngine } from "#engine";
import type { PartitionTable } from "#partitioning";
import type { NodeCalls, NodeTransport } from "#transport";
import { registrationOf } from "./bootstrap.ts";
import type { Cluster, ClusterStatistics, StorageState } from "./cluster-options.ts";
import { finishSeed } from "./cluster-seed.ts";
import { ClusterMembership } from "./membership/cluster-membership.ts";
import { findNode, type NodesDocument } from "./membership/nodes-document.ts";
import type { Metadata } from "./metadata/metadata.ts";
import { foundMetadata, giveUpLostNodes } from "./metadata-founder.ts";
import type { PartitionLog } from "./multiraft/partition-log.ts";
import type { ReplicaStatus } from "./multiraft/replica-status.ts";
import { type NodeFoundation, NodeMachinery } from "./node-machinery.ts";
import { answerReport, answerTransfer, drainLeadership, reportReplicas } from "./node-services.ts";
import { OperatorServices } from "./operator-services.ts";
import {
  decodeJson,
  encodeJson,
  RECOVER_ALONE_SERVICE,
  TRANSFER_SERVICE,
} from "./placement/controller.ts";
import {
  NODE_REPORT_SERVICE,
  type NodeReport,
  type ReplicaReport,
} from "./placement/node-report.ts";
import { PARTITION_TABLE_DOCUMENT } from "./placement/partition-table-codec.ts";

/** Pauses before something that failed in the background is tried again. */
const RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;

/** One member of a cluster, as the product sees it. */
export class ClusterNode implements Cluster {
  readonly engine: KeyValueEngine;
  readonly transport: NodeTransport;
  readonly membership: ClusterMembership;
  readonly #foundation: NodeFoundation;
  readonly #nodeId: number;
  readonly #startMs: number;
  #machinery: NodeMachinery | undefined;
  #operators: OperatorServices | undefined;
  #isStopping = false;
  #isClosed = false;

  constructor(foundation: NodeFoundation) {
    const { options, directory, engine, transport, bootstrapped } = foundation;
    const { identity } = directory;
    this.#foundation = foundation;
    this.#nodeId = identity.nodeId;
    this.#startMs = options.clock.monotonicMs();
    this.engine = engine;
    this.transport = transport;
    const { address, roles, location } = registrationOf(options, directory);
    this.membership = new ClusterMembership({
      identity,
      description: { address, roles, location },
      peers: transport,
      onListenerFailed: (error) => options.logger.error("A listener failed", { error }),
    });
    for (const { nodeId, address } of bootstrapped?.nodes ?? []) {
      if (nodeId !== identity.nodeId) transport.setPeer(nodeId, { address, generation: 0 });
    }
  }

  get calls(): NodeCalls {
    return this.transport;
  }

  get table(): PartitionTable {
    return assertPresent(this.#parts.documents.table, "a started node has a partition table");
  }

  get metadata(): Metadata {
    return this.#parts.metadata;
  }

  get storageState(): StorageState {
    return this.#machinery?.multiRaft.storageState ?? "ready";
  }

  watchTable(callback: (table: PartitionTable) => void): () => void {
    return this.#parts.documents.watchTable(callback);
  }

  statistics(): ClusterStatistics {
    const { multiRaft } = this.#parts;
    return {
      proposedRecords: multiRaft.proposedRecords,
      proposedBytes: multiRaft.proposedBytes,
      appliedRecords: multiRaft.appliedRecords,
      appliedBytes: multiRaft.appliedBytes,
      pendingBytes: multiRaft.pendingBytes,
      segmentCount: multiRaft.store.segmentCount,
    };
  }

  partitions(): readonly PartitionLog[] {
    return this.#machinery?.replicaKeeper.replicas() ?? [];
  }

  groups(): readonly ReplicaStatus[] {
    return this.#machinery?.multiRaft.replicas().map((replica) => replica.status()) ?? [];
  }

  replicaStatus(): readonly ReplicaReport[] {
    return this.#machinery === undefined ? [] : reportReplicas(this.#machinery.multiRaft);
  }

  /** How this node is doing, for controllers and operators. */
  report(): NodeReport {
    const { directory, options } = this.#foundation;
    return {
      nodeId: this.#nodeId,
      nodeName: directory.identity.nodeName,
      generation: directory.identity.generation,
      uptimeMs: Math.round(options.clock.monotonicMs() - this.#startMs),
      storageState: this.storageState,
      isStopping: this.#isStopping,
      tableVersion: this.#machinery?.documents.placement?.version ?? 0,
      replicas: this.replicaStatus(),
    };
  }

  async drainLeadership(deadlineMs: number): Promise<void> {
    const { clock, scheduler } = this.#foundation.options;
    this.#isStopping = true;
    if (this.#machinery === undefined) return;
    await drainLeadership({
      multiRaft: this.#machinery.multiRaft,
      nodeId: this.#nodeId,
      clock,
      scheduler,
      deadlineMs,
      isAlive: (nodeId) => this.transport.isAlive(nodeId),
    });
  }

  async rebuildReplica(partitionId: number): Promise<void> {
    const operators = assertPresent(this.#operators, "a started node answers operators");
    await operators.recovery.rebuild({ partitionId, nodeId: this.#nodeId });
  }

  /** Runs the metadata group, learns of the cluster, and runs the partitions that are here. */
  async start(): Promise<void> {
    const { options, directory, bootstrapped, seed } = this.#foundation;
    const machinery = await NodeMachinery.open(this.#foundation, {
      membership: this.membership,
      started: this,
      isStopping: () => this.#isStopping,
      onNodes: (nodes) => this.#takeNodes(nodes),
    });
    this.#machinery = machinery;
    this.#addServices(machinery);
    const { documents, group, metadata } = machinery;
    const known = documents.follow(metadata);
    const provisioned = bootstrapped?.provisioned;
    const founder = { options, directory, group, metadata, documents, provisioned, seed };
    Promise.all([foundMetadata(founder), giveUpLostNodes(founder)]).catch((error) => {
      if (!this.#isClosed) options.logger.warn("Could not write the nodes", { error });
    });
    machinery.poke();
    await known;
    directory.setProvisioned();
    const placement = assertPresent(documents.placement, "the partition table is known");
    await machinery.replicaKeeper.follow(placement, false);
    if (seed !== undefined) finishSeed(directory);
    void this.#settle(machinery);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.stop();
    const { options, directory } = this.#foundation;
    if (typeof options.engine === "function") await this.engine.close();
    directory.close();
  }

  /** Stops the groups and the connections; engine and directory stay open. */
  async stop(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.membership.close();
    await this.#machinery?.close();
    await this.transport.close();
    // The engine may be closed next, and images are views of it.
    await this.#machinery?.multiRaft.whenImagesClosed();
  }

  /** Why another node may not take part; `undefined` when it may. */
  refusalOf({ nodeId }: { readonly nodeId: number }): ClusterError | undefined {
    if (this.#machinery?.documents.nodes?.burntIds.includes(nodeId) !== true) return undefined;
    return removed(nodeId);
  }

  /** Answers the service `cluster.join`. */
  answerJoin(payload: Uint8Array): Promise<Uint8Array> {
    if (this.#machinery === undefined) {
      throw new ClusterError("NOT_LEADER", "This node is still starting; try again");
    }
    return this.#machinery.admission.answer(payload);
  }

  get #parts(): NodeMachinery {
    return assertPresent(this.#machinery, "a started node runs groups");
  }

  #addServices(machinery: NodeMachinery): void {
    const { multiRaft, controller } = machinery;
    this.transport.register(NODE_REPORT_SERVICE, async () => answerReport(this.report()));
    this.transport.register(TRANSFER_SERVICE, async (payload) =>
      answerTransfer(multiRaft, payload),
    );
    this.transport.register(RECOVER_ALONE_SERVICE, async (payload) => {
      const { partitionId } = decodeJson(payload) as { partitionId: number };
      await machinery.replicaKeeper.recoverAlone(partitionId);
      return encodeJson({});
    });
    const { clusterName } = this.#foundation.options;
    this.#operators = new OperatorServices({ cluster: this, controller, clusterName });
    this.#operators.register(this.transport);
  }

  #takeNodes({ nodes, burntIds }: NodesDocument): void {
    if (burntIds.includes(this.#nodeId)) this.#foundation.options.onFatal(removed(this.#nodeId));
    this.membership.update(nodes);
  }

  /** After the start: tells the cluster what has changed here, and makes sure of the table. */
  async #settle(machinery: NodeMachinery): Promise<void> {
    const { logger, scheduler } = this.#foundation.options;
    const { metadata, replicaKeeper, documents } = machinery;
    for (let pauseMs = RETRY_MS; !this.#isClosed; pauseMs = Math.min(2 * pauseMs, RETRY_MS_MAX)) {
      try {
        await this.#refreshRegistration(machinery);
        await metadata.getLatest(PARTITION_TABLE_DOCUMENT);
        if (documents.placement !== undefined && !this.#isClosed) {
          replicaKeeper.follow(documents.placement, true).catch(() => undefined);
        }
        return;
      } catch (error) {
        if (this.#isClosed) return;
        logger.debug("The metadata has no leader yet", { error });
      }
      await new Promise<void>((resolve) => {
        scheduler.after(pauseMs, resolve);
      });
    }
  }

  /** Registers again when the document says something else than this node does. */
  async #refreshRegistration({ documents, admission }: NodeMachinery): Promise<void> {
    const { options, directory } = this.#foundation;
    const registration = registrationOf(options, directory);
    const record = documents.nodes && findNode(documents.nodes, this.#nodeId);
    const isSame =
      record?.address === registration.address &&
      record.location === (registration.location || record.location) &&
      record.directoryId === registration.directoryId &&
      record.roles.join() === registration.roles.join();
    if (!isSame) await admission.register(registration);
  }
}

function removed(nodeId: number): ClusterError {
  return new ClusterError("NODE_REMOVED", `Node ${nodeId} was removed from the cluster`, {
    details: { nodeId },
  });
}
