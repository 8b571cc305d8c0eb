/** What is known of a peer before it is connected. */
export interface PeerAddress {
  /** `host:port`, or the same with `http://` before it. */
  readonly address: string;
  /**
   * The least incarnation that may speak for the node; 0 when unknown. Addresses of unknown
   * incarnations do not replace what a greeting has said, unless the peer is down.
   */
  readonly generation: number;
}

/** `connecting` until the first connection or failure; then `up` or `down`. */
export type PeerState = "connecting" | "up" | "down";

/**
 * Why a peer went up or down.
 *
 * `refused`: its process is gone; the connection broke and the port refuses new ones.
 * `silent`: nothing was heard for a while; it is frozen, cut off or overwhelmed.
 * `restarted`: another incarnation answers; what the old one held in memory is gone.
 * `reconnected`: it was up and is; the connection broke and was made again at once. What was under
 * way is lost, Raft messages included.
 */
export type PeerChangeCause =
  | "connected"
  | "reconnected"
  | "refused"
  | "silent"
  | "restarted"
  | "removed";

/** A peer went up or down, or messages to it were lost. */
export interface PeerChange {
  readonly nodeId: number;
  readonly isAlive: boolean;
  readonly cause: PeerChangeCause;
  /** Highest incarnation heard of. */
  readonly generation: number;
}

/** How the connection to one peer is doing; totals since the process started. */
export interface PeerStatus {
  readonly nodeId: number;
  readonly state: PeerState;
  readonly address: string;
  /** Highest incarnation heard of; 0 when none. */
  readonly generation: number;
  /** Round trip of the last ping, the peer's wait before it answered left out; 0 when unknown. */
  readonly rttMs: number;
  /** Encoded Raft messages and calls that have not left yet. */
  readonly queuedBytes: number;
  readonly raftMessagesSent: number;
  readonly raftMessagesDropped: number;
  readonly raftMessagesReceived: number;
  /** Stream messages that carried Raft messages; one per turn of the event loop. */
  readonly raftBatchesSent: number;
  readonly callsSent: number;
  /** Calls that wait for their answer. */
  readonly callsPending: number;
}

/** The other nodes, as far as connections go. */
export interface NodePeers {
  /** Adds a peer or changes its address, and keeps connected to it from now on. */
  setPeer(nodeId: number, peer: PeerAddress): void;
  /** Drops the connection and refuses the node until `setPeer` names it again. */
  removePeer(nodeId: number): void;
  /** True while both directions work: sent pings are answered in time. */
  isAlive(nodeId: number): boolean;
  /** All peers by ascending node id. */
  peers(): readonly PeerStatus[];
  /** Calls back after every change until the returned function is called. */
  onPeerChange(callback: (change: PeerChange) => void): () => void;
}
