import type { Message } from "#raft";

/** Takes the Raft messages that other nodes sent to this one. */
export type RaftMessageHandler = (group: number, message: Message, fromNode: number) => void;

/**
 * Carries Raft messages between nodes, in order per peer and batched per turn of the event loop.
 *
 * Messages may be dropped, at any time and silently: Raft recovers. They are never answered.
 * Messages with a snapshot go through `SnapshotTransport`.
 */
export interface RaftTransport {
  /** Queues a message for the node; it is encoded before this returns. */
  send(nodeId: number, group: number, message: Message): void;
  /** Sets who takes what arrives; called once, before the first message. */
  onMessage(handler: RaftMessageHandler): void;
  /**
   * Lets the messages queued so far leave now; without it they leave when the turn ends.
   *
   * To be called once per turn, after the last group has sent.
   */
  flush?(): void;
}
