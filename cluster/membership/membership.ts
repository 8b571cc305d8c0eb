import type { StorageState, WorkerState } from "./nodes-document.ts";

/** One node of the cluster. */
export interface NodeInfo {
  readonly nodeId: number;
  readonly nodeName: string;
  /** Grows with every start of the node: a higher one is a new incarnation; 0 when unknown. */
  readonly generation: number;
  /** Address that other nodes connect to; empty for a node alone. */
  readonly address: string;
  readonly roles: readonly string[];
  /** Failure domain, as region or region.zone; empty when it was not given. */
  readonly location: string;
  readonly workerState: WorkerState;
  readonly storageState: StorageState;
  /** True while this node and that one hear each other. */
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
