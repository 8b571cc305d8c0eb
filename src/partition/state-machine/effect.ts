import type { AttemptFailure, InvocationId, JournalEntry } from "#model";
import type { RequestId, Timer } from "./command.ts";
import type { OutboxMessage } from "./outbox-message.ts";
import type { PartitionReply } from "./partition-reply.ts";

/**
 * What the state machine asks of the leader. Effects may be lost or repeated: a new leader derives
 * them again from state. Followers drop them.
 */
export type Effect =
  /** Hand an invocation to the invoker. */
  | { readonly kind: "invoke"; readonly invocationId: InvocationId; readonly token: number }
  /** Push a notification on the live attempt. */
  | {
      readonly kind: "notify";
      readonly invocationId: InvocationId;
      readonly token: number;
      readonly entryIndex: number;
      readonly entry: JournalEntry;
    }
  | {
      readonly kind: "acknowledge-command";
      readonly invocationId: InvocationId;
      readonly token: number;
      readonly commandIndex: number;
    }
  | {
      readonly kind: "acknowledge-run";
      readonly invocationId: InvocationId;
      readonly token: number;
      readonly entryIndex: number;
      readonly completionId: number;
    }
  /** The failed attempt is on record: its retry may be scheduled. */
  | {
      readonly kind: "attempt-failure-recorded";
      readonly invocationId: InvocationId;
      readonly token: number;
    }
  /** Stop whatever the invoker does for this invocation. */
  | { readonly kind: "abort"; readonly invocationId: InvocationId }
  | { readonly kind: "retry-now"; readonly invocationId: InvocationId }
  | { readonly kind: "reply"; readonly requestId: RequestId; readonly reply: PartitionReply }
  | { readonly kind: "set-timer"; readonly timer: Timer }
  | {
      readonly kind: "enqueue-outbox";
      readonly sequence: number;
      readonly message: OutboxMessage;
    };

/** Journal events kept beside the journal, never replayed. */
export type JournalEvent =
  | { readonly kind: "transient-error"; readonly cause: AttemptFailure }
  | { readonly kind: "paused"; readonly cause: AttemptFailure | undefined }
  | { readonly kind: "suspended"; readonly awaiting: import("#model").Future };
