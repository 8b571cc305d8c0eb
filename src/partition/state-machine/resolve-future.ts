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
  // All of them, since each may be worth resuming for.
  const nested = future.nested.map((child) => evaluate(child, notifications, evaluation));
  switch (future.combinator) {
    case "unknown": {
      const isDone = nested.some((outcome) => outcome !== "pending");
      return isDone || findArrived(future, notifications) !== undefined ? "either" : "pending";
    }
    case "first-completed": {
      const arrived = findArrived(future, notifications);
      return arrived ?? nested.find((outcome) => outcome !== "pending") ?? "pending";
    }
    case "all-completed":
      return isOneMissing(future, notifications) || nested.includes("pending")
        ? "pending"
        : "success";
    case "first-succeeded-or-all-failed":
    case "all-succeeded-or-first-failed":
      return decide(future, nested, { notifications, evaluation });
    default:
      return assertNever(future.combinator);
  }
}

/** One outcome settles the node as soon as one child has it; the other one needs all. */
function decide(
  future: Future,
  nested: readonly Outcome[],
  {
    notifications,
    evaluation,
  }: {
    readonly notifications: ReadonlyMap<NotificationKey, NotificationOutcome>;
    readonly evaluation: Evaluation;
  },
): Outcome {
  const isRace = future.combinator === "first-succeeded-or-all-failed";
  const deciding = isRace ? "success" : "failure";
  if (nested.includes(deciding)) return deciding;
  if (findArrived(future, notifications, deciding) !== undefined) return deciding;
  if (nested.includes("either")) {
    // The child is done, but only the SDK knows how: let it look.
    evaluation.resumeNow = true;
    return "either";
  }
  if (nested.includes("pending") || isOneMissing(future, notifications)) return "pending";
  return isRace ? "failure" : "success";
}

/** Outcome of the first notification of the node itself that is there, or is as sought. */
function findArrived(
  { completions, signals, namedSignals }: Future,
  notifications: ReadonlyMap<NotificationKey, NotificationOutcome>,
  sought?: NotificationOutcome,
): NotificationOutcome | undefined {
  const isSought = (outcome: NotificationOutcome | undefined) =>
    outcome !== undefined && (sought === undefined || outcome === sought);
  for (const id of completions) {
    const outcome = notifications.get(id);
    if (isSought(outcome)) return outcome;
  }
  for (const index of signals) {
    const outcome = notifications.get(-index);
    if (isSought(outcome)) return outcome;
  }
  for (const name of namedSignals) {
    const outcome = notifications.get(name);
    if (isSought(outcome)) return outcome;
  }
  return undefined;
}

/** True if a notification of the node itself is not there. */
function isOneMissing(
  { completions, signals, namedSignals }: Future,
  notifications: ReadonlyMap<NotificationKey, NotificationOutcome>,
): boolean {
  // From the end: of thousands that all have to come, the last is mostly missing.
  for (let i = completions.length - 1; i >= 0; i--) {
    if (!notifications.has(completions[i] as number)) return true;
  }
  return (
    signals.some((index) => !notifications.has(-index)) ||
    namedSignals.some((name) => !notifications.has(name))
  );
}
