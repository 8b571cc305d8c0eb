import { formatTarget, partitionKeyOf } from "#model";
import type { InvocationRow } from "#partition";
import { formatAttemptFailure, formatFailure } from "./failure-text.ts";
import { formatFuture } from "./future-json.ts";
import { type Cell, type Column, type ColumnType, column, type TableFacts } from "./table.ts";

const SERVICE_TYPES = {
  service: "service",
  "virtual-object": "virtual_object",
  workflow: "workflow",
} as const;
const INVOKED_BY = {
  ingress: "ingress",
  service: "service",
  subscription: "subscription",
  "restart-as-new": "restart_as_new",
} as const;
const STORED_STATUSES = {
  pending: "inboxed",
  scheduled: "scheduled",
  ready: "invoked",
  running: "invoked",
  "backing-off": "invoked",
  suspended: "suspended",
  paused: "paused",
  completed: "completed",
} as const;

type Definition = readonly [
  type: ColumnType,
  value: (row: InvocationRow, facts: TableFacts) => Cell,
];

/** Columns of what is known of an invocation, by name. */
const DEFINITIONS: Readonly<Record<string, Definition>> = {
  partition_key: ["uint64", (row) => partitionKeyOf(row.id)],
  id: ["text", (row) => row.id],
  // There are no virtual queues yet.
  vqueue_id: ["text", () => undefined],
  target: ["text", (row) => formatTarget(row.target)],
  target_service_name: ["text", (row) => row.target.service],
  target_service_key: ["text", (row) => row.target.key],
  target_handler_name: ["text", (row) => row.target.handler],
  target_service_ty: ["text", (row) => SERVICE_TYPES[row.target.serviceType]],
  scope: ["text", (row) => row.target.scope],
  limit_key: ["text", (row) => row.limitKey],
  idempotency_key: ["text", (row) => row.idempotencyKey],
  invoked_by: ["text", (row) => INVOKED_BY[row.invokedBy.kind]],
  invoked_by_service_name: ["text", (row) => callerOf(row)?.target.service],
  invoked_by_id: ["text", (row) => callerOf(row)?.invocationId],
  invoked_by_subscription_id: [
    "text",
    ({ invokedBy }) => (invokedBy.kind === "subscription" ? invokedBy.subscriptionId : undefined),
  ],
  invoked_by_target: [
    "text",
    (row) => {
      const caller = callerOf(row);
      return caller === undefined ? undefined : formatTarget(caller.target);
    },
  ],
  restarted_from: ["text", (row) => row.restartedFrom],
  pinned_deployment_id: ["text", (row) => row.pinnedDeploymentId],
  pinned_service_protocol_version: ["uint32", (row) => row.pinnedProtocolVersion],
  trace_id: ["text", (row) => row.traceParent?.split("-")[1]],
  journal_size: ["uint32", (row) => (hasStarted(row) ? row.journalSize : undefined)],
  journal_commands_size: [
    "uint32",
    (row) => (hasStarted(row) ? row.journalCommandsSize : undefined),
  ],
  created_at: ["timestamp", (row) => row.createdAtMs],
  created_using_restate_version: ["text", (_row, facts) => facts.serverVersion],
  modified_at: ["timestamp", (row) => row.modifiedAtMs],
  inboxed_at: ["timestamp", (row) => row.inboxedAtMs],
  scheduled_at: ["timestamp", (row) => row.scheduledAtMs],
  scheduled_start_at: ["timestamp", (row) => row.scheduledStartAtMs],
  running_at: ["timestamp", (row) => row.runningAtMs],
  completed_at: ["timestamp", (row) => row.completedAtMs],
  completion_retention: ["duration", (row) => row.completionRetentionMs],
  journal_retention: ["duration", (row) => row.journalRetentionMs],
  // Of the outermost future only, as in the original; the column below has the whole tree.
  suspended_waiting_for_completions: [
    "uint32-list",
    (row) => ifSuspended(row, ({ completions }) => completions),
  ],
  suspended_waiting_for_signals: [
    "uint32-list",
    (row) => ifSuspended(row, ({ signals }) => signals),
  ],
  suspended_waiting_future_json: ["text", (row) => ifSuspended(row, formatFuture)],
  in_flight: ["boolean", (row) => row.attempt?.phase === "running"],
  retry_count: ["uint64", (row) => row.attempt?.retryCount],
  last_start_at: ["timestamp", (row) => row.attempt?.lastStartAtMs],
  next_retry_at: ["timestamp", (row) => row.attempt?.nextRetryAtMs],
  last_attempt_deployment_id: ["text", (row) => row.attempt?.lastAttemptDeploymentId],
  last_attempt_server: ["text", (row) => row.attempt?.lastAttemptServer],
  last_failure: ["text", (row) => withFailure(row, formatAttemptFailure)],
  last_failure_error_code: ["text", (row) => row.attempt?.lastFailure?.documentedCode],
  // Filled by protocol versions that are not spoken any more.
  last_failure_related_entry_index: ["uint64", () => undefined],
  last_failure_related_entry_name: ["text", () => undefined],
  last_failure_related_entry_type: ["text", () => undefined],
  last_failure_related_command_index: [
    "uint64",
    (row) => row.attempt?.lastFailure?.relatedCommandIndex,
  ],
  last_failure_related_command_name: [
    "text",
    (row) => row.attempt?.lastFailure?.relatedCommandName,
  ],
  last_failure_related_command_type: [
    "text",
    (row) => row.attempt?.lastFailure?.relatedCommandType,
  ],
  last_awaiting_on_future_json: [
    "text",
    ({ attempt }) =>
      attempt?.lastAwaitingOn === undefined ? undefined : formatFuture(attempt.lastAwaitingOn),
  ],
  status: ["text", (row) => row.status],
  stored_status: ["text", (row) => STORED_STATUSES[row.status]],
  completion_result: ["text", (row) => row.completionResult],
  completion_failure: [
    "text",
    ({ completionFailure }) =>
      completionFailure === undefined ? undefined : formatFailure(completionFailure),
  ],
};

/**
 * Picks columns by name, in the order of a table.
 *
 * @param names separated by spaces; `status=stored_status` renames
 */
export function invocationColumns(names: string): readonly Column<InvocationRow>[] {
  return names
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [name = "", source = name] = entry.split("=");
      const definition = DEFINITIONS[source];
      if (definition === undefined) throw new Error(`There is no column "${source}"`);
      return column(name, ...definition);
    });
}

function callerOf({
  invokedBy,
}: InvocationRow): Extract<InvocationRow["invokedBy"], { readonly kind: "service" }> | undefined {
  return invokedBy.kind === "service" ? invokedBy : undefined;
}

function hasStarted(row: InvocationRow): boolean {
  return row.runningAtMs !== undefined || row.journalSize > 0;
}

function ifSuspended<T>(
  row: InvocationRow,
  print: (future: NonNullable<InvocationRow["awaiting"]>) => T,
): T | undefined {
  return row.status === "suspended" && row.awaiting !== undefined ? print(row.awaiting) : undefined;
}

function withFailure(
  { attempt }: InvocationRow,
  print: (failure: NonNullable<NonNullable<InvocationRow["attempt"]>["lastFailure"]>) => string,
): string | undefined {
  return attempt?.lastFailure === undefined ? undefined : print(attempt.lastFailure);
}
