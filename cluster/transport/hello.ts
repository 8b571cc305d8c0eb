import { ClusterError } from "#base/cluster-error";
import { decode, encode, field, message, optional, string, uint } from "#base/wire-codec";

/** Who a node says it is, at the start of every stream in both directions. */
export interface NodeIdentity {
  /** Empty for tools, which may then make calls and nothing else. */
  readonly clusterName: string;
  /** 0 while the node does not belong to a cluster yet. */
  readonly clusterFingerprint: bigint;
  /** 0 while the node has no id. */
  readonly nodeId: number;
  /** Grows with every start of the node. */
  readonly generation: number;
  /** Where other nodes reach this one; empty for tools. */
  readonly advertisedAddress: string;
}

/** An identity on its way to another node. */
export interface Hello {
  readonly identity: NodeIdentity;
  /** Node that is meant to answer; 0 for whoever does. */
  readonly targetNodeId: number;
  readonly protocolVersion: number;
  /** Oldest version that the sender speaks. */
  readonly protocolVersionMin: number;
}

/** What a connection is for; members only have anything but `calls`. */
export type LinkPurpose = "raft" | "calls" | "snapshot";

/** Version of what nodes say to each other. */
export const PROTOCOL_VERSION = 1;
const PROTOCOL_VERSION_MIN = 1;

interface HelloRecord {
  readonly protocolVersion: number;
  readonly protocolVersionMin: number;
  readonly clusterName: string;
  /** Hexadecimal, for it does not fit a number. */
  readonly clusterFingerprint: string;
  readonly nodeId: number;
  readonly generation: number;
  readonly advertisedAddress: string;
  readonly targetNodeId: number | undefined;
}

const helloRecord = message<HelloRecord>({
  protocolVersion: field(1, uint),
  protocolVersionMin: field(2, uint),
  clusterName: field(3, string),
  clusterFingerprint: field(4, string),
  nodeId: field(5, uint),
  generation: field(6, uint),
  advertisedAddress: field(7, string),
  targetNodeId: optional(8, uint),
});

/** What this node says first. */
export function createHello(identity: NodeIdentity, targetNodeId: number): Hello {
  return {
    identity,
    targetNodeId,
    protocolVersion: PROTOCOL_VERSION,
    protocolVersionMin: PROTOCOL_VERSION_MIN,
  };
}

/** Encodes a greeting. */
export function encodeHello(hello: Hello): Uint8Array {
  const { identity, targetNodeId, protocolVersion, protocolVersionMin } = hello;
  return encode(helloRecord, {
    ...identity,
    clusterFingerprint: identity.clusterFingerprint.toString(16),
    targetNodeId: targetNodeId === 0 ? undefined : targetNodeId,
    protocolVersion,
    protocolVersionMin,
  });
}

/** Reads a greeting; throws `WireFormatError`, or `SyntaxError` for a bad fingerprint. */
export function decodeHello(source: Uint8Array): Hello {
  const record = decode(helloRecord, source);
  return {
    identity: {
      clusterName: record.clusterName,
      clusterFingerprint: BigInt(`0x${record.clusterFingerprint}`),
      nodeId: record.nodeId,
      generation: record.generation,
      advertisedAddress: record.advertisedAddress,
    },
    targetNodeId: record.targetNodeId ?? 0,
    protocolVersion: record.protocolVersion,
    protocolVersionMin: record.protocolVersionMin,
  };
}

/**
 * Why two nodes must not talk about something; `undefined` when they may.
 *
 * Incarnations are not compared here, since that takes knowing earlier ones.
 */
export function findMismatch(
  own: NodeIdentity,
  hello: Hello,
  purpose: LinkPurpose,
): ClusterError | undefined {
  const other = hello.identity;
  const details = { own: describe(own), other: describe(other) };
  if (hello.protocolVersion < PROTOCOL_VERSION_MIN || hello.protocolVersionMin > PROTOCOL_VERSION) {
    const text = `Node protocol ${hello.protocolVersion} does not fit ${PROTOCOL_VERSION}`;
    return new ClusterError("PROTOCOL_MISMATCH", text, { details });
  }
  const namesDiffer =
    own.clusterName !== "" && other.clusterName !== "" && own.clusterName !== other.clusterName;
  if (namesDiffer || areDifferentClusters(own, other)) {
    const text = `Node belongs to cluster "${other.clusterName}", not to "${own.clusterName}"`;
    return new ClusterError("CLUSTER_MISMATCH", text, { details });
  }
  if (hello.targetNodeId !== 0 && own.nodeId !== 0 && hello.targetNodeId !== own.nodeId) {
    const text = `Node ${hello.targetNodeId} was called, but this is node ${own.nodeId}`;
    return new ClusterError("NODE_MISMATCH", text, { details });
  }
  if (purpose !== "calls" && !(isMember(own) && isMember(other))) {
    return new ClusterError("NODE_UNREACHABLE", "Node is not a member yet", { details });
  }
  return undefined;
}

/** True for a node that has an id in a cluster. */
export function isMember(identity: NodeIdentity): boolean {
  return identity.clusterFingerprint !== 0n && identity.nodeId !== 0;
}

function areDifferentClusters(own: NodeIdentity, other: NodeIdentity): boolean {
  const left = own.clusterFingerprint;
  const right = other.clusterFingerprint;
  return left !== 0n && right !== 0n && left !== right;
}

function describe(identity: NodeIdentity): Readonly<Record<string, unknown>> {
  return { ...identity, clusterFingerprint: identity.clusterFingerprint.toString(16) };
}
