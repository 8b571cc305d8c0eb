import type { Message } from "#raft";

/** Where a snapshot goes, and the Raft message that announces it. */
export interface SnapshotTarget {
  readonly nodeId: number;
  readonly group: number;
  /** The message of kind `snapshot`; its data stays small, for the image travels in chunks. */
  readonly message: Message;
}

/** A snapshot that another node sends. */
export interface IncomingSnapshot {
  readonly fromNode: number;
  readonly group: number;
  readonly message: Message;
  /**
   * The image in order, in pieces of up to 256 KiB; read once. Reading slowly slows the sender.
   *
   * Ends only after length and checksum of the whole were verified; throws `SNAPSHOT_ABORTED` when
   * the connection is lost, the sender gives up, nothing arrives for 30 s or the checksum differs.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Takes one snapshot; resolves when it is durable here. An error reaches the sender.
 *
 * At most two run at once; further senders wait.
 */
export type SnapshotHandler = (snapshot: IncomingSnapshot) => Promise<void>;

/** Carries images of state machines between nodes; Raft messages never wait behind them. */
export interface SnapshotTransport {
  /**
   * Sends a snapshot; resolves when the receiver's handler has finished.
   *
   * One at a time leaves this node; further ones wait in order, and `chunks` is not touched before
   * its turn. It is always closed (`return`) if it was started, and not started if the wait failed.
   *
   * @param chunks pieces of any size; not changed, and not kept after the next is asked for
   * @throws ClusterError `NODE_UNREACHABLE`, `SNAPSHOT_ABORTED`, or the error of the handler or of
   *         `chunks`
   */
  sendSnapshot(target: SnapshotTarget, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Sets who takes snapshots that arrive; called once, before the first. */
  onSnapshot(handler: SnapshotHandler): void;
}
