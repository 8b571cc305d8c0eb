import type { AttemptEvent } from "#model";
import { restate } from "#proto/restate-protocol.js";
import type { FakeNode } from "./fake-node.ts";

/** Asks for an acknowledgement. */
export const REQUIRES_ACK = 0x8000;

/** Kinds of events, in order. */
export function kindsOf(events: readonly AttemptEvent[]): string[] {
  return events.map(({ kind }) => kind);
}

/** The Start message of the newest stream. */
export function startOf(node: FakeNode): restate.StartMessage {
  const [start] = node.stream.sent;
  if (start?.type !== 0) throw new Error("the first message is not Start");
  return restate.StartMessage.decode(start.body) as restate.StartMessage;
}

/** The cause of the last event, which must be a failed attempt. */
export function failureOf(node: FakeNode) {
  const event = node.events.at(-1);
  if (event?.kind !== "fail-attempt") throw new Error(`last event is ${event?.kind}`);
  const { failure, documentedCode, ...related } = event.cause;
  return { code: failure.code, message: failure.message, documentedCode, ...related };
}
