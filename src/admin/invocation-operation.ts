import { assertNever } from "#base/assert";
import type { InvocationId } from "#model";
import type { OperationRefusal, PartitionReply, PartitionRequest } from "#partition";
import { AdminError } from "./admin-error.ts";

/** Requests that an operator makes of one invocation. */
export type OperationRequest = Extract<
  PartitionRequest,
  {
    readonly kind:
      | "cancel-invocation"
      | "kill-invocation"
      | "pause-invocation"
      | "resume-invocation"
      | "restart-invocation"
      | "purge-invocation"
      | "purge-journal";
  }
>;

/** What an operation came to. */
export type OperationOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "accepted" }
  | { readonly kind: "restarted"; readonly newInvocationId: InvocationId }
  | { readonly kind: "failed"; readonly status: number; readonly reason: OperationFailure };

/** A failure in the words of single requests, and in those of batches. */
interface OperationFailure {
  readonly single: string;
  readonly batch: string;
}

/** Reads the reply of the partition to an operation. */
export function operationOutcome(
  request: OperationRequest,
  reply: PartitionReply,
): OperationOutcome {
  const { invocationId } = request;
  const subject = `The invocation '${invocationId}'`;
  switch (reply.kind) {
    case "done":
    case "accepted":
    case "restarted":
      return reply;
    case "not-found":
      return failed(404, {
        single: `The requested invocation '${invocationId}' does not exist`,
        batch: `Invocation '${invocationId}' not found`,
      });
    case "already-completed":
      return completedOutcome(request, subject);
    case "not-completed-yet":
    case "not-completed":
      return failed(409, sentence(`${subject} is not yet completed`));
    case "refused":
      return refusedOutcome(request, reply.reason);
    case "result":
    case "submitted":
      throw new Error(`A partition answered ${request.kind} with "${reply.kind}"`);
    default:
      return assertNever(reply);
  }
}

/** Throws the failure of a single request; returns any other outcome. */
export function outcomeOrThrow(
  outcome: OperationOutcome,
): Exclude<OperationOutcome, { readonly kind: "failed" }> {
  if (outcome.kind !== "failed") return outcome;
  throw new AdminError(outcome.status, outcome.reason.single);
}

function completedOutcome(request: OperationRequest, subject: string): OperationOutcome {
  if (request.kind === "resume-invocation") {
    return failed(409, sentence(`${subject} is completed, cannot be resumed`));
  }
  if (request.kind === "pause-invocation") {
    return failed(409, sentence(`${subject} is not running, cannot be paused`));
  }
  return failed(409, sentence(`${subject} was already completed`));
}

function refusedOutcome(request: OperationRequest, reason: OperationRefusal): OperationOutcome {
  const { invocationId } = request;
  const subject = `The invocation '${invocationId}'`;
  const isResume = request.kind === "resume-invocation";
  switch (reason.kind) {
    case "not-running":
      return failed(409, sentence(`${subject} is not running, cannot be paused`));
    case "not-started":
      return failed(
        425,
        isResume
          ? sentence(`${subject} is either inboxed or scheduled, cannot be resumed`)
          : sentence(`${subject} cannot be restarted because it's not running yet`),
      );
    case "still-running":
      return failed(409, {
        single: `${subject} is still running.`,
        batch: `Invocation '${invocationId}' is still running`,
      });
    case "deployment-not-changeable":
      return failed(
        409,
        sentence(
          `${subject} is still running or the deployment id is not pinned yet, ` +
            "deployment id cannot be changed",
        ),
      );
    case "deployment-not-found":
      return failed(
        400,
        sentence(
          "The given deployment was not found when trying to " +
            `${isResume ? "resume" : "restart as new"} the invocation '${invocationId}'`,
        ),
      );
    case "protocol-version-unsupported":
      return failed(
        400,
        sentence(
          `${subject} is running on protocol version '${reason.version}', while the chosen ` +
            `deployment '${reason.deploymentId}' supports the range ${reason.range}`,
        ),
      );
    default:
      return refusedRestart(reason, invocationId);
  }
}

type RestartRefusal = Extract<
  OperationRefusal,
  {
    readonly kind:
      | "input-not-available"
      | "unsupported-restart"
      | "incomplete-prefix"
      | "index-out-of-range";
  }
>;

function refusedRestart(reason: RestartRefusal, invocationId: InvocationId): OperationOutcome {
  const subject = `The invocation '${invocationId}'`;
  switch (reason.kind) {
    case "input-not-available":
      return failed(410, {
        single:
          `${subject} cannot be restarted because the input is not available. This indicates ` +
          "that the journal was already purged, or not retained at all.",
        batch: `${subject} cannot be restarted because the input is not available`,
      });
    case "unsupported-restart":
      return failed(
        422,
        sentence(
          `Restarting the invocation '${invocationId}' is not supported. Restarting workflows ` +
            "is not supported, and restarting invocations created using the old service protocol",
        ),
      );
    case "incomplete-prefix":
      return failed(
        400,
        sentence(
          `The prefix of the journal '${invocationId}' up to 'from' (included) contains some ` +
            "Commands without respective Completions",
        ),
      );
    case "index-out-of-range":
      return failed(
        400,
        sentence(
          "The given index is out of range of currently stored journal for invocation " +
            `'${invocationId}'`,
        ),
      );
    default:
      return assertNever(reason);
  }
}

/** Batches print the same sentences without the final dot. */
function sentence(text: string): OperationFailure {
  return { single: `${text}.`, batch: text };
}

function failed(status: number, reason: OperationFailure): OperationOutcome {
  return { kind: "failed", status, reason };
}
