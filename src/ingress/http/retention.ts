import type { HandlerType, Retention } from "#model";
import type { HandlerOptions } from "#schema";

/** What decides how long a new invocation is kept. */
export interface RetentionFacts {
  readonly handlerType: HandlerType;
  readonly options: HandlerOptions;
  readonly hasIdempotencyKey: boolean;
}

/** How long result and journal of a new invocation are kept (ingress reference section 5). */
export function retentionOf({
  handlerType,
  options,
  hasIdempotencyKey,
}: RetentionFacts): Retention {
  const { journalRetentionMs } = options;
  const completionMs =
    handlerType === "workflow"
      ? options.workflowCompletionRetentionMs
      : hasIdempotencyKey
        ? options.idempotencyRetentionMs
        : journalRetentionMs;
  return { completionMs, journalMs: Math.min(journalRetentionMs, completionMs) };
}
