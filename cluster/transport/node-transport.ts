import type { Duplex } from "node:stream";

import type { Clock, Scheduler } from "#base/clock";
import type { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { NodeIdentity } from "./hello.ts";
import type { AddressCalls, NodeCalls } from "./node-calls.ts";
import type { NodePeers } from "./node-peers.ts";
import type { RaftTransport } from "./raft-transport.ts";
import type { SnapshotTransport } from "./snapshot-transport.ts";

/** Times and bounds of the connections between nodes. */
export interface NodeTransportSettings {
  /** Milliseconds between pings; default 300. */
  readonly pingMs: number;
  /** Milliseconds of silence after which a peer is down; default 1,200. */
  readonly silenceMs: number;
  /** Milliseconds until a connection must stand, greeting included; default 1,000. */
  readonly connectMs: number;
  /** Raft bytes that may wait per peer; the oldest are dropped beyond it. Default 8 MiB. */
  readonly raftQueueBytesMax: number;
  /** Bytes of calls that may wait per peer; further calls are `OVERLOADED`. Default 64 MiB. */
  readonly callQueueBytesMax: number;
  /** Calls per peer and direction that may wait for an answer; default 262,144. */
  readonly pendingCallsMax: number;
  /** Milliseconds without progress after which a snapshot is aborted; default 30,000. */
  readonly snapshotIdleMs: number;
}

/** What the transport of a node takes. */
export interface NodeTransportOptions {
  readonly identity: NodeIdentity;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Runs a function in the next turn of the event loop, after pending input was handled. */
  readonly defer: (run: () => void) => void;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings?: Partial<NodeTransportSettings>;
  /**
   * Has the last word on a node that greets as a member of this cluster: an error turns it away.
   * Nodes that no `setPeer` has named are admitted otherwise, for they may have just joined.
   */
  admit?(identity: NodeIdentity): ClusterError | undefined;
  /**
   * Called when another node turns this one away, each time it tries.
   *
   * `STALE_GENERATION` means that a newer incarnation of this node has been seen: stop.
   * `NODE_REMOVED`, `CLUSTER_MISMATCH`, `PROTOCOL_MISMATCH` and `NODE_MISMATCH` need an operator.
   */
  onRefused?(error: ClusterError, address: string): void;
}

/** Everything nodes say to each other, over one implementation. */
export interface NodeTransport
  extends RaftTransport,
    NodeCalls,
    AddressCalls,
    SnapshotTransport,
    NodePeers {
  /** Who this node says it is. */
  readonly identity: NodeIdentity;
  /** Changes who this node is, after it has joined; peers are connected anew. */
  identify(identity: NodeIdentity): void;
  /** Takes a connection to this node's port whose first bytes are HTTP/2's. */
  accept(socket: Duplex): void;
  /** Ends all connections; pending calls fail with `CLUSTER_CLOSED`. */
  close(): Promise<void>;
}
