import { hasCode } from "#errors";
import { IngressError } from "../ingress-error.ts";

/** What a caller may do when it is not known whether its request was carried out. */
const ADVICE = {
  invoke:
    "If the request has an 'idempotency-key', it can be safely retried, " +
    "otherwise submitting it again may result in executing the invocation twice.",
  read: "You may safely retry the request.",
  complete: "Submitting the request again may result in executing the operation twice.",
} as const;

/** What a request does to a partition, as far as the advice for a retry goes. */
export type PartitionOperation = keyof typeof ADVICE;

/**
 * Turns a rejection of the partition client into a refusal; anything else passes.
 *
 * @throws always
 */
export function refuseRoutingFailure(error: unknown, operation: PartitionOperation): never {
  if (hasCode(error, "PARTITION_OVERLOADED")) throw overloaded();
  if (hasCode(error, "STORAGE_FULL")) throw storageFull(error.message);
  if (!isRoutingFailure(error)) throw error;
  const text = `internal routing error: ${error.message}. ${ADVICE[operation]}`;
  throw new IngressError(503, text);
}

function isRoutingFailure(error: unknown): error is Error {
  return (
    hasCode(error, "PARTITION_UNAVAILABLE") ||
    hasCode(error, "PARTITION_NOT_LEADER") ||
    hasCode(error, "SHUTTING_DOWN")
  );
}

/** Nothing was accepted, so that the request can be sent again, whatever it does. */
function storageFull(reason: string): IngressError {
  return new IngressError(503, `${reason}. You may safely retry the request.`);
}

/** Refusal of what is still under way when the server stops; accepted invocations go on later. */
export function shuttingDown(): IngressError {
  return new IngressError(503, `the server is shutting down. ${ADVICE.invoke}`);
}

/** Refusal when too much is in flight. */
export function overloaded(): IngressError {
  return new IngressError(429, "too many requests, the ingress is overloaded. Retry later.");
}
