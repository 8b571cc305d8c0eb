import { assert } from "#base/assert";
import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { field, message, repeated, string, uint, word } from "#base/wire-codec";

/** Whether a node does work; set by operators. */
export type WorkerState = "active" | "draining" | "disabled";

/** Whether a node may hold replicas. `gone`: what it held is to be replaced now. */
export type StorageState = "read-write" | "read-only" | "gone";

/** What the cluster knows of one node, whether it runs or not. */
export interface NodeRecord {
  /** Never used again, for another directory neither. */
  readonly nodeId: number;
  readonly nodeName: string;
  /** Random identity of its data directory: a name belongs to the directory that it came with. */
  readonly directoryId: string;
  readonly address: string;
  readonly roles: readonly string[];
  /** Failure domain, as region or region.zone; empty when it was not given. */
  readonly location: string;
  readonly workerState: WorkerState;
  readonly storageState: StorageState;
}

/** Settings with which the cluster was provisioned, for the first partition table. */
export interface ProvisionedSettings {
  readonly partitionCount: number;
  readonly nodeCopies: number;
  readonly zoneCopies: number;
  /** Nodes for which the first table waits a little. */
  readonly expectedNodes: number;
}

/** All nodes of the cluster. */
export interface NodesDocument {
  /** By ascending id. */
  readonly nodes: readonly NodeRecord[];
  /** Ids of nodes that were removed or replaced. */
  readonly burntIds: readonly number[];
  readonly settings: ProvisionedSettings;
}

/** Name of the metadata document that holds the nodes. */
export const NODES_DOCUMENT = "nodes";

const FORMAT_VERSION = 1;

const record = message<NodeRecord>({
  nodeId: field(1, uint),
  nodeName: field(2, string),
  directoryId: field(3, string),
  address: field(4, string),
  roles: repeated(5, string),
  location: field(6, string),
  workerState: field(7, word("active", "draining", "disabled")),
  storageState: field(8, word("read-write", "read-only", "gone")),
});

const settings = message<ProvisionedSettings>({
  partitionCount: field(1, uint),
  nodeCopies: field(2, uint),
  zoneCopies: field(3, uint),
  expectedNodes: field(4, uint),
});

const documentCodec = message<NodesDocument>({
  nodes: repeated(1, record),
  burntIds: repeated(2, uint),
  settings: field(3, settings),
});

/** Encodes the contents of the document. */
export function encodeNodes(document: NodesDocument): Uint8Array {
  const writer = new ByteWriter();
  writer.writeVarint(FORMAT_VERSION);
  documentCodec.write(writer, document);
  return writer.finish();
}

/** Decodes the contents of the document. */
export function decodeNodes(contents: Uint8Array): NodesDocument {
  const reader = new ByteReader(contents);
  const format = reader.readVarint();
  assert(format === FORMAT_VERSION, "the nodes have a format that this build reads");
  return documentCodec.read(reader);
}

/** The node with this id, if the cluster has it. */
export function findNode(document: NodesDocument, nodeId: number): NodeRecord | undefined {
  return document.nodes.find((node) => node.nodeId === nodeId);
}

/** Adds a node or replaces its record. */
export function withNode(document: NodesDocument, node: NodeRecord): NodesDocument {
  const others = document.nodes.filter(({ nodeId }) => nodeId !== node.nodeId);
  const nodes = [...others, node].sort((left, right) => left.nodeId - right.nodeId);
  return { ...document, nodes };
}

/** Removes a node; its id is burnt. */
export function withoutNode(document: NodesDocument, nodeId: number): NodesDocument {
  const nodes = document.nodes.filter((node) => node.nodeId !== nodeId);
  return { ...document, nodes, burntIds: [...document.burntIds, nodeId] };
}

/** True if replicas may be placed on the node, as far as operators and roles say. */
export function mayHoldReplicas({ roles, workerState, storageState }: NodeRecord): boolean {
  return (
    roles.includes("worker") &&
    roles.includes("log-server") &&
    workerState === "active" &&
    storageState === "read-write"
  );
}

/** True if the node may vote in the metadata group. */
export function mayVoteOnMetadata({ roles, workerState, storageState }: NodeRecord): boolean {
  return roles.includes("metadata-server") && workerState !== "disabled" && storageState !== "gone";
}
