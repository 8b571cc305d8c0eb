/**
 * How nodes talk: batched Raft messages and calls by service name.
 *
 * Payloads are opaque. It does not decide who is a member or who leads. The caller bounds what it
 * sends; Raft messages may be dropped, never delivered twice as something else.
 */
export { LoneNodeTransport } from "./lone-node-transport.ts";
export type { NodeCallHandler, NodeCallOptions, NodeCalls } from "./node-calls.ts";
export type { RaftMessageHandler, RaftTransport } from "./raft-transport.ts";
