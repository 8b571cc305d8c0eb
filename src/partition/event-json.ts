import type { AttemptFailure, Combinator, Future } from "#model";
import type { JournalEvent } from "#state-machine";

/** JSON of a journal event, as the original prints it (service protocol section 11.1). */
export function eventJson(event: JournalEvent): string {
  switch (event.kind) {
    case "transient-error":
      return JSON.stringify({
        ty: "TransientError",
        ...failureJson(event.cause, "error_stacktrace"),
      });
    case "paused": {
      const { cause } = event;
      const lastFailure = cause === undefined ? undefined : failureJson(cause, "error_stacktrace");
      return JSON.stringify({ ty: "Paused", last_failure: lastFailure });
    }
    case "suspended":
      return JSON.stringify({ ty: "Suspended", awaiting_on: futureJson(event.awaiting) });
  }
}

function failureJson(cause: AttemptFailure, stacktraceName: string) {
  const { failure } = cause;
  return {
    error_code: failure.code,
    error_message: failure.message,
    [stacktraceName]: failure.stacktrace || undefined,
    restate_doc_error_code: cause.documentedCode,
    related_command_index: cause.relatedCommandIndex,
    related_command_name: cause.relatedCommandName || undefined,
    related_command_type: cause.relatedCommandType,
  };
}

const COMBINATOR_NAMES: Readonly<Record<Combinator, string>> = {
  unknown: "Unknown",
  "first-completed": "FirstCompleted",
  "all-completed": "AllCompleted",
  "first-succeeded-or-all-failed": "FirstSucceededOrAllFailed",
  "all-succeeded-or-first-failed": "AllSucceededOrFirstFailed",
};

/** JSON of an awaited future: `{"Single":{"CompletionId":1}}`, `{"FirstCompleted":[…]}`. */
export function futureJson(future: Future): unknown {
  const children: unknown[] = [
    ...future.completions.map((id) => ({ Single: { CompletionId: id } })),
    ...future.signals.map((index) => ({ Single: { SignalIndex: index } })),
    ...future.namedSignals.map((name) => ({ Single: { SignalName: name } })),
    ...future.nested.map(futureJson),
  ];
  return { [COMBINATOR_NAMES[future.combinator]]: children };
}
