import type {
  InvocationId,
  InvocationRequest,
  NotificationResult,
  ResponseSink,
  SignalId,
} from "#model";

/** A sink that is an entry of another invocation. */
export type InvocationSink = Extract<ResponseSink, { readonly kind: "invocation" }>;

/**
 * What one invocation asks of another, in any partition. Stored in the sender's outbox in the same
 * write as its cause; applied once at the receiver, by sequence.
 */
export type OutboxMessage =
  | {
      readonly kind: "invoke";
      readonly request: InvocationRequest;
      /** Undefined for one-way calls. */
      readonly sink: InvocationSink | undefined;
    }
  | {
      readonly kind: "complete";
      readonly targetId: InvocationId;
      readonly completionId: number;
      readonly notificationType: number;
      readonly result: NotificationResult;
    }
  | {
      readonly kind: "signal";
      readonly targetId: InvocationId;
      readonly signal: SignalId;
      readonly result: NotificationResult;
    }
  | { readonly kind: "kill"; readonly targetId: InvocationId }
  | {
      readonly kind: "attach";
      readonly targetId: InvocationId;
      readonly sink: InvocationSink;
      /** False answers at once, with void when the target has not completed. */
      readonly blocking: boolean;
    };

/** Invocation whose partition the message goes to. */
export function receiverOf(message: OutboxMessage): InvocationId {
  return message.kind === "invoke" ? message.request.id : message.targetId;
}
