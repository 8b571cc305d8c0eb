import type { JournalCommand } from "./command.ts";
import type { Failure, InvocationResult } from "./failure.ts";
import type { Future } from "./future.ts";
import type { DeploymentId } from "./ids.ts";

/** What is remembered of a failed attempt; printed by introspection and journal events. */
export interface AttemptFailure {
  readonly failure: Failure;
  /** Documented error code, `RT0001` to `RT0025`. */
  readonly documentedCode: string | undefined;
  readonly relatedCommandIndex: number | undefined;
  readonly relatedCommandName: string | undefined;
  /** Printed name of the command type, such as `Run`. */
  readonly relatedCommandType: string | undefined;
}

/** What the invoker reports about an attempt, in stream order. Proposed through the log. */
export type AttemptEvent =
  | {
      /** First event that stores anything: fixes deployment and protocol version. */
      readonly kind: "pin";
      readonly deploymentId: DeploymentId;
      readonly protocolVersion: number;
    }
  | {
      readonly kind: "command";
      /** Wire type and body, stored unchanged. */
      readonly type: number;
      readonly body: Uint8Array;
      /** The SDK asked for a CommandAck. */
      readonly requiresAck: boolean;
      readonly command: JournalCommand;
    }
  | {
      readonly kind: "run-completion";
      readonly completionId: number;
      readonly result: InvocationResult;
      /** Answer with ProposeRunCompletionAck instead of the full notification (v7). */
      readonly ackOnly: boolean;
    }
  | { readonly kind: "suspend"; readonly future: Future; readonly recordEvent: boolean }
  | { readonly kind: "end" }
  | { readonly kind: "fail-attempt"; readonly cause: AttemptFailure }
  | { readonly kind: "pause"; readonly cause: AttemptFailure | undefined }
  | { readonly kind: "fail"; readonly failure: Failure };
