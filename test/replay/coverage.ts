/** What a recorded log and store must show. Another kind in a union does not compile here. */
import type { TestPartition } from "#fixtures/partition";
import type {
  AttemptEvent,
  InvocationStatus,
  InvokedBy,
  JournalCommand,
  NotificationResult,
} from "#model";
import { COMMAND_TYPES, NOTIFICATION_TYPES } from "#model";
import type { Command, OutboxMessage, PinChange, Timer } from "#state-machine";
import { TABLES } from "../../src/partition-store/keys.ts";

type Every<Kind extends string> = Readonly<Record<Kind, true>>;

const COMMANDS: Every<Command["kind"]> = {
  invoke: true,
  "attempt-event": true,
  "fire-timers": true,
  deliver: true,
  "truncate-outbox": true,
  "attach-invocation": true,
  "append-signal": true,
  "cancel-invocation": true,
  "kill-invocation": true,
  "pause-invocation": true,
  "resume-invocation": true,
  "restart-invocation": true,
  "purge-invocation": true,
  "purge-journal": true,
  "purge-expired": true,
  "patch-state": true,
  "update-rules": true,
  "check-digest": true,
};
const EVENTS: Every<AttemptEvent["kind"]> = {
  pin: true,
  command: true,
  "run-completion": true,
  suspend: true,
  end: true,
  "fail-attempt": true,
  pause: true,
  fail: true,
};
const ENTRIES: Every<JournalCommand["kind"]> = {
  "record-only": true,
  output: true,
  "get-lazy-state": true,
  "get-lazy-state-keys": true,
  "set-state": true,
  "clear-state": true,
  "clear-all-state": true,
  "get-promise": true,
  "peek-promise": true,
  "complete-promise": true,
  sleep: true,
  call: true,
  "one-way-call": true,
  "send-signal": true,
  "attach-invocation": true,
  "get-invocation-output": true,
};
const MESSAGES: Every<OutboxMessage["kind"]> = {
  invoke: true,
  complete: true,
  signal: true,
  kill: true,
  attach: true,
  "answer-page": true,
  "continue-kill": true,
  "release-lock": true,
  "start-waiters": true,
};
const PIN_CHANGES: Every<PinChange["kind"]> = { keep: true, unpin: true, move: true };
const TIMERS: Every<Timer["kind"]> = { sleep: true, start: true };
const STATUSES: Every<InvocationStatus["kind"]> = {
  scheduled: true,
  inboxed: true,
  invoked: true,
  suspended: true,
  paused: true,
  completed: true,
};
const INVOKED_BY: Every<InvokedBy["kind"]> = {
  ingress: true,
  service: true,
  subscription: true,
  "restart-as-new": true,
};
/** In outbox and deliveries; the others are in journals, by type. */
const RESULTS: Every<NotificationResult["kind"]> = {
  void: true,
  success: true,
  failure: true,
  "invocation-id": true,
  "state-keys": true,
};
/** Results that never leave an invocation. */
const INNER_RESULTS: ReadonlySet<string> = new Set(["invocation-id", "state-keys"]);

/** What the records, effects and rows of a partition do not show; flushes. */
export async function findMissing(partition: TestPartition): Promise<string[]> {
  const seen = new Set<string>();
  const see = (category: string, name: string | number) => seen.add(`${category} ${name}`);
  for (const { record, effects } of partition.records) {
    seeCommand(record.command, see);
    for (const effect of effects) {
      if (effect.kind === "enqueue-outbox") seeMessage(effect.message, see);
    }
  }
  await seeTables(partition, see);
  return requirements().filter((required) => !seen.has(required));
}

function requirements(): string[] {
  const every = (category: string, names: object) =>
    Object.keys(names).map((name) => `${category} ${name}`);
  const outerResults = Object.keys(RESULTS).filter((kind) => !INNER_RESULTS.has(kind));
  return [
    ...every("command", COMMANDS),
    ...every("event", EVENTS),
    ...every("entry", ENTRIES),
    ...every("message", MESSAGES),
    ...every("pin change", PIN_CHANGES),
    ...every("timer", TIMERS),
    ...every("status", STATUSES),
    ...every("invoked by", INVOKED_BY),
    ...outerResults.map((kind) => `result ${kind}`),
    ...every("journal", COMMAND_TYPES),
    ...every("journal +", NOTIFICATION_TYPES),
    ...every("table", TABLES),
  ];
}

type See = (category: string, name: string) => void;

function seeCommand(command: Command, see: See): void {
  see("command", command.kind);
  switch (command.kind) {
    case "attempt-event":
      for (const event of command.events) {
        see("event", event.kind);
        if (event.kind === "command") see("entry", event.command.kind);
      }
      return;
    case "fire-timers":
      for (const timer of command.timers) see("timer", timer.kind);
      return;
    case "deliver":
      for (const { message } of command.items) seeMessage(message, see);
      return;
    case "resume-invocation":
    case "restart-invocation":
      see("pin change", command.pinChange.kind);
      return;
    default:
  }
}

function seeMessage(message: OutboxMessage, see: See): void {
  see("message", message.kind);
  if (message.kind === "complete") see("result", message.result.kind);
}

async function seeTables(partition: TestPartition, see: See): Promise<void> {
  const tables = await partition.tables();
  for await (const [, status] of tables.invocations()) {
    see("status", status.kind);
    see("invoked by", status.metadata.invokedBy.kind);
  }
  const typeNames = new Map<number, [category: string, name: string]>();
  for (const [name, type] of Object.entries(COMMAND_TYPES)) typeNames.set(type, ["journal", name]);
  for (const [name, type] of Object.entries(NOTIFICATION_TYPES)) {
    typeNames.set(type, ["journal +", name]);
  }
  for await (const [, , { type }] of tables.journal()) see(...(typeNames.get(type) ?? ["", ""]));
  const tableNames = new Map<number, string>(
    Object.entries(TABLES).map(([name, number]) => [number, name]),
  );
  const range = { start: new Uint8Array(0), end: new Uint8Array(0) };
  for await (const { key } of partition.engine.iterate(range)) {
    see("table", tableNames.get(key[2] as number) ?? "");
  }
}
