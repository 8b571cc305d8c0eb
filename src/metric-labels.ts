/** Names under which the original's dashboards look for what the state machine does. */
import { entryTypeName } from "#model";
import type { Command, Effect } from "#state-machine";

/** Group of the metadata; partition p is group p + 1. */
export const METADATA_GROUP = 0;

const COMMANDS: Partial<Record<Command["kind"], string>> = {
  invoke: "Invoke",
  "attempt-event": "InvokerEffect",
  "fire-timers": "Timer",
  deliver: "InvocationResponse",
  "append-signal": "NotifySignal",
  "cancel-invocation": "TerminateInvocation",
  "kill-invocation": "TerminateInvocation",
  "restart-invocation": "RestartAsNewInvocation",
};

const ACTIONS: Record<Effect["kind"], string> = {
  invoke: "Invoke",
  notify: "ForwardNotification",
  "acknowledge-command": "AckStoredCommand",
  "acknowledge-run": "AckStoredRun",
  "attempt-failure-recorded": "ScheduleRetry",
  abort: "AbortInvocation",
  "retry-now": "RetryNow",
  reply: "IngressResponse",
  "set-timer": "RegisterTimer",
  "enqueue-outbox": "NewOutboxMessage",
};

/** Label of a command; our own kinds keep their name, in the original's spelling. */
export function commandLabel(kind: string): string {
  return COMMANDS[kind as Command["kind"]] ?? pascalCase(kind);
}

/** Label of an effect that a leader has carried out. */
export function actionLabel(kind: string): string {
  return ACTIONS[kind as Effect["kind"]] ?? pascalCase(kind);
}

function pascalCase(kind: string): string {
  return kind
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** `Command/Run` or `Completion/Run`, as the original labels journal entries. */
export function entryLabel(type: number): string {
  const name = entryTypeName(type);
  if (name === "Notification: Signal") return "Signal";
  return name.replace("Notification: ", "Completion/").replace("Command: ", "Command/");
}

/** Partition of a group, as metrics name it. */
export function groupLabel(group: number): string {
  return group === METADATA_GROUP ? "metadata" : `${group - 1}`;
}
