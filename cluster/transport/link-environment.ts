import type { ClusterError } from "#base/cluster-error";
import type { Message } from "#raft";
import type { Grpc } from "./grpc.ts";
import type { NodeIdentity } from "./hello.ts";
import type { PeerChange } from "./node-peers.ts";
import type { NodeTransportOptions, NodeTransportSettings } from "./node-transport.ts";
import type { OccasionalWarnings } from "./occasional-warnings.ts";

/** What all connections of a node share. */
export interface LinkEnvironment
  extends Pick<NodeTransportOptions, "clock" | "scheduler" | "defer" | "random" | "logger"> {
  readonly settings: NodeTransportSettings;
  readonly warnings: OccasionalWarnings;
  /** This node, as of now. */
  identity(): NodeIdentity;
  grpc(): Promise<Grpc>;
  deliver(group: number, message: Message, fromNode: number): void;
  peerChanged(change: PeerChange): void;
  /** Another node has turned this one away. */
  refused(error: ClusterError, address: string): void;
}

/** Settings of a node that were not given. */
export const DEFAULT_SETTINGS: NodeTransportSettings = {
  pingMs: 300,
  silenceMs: 1200,
  connectMs: 1000,
  raftQueueBytesMax: 8 * 1024 * 1024,
  callQueueBytesMax: 64 * 1024 * 1024,
  pendingCallsMax: 262_144,
  snapshotIdleMs: 30_000,
};
