/** One node of the cluster. */
export interface NodeInfo {
  readonly nodeId: number;
  readonly nodeName: string;
  /** Grows with every start of the node: a higher one is a new incarnation. */
  readonly generation: number;
  /** Address that other nodes connect to; empty while the cluster has one node. */
  readonly address: string;
  readonly isAlive: boolean;
}

/** The nodes, their addresses, their liveness. */
export interface Membership {
  /** This node. */
  readonly self: NodeInfo;
  /** Name of the cluster this node belongs to. */
  readonly clusterName: string;
  /** Random identity of the cluster, drawn when it was provisioned. */
  readonly clusterFingerprint: bigint;
  /** All known nodes by ascending id, this one included. */
  nodes(): readonly NodeInfo[];
  /** Calls back after every change until the returned function is called. */
  watch(callback: (nodes: readonly NodeInfo[]) => void): () => void;
}
