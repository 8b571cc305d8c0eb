/**
 * How nodes talk: batched Raft messages, calls by service name, and snapshots.
 *
 * Payloads are opaque. It does not decide who is a member or who leads. The caller bounds what it
 * sends; Raft messages may be dropped, never delivered twice as something else.
 */
export { ConnectionSplitter, type ConnectionSplitterOptions } from "./connection-splitter.ts";
export { GrpcNodeTransport } from "./grpc-node-transport.ts";
export type { NodeIdentity } from "./hello.ts";
export { LoneNodeTransport } from "./lone-node-transport.ts";
export {
  type AddressCalls,
  type IncomingCall,
  type NodeCallHandler,
  type NodeCallOptions,
  type NodeCalls,
  RemoteCallError,
} from "./node-calls.ts";
export type {
  NodePeers,
  PeerAddress,
  PeerChange,
  PeerChangeCause,
  PeerState,
  PeerStatus,
} from "./node-peers.ts";
export type {
  NodeTransport,
  NodeTransportOptions,
  NodeTransportSettings,
} from "./node-transport.ts";
export type { RaftMessageHandler, RaftTransport } from "./raft-transport.ts";
export type {
  IncomingSnapshot,
  SnapshotHandler,
  SnapshotTarget,
  SnapshotTransport,
} from "./snapshot-transport.ts";
