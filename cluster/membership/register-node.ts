import type { ClusterErrorCode } from "#base/cluster-error";
import { findNode, type NodeRecord, type NodesDocument, withNode } from "./nodes-document.ts";

/** What a node says of itself when it asks to be a member. */
export interface NodeRegistration {
  readonly nodeName: string;
  readonly directoryId: string;
  readonly address: string;
  readonly roles: readonly string[];
  readonly location: string;
  /** The id that it insists on; it is free to be given when nobody ever had it. */
  readonly forceNodeId?: number | undefined;
}

/** A node that is a member now, or why it cannot be. */
export type RegistrationResult =
  | {
      readonly kind: "registered";
      readonly document: NodesDocument;
      readonly nodeId: number;
      /** The id that it insisted on is burnt: its directory is not the one that had it. */
      readonly isForcedIdBurnt: boolean;
    }
  | { readonly kind: "refused"; readonly code: ClusterErrorCode; readonly reason: string };

/** What is known about the node that has the name so far. */
export interface RegistrationFacts {
  /** True unless the node has been seen dead for a while. */
  isTaken(nodeId: number): boolean;
}

/**
 * Makes a node a member. A name belongs to one directory: while that node lives, a second one is
 * refused; once it is dead, the newcomer takes the name, gets a new id, and the old node's replicas
 * are given up.
 */
export function registerNode(
  document: NodesDocument,
  registration: NodeRegistration,
  facts: RegistrationFacts,
): RegistrationResult {
  const { nodeName, directoryId, forceNodeId } = registration;
  const namesakes = document.nodes.filter(
    (node) => node.nodeName === nodeName && node.storageState !== "gone",
  );
  const own = namesakes.find((node) => node.directoryId === directoryId);
  if (own !== undefined) {
    const next = withNode(document, refreshed(own, registration));
    return { kind: "registered", document: next, nodeId: own.nodeId, isForcedIdBurnt: false };
  }
  const holder = namesakes.find((node) => facts.isTaken(node.nodeId));
  if (holder !== undefined) {
    const reason =
      `The name "${nodeName}" belongs to node ${holder.nodeId} at ${holder.address || "?"}, ` +
      "which has another data directory and is running. Choose another name, or stop that node " +
      "first";
    return refused("NODE_NAME_TAKEN", reason);
  }
  const isReplacing = namesakes.length > 0;
  const isForced = forceNodeId !== undefined && !isUsed(document, forceNodeId);
  if (forceNodeId !== undefined && !isForced && !isReplacing) {
    const reason = `Node id ${forceNodeId} is or was another node's. Choose an id never used`;
    return refused("NODE_ID_TAKEN", reason);
  }
  const nodeId = isForced ? forceNodeId : nextId(document);
  let next = document;
  for (const old of namesakes) next = withNode(next, { ...old, storageState: "gone" });
  next = withNode(next, newRecord(nodeId, registration));
  const isForcedIdBurnt = forceNodeId !== undefined && !isForced;
  return { kind: "registered", document: next, nodeId, isForcedIdBurnt };
}

/** The record of a node that is new. */
export function newRecord(nodeId: number, registration: NodeRegistration): NodeRecord {
  const { nodeName, directoryId, address, roles, location } = registration;
  return {
    nodeId,
    nodeName,
    directoryId,
    address,
    roles,
    location,
    workerState: "active",
    storageState: "read-write",
  };
}

/** A member's record after it has started again; a location is never taken back. */
export function refreshed(record: NodeRecord, registration: NodeRegistration): NodeRecord {
  const { address, roles, location } = registration;
  return { ...record, address, roles, location: location || record.location };
}

function isUsed(document: NodesDocument, nodeId: number): boolean {
  return document.burntIds.includes(nodeId) || findNode(document, nodeId) !== undefined;
}

function nextId({ nodes, burntIds }: NodesDocument): number {
  return Math.max(0, ...burntIds, ...nodes.map(({ nodeId }) => nodeId)) + 1;
}

function refused(code: ClusterErrorCode, reason: string): RegistrationResult {
  return { kind: "refused", code, reason };
}
