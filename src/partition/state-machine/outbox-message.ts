import type {
  InvocationId,
  InvocationRequest,
  InvocationResult,
  InvocationTarget,
  NotificationResult,
  ResponseSink,
  SignalId,
} from "#model";
import type { RequestId } from "./command.ts";

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
      /** Run of the receiver that asked; 0 in messages of builds that did not note it. */
      readonly incarnation: number;
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
    }
  /** To itself: answers those whose sinks are on a page; `targetId` ended with the result. */
  | {
      readonly kind: "answer-page";
      readonly targetId: InvocationId;
      readonly page: number;
      /** What ended; undefined where only invocations wait. */
      readonly target: InvocationTarget | undefined;
      /** Undefined: they are forgotten, and told nothing. */
      readonly result: InvocationResult | undefined;
    }
  /** To itself: goes on killing what has a long journal. */
  | {
      readonly kind: "continue-kill";
      readonly targetId: InvocationId;
      /** Run that is killed. */
      readonly incarnation: number;
      /** Journal entries below have been looked at. */
      readonly from: number;
      /** Operator who waits; undefined if a caller was killed. */
      readonly requestId: RequestId | undefined;
    }
  /** To itself: goes on passing a key to who waits for it; `targetId` held it and has ended. */
  | { readonly kind: "release-lock"; readonly targetId: InvocationId; readonly instance: string }
  /** To itself: starts more of those who wait for limits, the receiver being one of them. */
  | { readonly kind: "start-waiters"; readonly targetId: InvocationId };

/** Invocation whose partition the message goes to. */
export function receiverOf(message: OutboxMessage): InvocationId {
  return message.kind === "invoke" ? message.request.id : message.targetId;
}
