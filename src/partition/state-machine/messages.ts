import type { InvocationId, InvocationResult, InvocationTarget, ResponseSink } from "#model";
import type { RequestId } from "./command.ts";
import { type OutboxMessage, receiverOf } from "./outbox-message.ts";
import type { PartitionReply } from "./partition-reply.ts";
import type { Turn } from "./turn.ts";

/**
 * Sends a message to another invocation: through the outbox, or directly after this command when
 * the receiver lives in the same partition.
 */
export function send(turn: Turn, message: OutboxMessage): void {
  if (turn.state.isLocal(receiverOf(message))) turn.loopback.push(message);
  else sendLater(turn, message);
}

/**
 * Sends a message through the outbox even at home. For what may be of any size, such as a tree of
 * callees: one record does bounded work, and the outbox survives a change of leader.
 */
export function sendLater(turn: Turn, message: OutboxMessage): void {
  const sequence = turn.state.addOutboxMessage(message);
  turn.effects.push({ kind: "enqueue-outbox", sequence, message });
}

/** What waiting parties are answered. */
export interface Answered {
  readonly invocationId: InvocationId;
  /** Undefined if there is no such invocation. */
  readonly target: InvocationTarget | undefined;
  readonly result: InvocationResult;
}

/** Answers one waiting party with the result of an invocation. */
export function answer(turn: Turn, sink: ResponseSink, from: Answered): void {
  if (sink.kind === "page") {
    const { invocationId: targetId, target, result } = from;
    sendLater(turn, { kind: "answer-page", targetId, page: sink.page, target, result });
    return;
  }
  if (sink.kind === "invocation") {
    send(turn, {
      kind: "complete",
      targetId: sink.invocationId,
      completionId: sink.completionId,
      notificationType: sink.notificationType,
      result: from.result,
      incarnation: sink.incarnation,
    });
    return;
  }
  reply(turn, sink, {
    kind: "result",
    invocationId: from.invocationId,
    target: from.target,
    result: from.result,
    expiresAtMs: undefined,
  });
}

/** Answers a request of a client or operator, if it waits. */
export function reply(turn: Turn, requestId: RequestId | undefined, content: PartitionReply): void {
  if (requestId === undefined) return;
  const { epoch, sequence } = requestId;
  turn.effects.push({ kind: "reply", requestId: { epoch, sequence }, reply: content });
}
