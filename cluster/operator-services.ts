import { ClusterError } from "#base/cluster-error";
import type { NodeCalls } from "#transport";
import type { Cluster } from "./cluster-options.ts";
import {
  decodeNodes,
  encodeNodes,
  findNode,
  mayHoldReplicas,
  NODES_DOCUMENT,
  type NodeRecord,
  type NodesDocument,
  type StorageState,
  type WorkerState,
  withNode,
  withoutNode,
} from "./membership/nodes-document.ts";
import { editDocument } from "./metadata/edit-document.ts";
import { OperatorPartitions } from "./operator-partitions.ts";
import { OperatorRecovery } from "./operator-recovery.ts";
import {
  collectReports,
  decodeJson,
  encodeJson,
  type PlacementController,
} from "./placement/controller.ts";
import { leadersOf, METADATA_PARTITION } from "./placement/node-report.ts";
import {
  decodePartitionTable,
  encodePartitionTable,
  PARTITION_TABLE_DOCUMENT,
} from "./placement/partition-table-codec.ts";
import { allReplicas, type PlacementTable, routingTableOf } from "./placement/placement-table.ts";
import { refusalOfReplication } from "./placement/replication.ts";

/** What operators' calls work on. */
export interface OperatorOptions {
  readonly cluster: Cluster;
  readonly controller: PlacementController;
  readonly clusterName: string;
}

type JsonHandler = (request: Record<string, unknown>) => Promise<unknown>;

const WORKER_STATES: readonly WorkerState[] = ["active", "draining", "disabled"];
const STORAGE_STATES: readonly StorageState[] = ["read-write", "read-only", "gone"];

/**
 * The calls that tools make, on any node, with JSON in both directions.
 *
 * All of them read and write documents; the controller and the groups' leaders then act on these.
 */
export class OperatorServices {
  readonly #options: OperatorOptions;
  readonly recovery: OperatorRecovery;
  readonly #partitions: OperatorPartitions;

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.recovery = new OperatorRecovery(options);
    this.#partitions = new OperatorPartitions(options);
  }

  /** Registers every service. */
  register(calls: NodeCalls): void {
    const { recovery } = this;
    const partitions = this.#partitions;
    const handlers: Readonly<Record<string, JsonHandler>> = {
      "cluster.status": () => this.#status(),
      "nodes.list": () => this.#listNodes(),
      "nodes.remove": (request) => this.#removeNode(request),
      "nodes.setWorkerState": (request) => this.#setWorkerState(request),
      "nodes.setStorageState": (request) => this.#setStorageState(request),
      "partitions.list": () => partitions.list(),
      "partitions.placement": (request) => partitions.place(request),
      "partitions.pin": (request) => partitions.pin(request),
      "partitions.transfer": (request) => partitions.transfer(request),
      "partitions.unsafeRecover": (request) => recovery.unsafeRecover(request),
      "partitions.rebuild": (request) => recovery.rebuild(request),
      "partitions.balance": () => partitions.balance(),
      "config.get": () => partitions.getConfig(),
      "config.set": (request) => partitions.setConfig(request),
      "metadata.get": (request) => this.#getMetadata(request),
      "metadata.put": (request) => this.#putMetadata(request),
      "metadata.list": (request) => this.#listMetadata(request),
    };
    for (const [service, handler] of Object.entries(handlers)) {
      calls.register(service, async (payload) => {
        const reply = await handler(decodeJson(payload) as Record<string, unknown>);
        return encodeJson(reply);
      });
    }
  }

  /** Everything at a glance: nodes with their reports, the table, the metadata group. */
  async #status(): Promise<unknown> {
    const { cluster, clusterName } = this.#options;
    const reports = await collectReports(cluster);
    const metadataLeader = leadersOf(reports).get(METADATA_PARTITION);
    return {
      clusterName,
      clusterFingerprint: cluster.membership.clusterFingerprint.toString(),
      answeredBy: cluster.membership.self.nodeId,
      nodes: cluster.membership.nodes().map((node) => ({
        ...node,
        report: reports.find(({ nodeId }) => nodeId === node.nodeId),
      })),
      metadata: metadataLeader && {
        leaderNode: metadataLeader.nodeId,
        term: metadataLeader.term,
        voters: metadataLeader.voters,
        learners: metadataLeader.learners,
      },
      partitions: await this.#partitions.rows(reports),
    };
  }

  async #listNodes(): Promise<unknown> {
    const { cluster } = this.#options;
    const reports = await collectReports(cluster);
    const table = await this.#table();
    return {
      nodes: cluster.membership.nodes().map((node) => {
        const report = reports.find(({ nodeId }) => nodeId === node.nodeId);
        const led = report?.replicas.filter(
          ({ role, partitionId }) => role === "leader" && partitionId !== METADATA_PARTITION,
        );
        return {
          ...node,
          uptimeMs: report?.uptimeMs,
          storage: report?.storageState,
          isStopping: report?.isStopping ?? false,
          leaders: led?.length,
          replicas: replicasOn(table, node.nodeId),
        };
      }),
    };
  }

  async #removeNode(request: Record<string, unknown>): Promise<unknown> {
    const nodeId = numberOf(request, "nodeId");
    const table = await this.#table();
    const count = replicasOn(table, nodeId);
    if (count > 0) {
      throw new ClusterError(
        "NODE_IN_USE",
        `Node ${nodeId} holds ${count} replicas. Drain it first`,
        { details: { nodeId, replicas: count } },
      );
    }
    await this.#editNodes((document) => {
      nodeIn(document, nodeId);
      const next = withoutNode(document, nodeId);
      if (next.nodes.length === 0) {
        throw new ClusterError("INVALID_REQUEST", "The last node cannot be removed");
      }
      return next;
    });
    return { nodeId };
  }

  async #setWorkerState(request: Record<string, unknown>): Promise<unknown> {
    const nodeId = numberOf(request, "nodeId");
    const workerState = wordOf(request, "workerState", WORKER_STATES);
    return this.#setState(nodeId, { workerState }, request["force"] === true);
  }

  async #setStorageState(request: Record<string, unknown>): Promise<unknown> {
    const nodeId = numberOf(request, "nodeId");
    const storageState = wordOf(request, "storageState", STORAGE_STATES);
    return this.#setState(nodeId, { storageState }, request["force"] === true);
  }

  async #setState(
    nodeId: number,
    change: Partial<Pick<NodeRecord, "workerState" | "storageState">>,
    isForced: boolean,
  ): Promise<unknown> {
    const { replication } = await this.#table();
    await this.#editNodes((document) => {
      const record = nodeIn(document, nodeId);
      const next = withNode(document, { ...record, ...change });
      const zones = next.nodes.filter(mayHoldReplicas).map(({ location }) => location);
      const refusal = refusalOfReplication(replication, zones);
      const isLess = mayHoldReplicas(record) && refusal !== undefined;
      if (isLess && !isForced) throw new ClusterError("REPLICATION_UNSATISFIABLE", refusal);
      return next;
    });
    return { nodeId, ...change };
  }

  #editNodes(edit: (document: NodesDocument) => NodesDocument): Promise<number> {
    return editDocument(this.#options.cluster.metadata, NODES_DOCUMENT, (document) => {
      if (document === undefined) throw new ClusterError("NOT_PROVISIONED", "There are no nodes");
      return encodeNodes(edit(decodeNodes(document.contents)));
    });
  }

  async #table(): Promise<PlacementTable> {
    const document = await this.#options.cluster.metadata.getLatest(PARTITION_TABLE_DOCUMENT);
    if (document === undefined) throw new ClusterError("NOT_PROVISIONED", "There is no table");
    return decodePartitionTable(document.contents, document.version);
  }

  /** A document: own formats as values, others as base64. */
  async #getMetadata(request: Record<string, unknown>): Promise<unknown> {
    const name = textOf(request, "name");
    const document = await this.#options.cluster.metadata.getLatest(name);
    if (document === undefined) return { name, version: 0 };
    const { version, contents } = document;
    const base64 = Buffer.from(contents).toString("base64");
    if (name === NODES_DOCUMENT) return { name, version, base64, value: decodeNodes(contents) };
    if (name !== PARTITION_TABLE_DOCUMENT) return { name, version, base64 };
    const table = decodePartitionTable(contents, version);
    const value = JSON.parse(JSON.stringify(table, bigintsAsText));
    return { name, version, base64, value };
  }

  /** Replaces a document by bytes, or by a value of one of the formats that are known here. */
  async #putMetadata(request: Record<string, unknown>): Promise<unknown> {
    const { metadata } = this.#options.cluster;
    const name = textOf(request, "name");
    const version = numberOf(request, "version");
    const contents = contentsOf(name, request);
    const present = (await metadata.getLatest(name))?.version ?? 0;
    if (request["isDryRun"] === true && present === version) return { isWritten: false, version };
    const result =
      present === version
        ? await metadata.put(name, contents, version)
        : { isWritten: false, version: present };
    if (!result.isWritten) {
      throw new ClusterError("CONFLICT", `"${name}" is at version ${result.version} by now`);
    }
    return result;
  }

  async #listMetadata(request: Record<string, unknown>): Promise<unknown> {
    const prefix = typeof request["prefix"] === "string" ? request["prefix"] : "";
    return { names: await this.#options.cluster.metadata.list(prefix) };
  }
}

function replicasOn({ partitions }: PlacementTable, nodeId: number): number {
  return partitions.filter((partition) =>
    allReplicas(partition).some((replica) => replica.nodeId === nodeId),
  ).length;
}

function nodeIn(document: NodesDocument, nodeId: number): NodeRecord {
  const record = findNode(document, nodeId);
  if (record === undefined) {
    throw new ClusterError("NODE_UNKNOWN", `The cluster has no node ${nodeId}`);
  }
  return record;
}

/** What a document is to hold; a value that does not survive the way there and back is refused. */
function contentsOf(name: string, request: Record<string, unknown>): Uint8Array {
  const { value } = request;
  if (value === undefined) return Buffer.from(textOf(request, "base64"), "base64");
  if (name !== NODES_DOCUMENT && name !== PARTITION_TABLE_DOCUMENT) {
    return new TextEncoder().encode(JSON.stringify(value));
  }
  try {
    if (name === NODES_DOCUMENT) {
      const contents = encodeNodes(value as NodesDocument);
      decodeNodes(contents);
      return contents;
    }
    const table = JSON.parse(JSON.stringify(value), keysAsNumbers) as PlacementTable;
    routingTableOf(table);
    return encodePartitionTable(table);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `The value is no document "${name}": ${reason}`;
    throw new ClusterError("INVALID_REQUEST", text, { cause });
  }
}

function keysAsNumbers(key: string, value: unknown): unknown {
  return (key === "start" || key === "end") && typeof value === "string" ? BigInt(value) : value;
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

function numberOf(request: Record<string, unknown>, name: string): number {
  const value = request[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ClusterError("INVALID_REQUEST", `"${name}" is a whole number`);
}

function textOf(request: Record<string, unknown>, name: string): string {
  const value = request[name];
  if (typeof value === "string" && value !== "") return value;
  throw new ClusterError("INVALID_REQUEST", `"${name}" is a text`);
}

function wordOf<T extends string>(
  request: Record<string, unknown>,
  name: string,
  words: readonly T[],
): T {
  const word = words.find((candidate) => candidate === request[name]);
  if (word !== undefined) return word;
  throw new ClusterError("INVALID_REQUEST", `"${name}" is one of ${words.join(", ")}`);
}
