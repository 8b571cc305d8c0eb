/** What the operators' services of a node answer, in JSON: see `cluster/operator-services.ts`. */
import type { Replication } from "./operator-values.ts";

/** One replica as its node reports it. */
export interface ReplicaReply {
  /** -1 for the metadata group. */
  readonly partitionId: number;
  readonly replicaId: number;
  readonly role: string;
  readonly term: number;
  readonly leaderNode?: number;
  readonly commit: number;
  readonly applied: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly lastTerm?: number;
  readonly voters: readonly number[];
  readonly votersOutgoing: readonly number[];
  readonly learners: readonly number[];
  /** What a leader knows of its group; empty on the others. */
  readonly members: readonly {
    readonly replicaId: number;
    readonly match: number;
    readonly state: string;
  }[];
  readonly isQuiescent: boolean;
  readonly isRestoring: boolean;
  readonly isStopped: boolean;
}

/** One node as it reports itself. */
export interface ReportReply {
  readonly uptimeMs: number;
  readonly storageState: string;
  readonly isStopping: boolean;
  readonly tableVersion: number;
  readonly replicas: readonly ReplicaReply[];
}

/** One node as the cluster knows it. */
export interface NodeReply {
  readonly nodeId: number;
  readonly nodeName: string;
  /** 0 when the node has not been heard since. */
  readonly generation: number;
  readonly address: string;
  readonly roles: readonly string[];
  readonly location: string;
  readonly workerState: string;
  readonly storageState: string;
  readonly isAlive: boolean;
}

/** A node of `cluster.status`. */
export interface StatusNodeReply extends NodeReply {
  /** Missing when the node did not answer. */
  readonly report?: ReportReply;
}

/** A node of `nodes.list`. */
export interface ListedNodeReply extends NodeReply {
  readonly uptimeMs?: number;
  /** State of its disk. */
  readonly storage?: string;
  readonly isStopping: boolean;
  readonly leaders?: number;
  /** Replicas that the partition table places there, leaving ones included. */
  readonly replicas: number;
}

/** A replica that the partition table knows; what its node reports, if it does. */
export interface MemberReply extends Partial<ReplicaReply> {
  readonly replicaId: number;
  readonly nodeId: number;
}

/** One partition: what the table says, and what is reported. */
export interface PartitionReply {
  readonly partitionId: number;
  readonly startKey: string;
  readonly endKey: string;
  readonly replicas: readonly { readonly replicaId: number; readonly nodeId: number }[];
  readonly leaving: readonly { readonly replicaId: number; readonly nodeId: number }[];
  readonly pinnedNode?: number;
  readonly isLeadershipFrozen: boolean;
  readonly isPlacementFrozen: boolean;
  readonly leaderNode?: number;
  readonly term?: number;
  readonly commit?: number;
  readonly isUnderReplicated: boolean;
  readonly hasQuorum: boolean;
  readonly members: readonly MemberReply[];
}

/** Answer of `cluster.status`. */
export interface StatusReply {
  readonly clusterName: string;
  readonly clusterFingerprint: string;
  readonly answeredBy: number;
  readonly nodes: readonly StatusNodeReply[];
  readonly metadata?: {
    readonly leaderNode: number;
    readonly term: number;
    readonly voters: readonly number[];
    readonly learners: readonly number[];
  };
  readonly partitions: readonly PartitionReply[];
}

/** Answer of `config.get`. */
export interface ConfigReply {
  readonly version: number;
  readonly partitionCount: number;
  readonly replication: Replication;
  /** What is lost with so few nodes, in words. */
  readonly weakness?: string;
}

/** A metadata document. */
export interface DocumentReply {
  readonly name: string;
  /** 0 when there is none. */
  readonly version: number;
  readonly base64?: string;
  /** The contents, where the node can decode them. */
  readonly value?: unknown;
}
