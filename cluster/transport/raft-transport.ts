import type { Message } from "#raft";

/** Takes the Raft messages that other nodes sent to this one. */
export type RaftMessageHandler = (group: number, message: Message) => void;

/**
 * Carries Raft messages between nodes, in order per peer and batched per turn of the event loop.
 *
 * Messages may be dropped, at any time and silently: Raft recovers. They are never answered.
 */
export interface RaftTransport {
  /** Queues a message for the node; its arrays are encoded before the turn ends. */
  send(nodeId: number, group: number, message: Message): void;
  /** Sets who takes what arrives; called once, before the first message. */
  onMessage(handler: RaftMessageHandler): void;
}
