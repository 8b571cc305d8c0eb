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
  if (message.kind !== "kill" && turn.state.isLocal(receiverOf(message))) {
    turn.loopback.push(message);
    return;
  }
  // Kills go through the outbox even at home: a tree of callees may be of any size, and one record
  // does bounded work.
  const sequence = turn.state.addOutboxMessage(message);
  turn.effects.push({ kind: "enqueue-outbox", sequence, message });
}

/** Answers one waiting party with the result of an invocation. */
export function answer(
  turn: Turn,
  sink: ResponseSink,
  from: {
    readonly invocationId: InvocationId;
    /** Undefined if there is no such invocation. */
    readonly target: InvocationTarget | undefined;
    readonly result: InvocationResult;
  },
): void {
  if (sink.kind === "invocation") {
    send(turn, {
      kind: "complete",
      targetId: sink.invocationId,
      completionId: sink.completionId,
      notificationType: sink.notificationType,
      result: from.result,
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
