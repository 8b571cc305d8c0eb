import { assertNever } from "#base/assert";
import type { Future } from "#model";
import type { NotificationKey, NotificationOutcome } from "./partition-state.ts";

type Outcome = "pending" | "success" | "failure" | "either";

/** Thrown-free early exit: a nested node made the whole tree worth resuming for. */
interface Evaluation {
  resumeNow: boolean;
}

/**
 * Tells whether a suspended invocation has something to do (service protocol section 10.2).
 *
 * @param notifications outcome of each notification in the journal
 */
export function isResolved(
  future: Future,
  notifications: ReadonlyMap<NotificationKey, NotificationOutcome>,
): boolean {
  const evaluation: Evaluation = { resumeNow: false };
  return evaluate(future, notifications, evaluation) !== "pending" || evaluation.resumeNow;
}

function evaluate(
  future: Future,
  notifications: ReadonlyMap<NotificationKey, NotificationOutcome>,
  evaluation: Evaluation,
): Outcome {
  const outcomes: Outcome[] = [];
  for (const id of future.completions) outcomes.push(notifications.get(id) ?? "pending");
  for (const index of future.signals) outcomes.push(notifications.get(-index) ?? "pending");
  for (const name of future.namedSignals) outcomes.push(notifications.get(name) ?? "pending");
  for (const child of future.nested) outcomes.push(evaluate(child, notifications, evaluation));
  return combine(future, outcomes, evaluation);
}

function combine(future: Future, outcomes: readonly Outcome[], evaluation: Evaluation): Outcome {
  switch (future.combinator) {
    case "unknown":
      return outcomes.some((outcome) => outcome !== "pending") ? "either" : "pending";
    case "first-completed":
      return outcomes.find((outcome) => outcome !== "pending") ?? "pending";
    case "all-completed":
      return outcomes.every((outcome) => outcome !== "pending") ? "success" : "pending";
    case "first-succeeded-or-all-failed":
      return decide(outcomes, "success", evaluation);
    case "all-succeeded-or-first-failed":
      return decide(outcomes, "failure", evaluation);
    default:
      return assertNever(future.combinator);
  }
}

/** `deciding` settles the node as soon as one child has it; the other outcome needs all. */
function decide(
  outcomes: readonly Outcome[],
  deciding: "success" | "failure",
  evaluation: Evaluation,
): Outcome {
  if (outcomes.includes(deciding)) return deciding;
  if (outcomes.includes("either")) {
    // The child is done, but only the SDK knows how: let it look.
    evaluation.resumeNow = true;
    return "either";
  }
  if (outcomes.includes("pending")) return "pending";
  return deciding === "success" ? "failure" : "success";
}
