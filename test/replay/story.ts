/**
 * A life of one partition in which everything happens that can be in a log: every command, every
 * attempt event, every entry, every message between partitions. It ends with something in every
 * table. No clock and no randomness: the same build writes the same records each time.
 */
import fc from "fast-check";
import { effectsOf, PARTITION_ID, type TestPartition } from "#fixtures/partition";
import {
  anyOf,
  bytes,
  callOf,
  command,
  END,
  invoke,
  isLocalId,
  KEPT,
  local,
  NOT_KEPT,
  OTHER_DEPLOYMENT,
  objectTarget,
  output,
  PIN,
  remote,
  requestId,
  run,
  runResult,
  suspend,
  target,
  workflowTarget,
} from "#fixtures/partition-commands";
import { actionsArbitrary, Scenario } from "#fixtures/partition-scenario";
import type { AttemptEvent, Failure, InvocationId, NotificationResult } from "#model";
import { COMMAND_TYPES, NOTIFICATION_TYPES } from "#model";
import { type OutboxMessage, receiverOf } from "#state-machine";

/** Partition that messages come from. */
const OTHER_PARTITION = 8;
const SOON_MS = 50;
const LATER_MS = 86_400_000;
/** More than one record takes on. */
const MANY_SINKS = 66;
const MANY_ENTRIES = 260;
const MANY_PATCHES = 66;
const MANY_WAITERS = 132;
/** Seeds of the random actions after the written ones. */
const RANDOM_SEEDS = [11, 12, 13];

const FAILURE: Failure = {
  code: 500,
  message: "it broke",
  metadata: [["team", "billing"]],
  stacktrace: "at line 1",
};
const RICH_FAILURE = {
  failure: FAILURE,
  documentedCode: "RT0007",
  relatedCommandIndex: 1,
  relatedCommandName: "charge",
  relatedCommandType: "Run",
};
const SUCCESS = { kind: "success", value: bytes("done") } as const;

/** Plays all chapters. Records are in `partition.records` afterwards. */
export async function liveStory(partition: TestPartition): Promise<void> {
  const chapters = [
    services,
    failures,
    objects,
    timers,
    workflows,
    calls,
    deliveries,
    signals,
    operators,
    restarts,
    retention,
    limits,
    pages,
    atRandom,
    whatStaysOpen,
  ];
  for (const chapter of chapters) {
    await chapter(partition);
    partition.nowMs += 100;
  }
}

async function services(partition: TestPartition): Promise<void> {
  const id = local("plain");
  const traceParent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const rest = { idempotencyKey: "order-1", traceParent };
  await partition.apply(invoke(id, rest, requestId(1)));
  await partition.apply(invoke(id, { ...rest, mode: "send" }, requestId(2)));
  await partition.attempt(id, PIN, run(1), RUN_RESULT);
  const { getEagerState, getEagerStateKeys, completeAwakeable } = COMMAND_TYPES;
  const recorded = [getEagerState, getEagerStateKeys, completeAwakeable].map(recordOnly);
  await partition.attempt(id, ...recorded, output("first"), END);
  await partition.apply(invoke(id, rest, requestId(3)));
  await partition.apply(invoke(local("gone"), { retention: NOT_KEPT, mode: "send" }));
  await partition.attempt(local("gone"), PIN, output(""), END);
  const invokedBy = { kind: "subscription", subscriptionId: "sub_1" } as const;
  await partition.apply(invoke(local("subscribed"), { invokedBy, mode: "send" }));
  await partition.attempt(local("subscribed"), PIN, output(), END);
}

const RUN_RESULT = { ...runResult(1), ackOnly: true } as AttemptEvent;

/** A command that only extends the journal. */
function recordOnly(type: number): AttemptEvent {
  const asked = { kind: "record-only" } as const;
  return { kind: "command", type, body: bytes("body"), requiresAck: true, command: asked };
}

async function failures(partition: TestPartition): Promise<void> {
  const [failed, broken, paused] = [local("failed"), local("broken"), local("paused")];
  for (const id of [failed, broken, paused]) await partition.apply(invoke(id, {}, requestId(4)));
  const result = { kind: "failure", failure: FAILURE } as const;
  const failedRun = { kind: "run-completion", completionId: 1, result, ackOnly: false } as const;
  await partition.attempt(failed, PIN, run(1), failedRun);
  await partition.attempt(failed, command({ kind: "output", result }), END);
  await partition.attempt(broken, PIN, { kind: "fail-attempt", cause: RICH_FAILURE });
  await partition.attempt(broken, { kind: "fail-attempt", cause: RICH_FAILURE });
  await partition.attempt(broken, { kind: "fail", failure: FAILURE });
  await partition.attempt(paused, PIN, { kind: "pause", cause: RICH_FAILURE });
  // An attempt that was superseded reports too late.
  const late = { kind: "attempt-event", invocationId: paused, token: 1, events: [END] } as const;
  await partition.apply(late);
}

async function objects(partition: TestPartition): Promise<void> {
  const [first, second, third] = [local("object-1"), local("object-2"), local("object-3")];
  const of = { target: objectTarget("cart") };
  for (const id of [first, second, third]) await partition.apply(invoke(id, of, requestId(5)));
  await patch(partition, "cart");
  await partition.attempt(
    first,
    PIN,
    command({ kind: "set-state", key: "a", value: bytes("1") }, true),
    command({ kind: "set-state", key: "b", value: bytes("2") }),
    command({ kind: "get-lazy-state", key: "a", completionId: 1 }),
    command({ kind: "get-lazy-state", key: "none", completionId: 2 }),
    command({ kind: "get-lazy-state-keys", completionId: 3 }),
    command({ kind: "clear-state", key: "a" }),
  );
  await partition.attempt(first, output(), END);
  await partition.attempt(second, PIN, command({ kind: "clear-all-state" }), output(), END);
  await partition.attempt(third, PIN, command({ kind: "set-state", key: "c", value: bytes("3") }));
  await partition.apply(invoke(local("object-4"), { target: objectTarget("cart", "shared") }));
  await partition.attempt(third, output(), END);
  await patch(partition, "unused");
  const expectedVersion = "0000";
  await patch(partition, "unused", expectedVersion);
}

async function patch(partition: TestPartition, key: string, expectedVersion?: string) {
  const mutation = {
    serviceType: "virtual-object",
    service: "Object",
    key,
    scope: undefined,
    expectedVersion,
    state: [["patched", bytes("by an operator")]],
  } as const;
  await partition.apply({ kind: "patch-state", mutation, requestId: requestId(6) });
}

async function timers(partition: TestPartition): Promise<void> {
  const [sleeper, delayed, dropped] = [local("sleeper"), local("delayed"), local("dropped")];
  const wakeUpTimeMs = partition.nowMs + SOON_MS;
  const send = { executionTimeMs: wakeUpTimeMs, mode: "send" } as const;
  await partition.apply(invoke(sleeper));
  await partition.apply(invoke(delayed, send, requestId(7)));
  await partition.apply(invoke(dropped, send));
  await partition.apply({ kind: "cancel-invocation", invocationId: dropped, requestId: undefined });
  await partition.attempt(sleeper, PIN, command({ kind: "sleep", wakeUpTimeMs, completionId: 1 }));
  const nested = [{ ...anyOf([1], [1]), combinator: "all-completed" } as const];
  const future = { ...anyOf([], [1], ["wake"]), nested };
  await partition.attempt(sleeper, { kind: "suspend", future, recordEvent: true });
  partition.nowMs = wakeUpTimeMs;
  const start = { kind: "start", timeMs: wakeUpTimeMs } as const;
  const incarnation = await partition.incarnation(sleeper);
  const sleep = {
    kind: "sleep",
    timeMs: wakeUpTimeMs,
    invocationId: sleeper,
    completionId: 1,
    incarnation,
  } as const;
  const due = [sleep, { ...start, invocationId: delayed }, { ...start, invocationId: dropped }];
  await partition.apply({ kind: "fire-timers", timers: due });
  await partition.attempt(sleeper, output(), END);
  await partition.attempt(delayed, PIN, output(), END);
}

async function workflows(partition: TestPartition): Promise<void> {
  const [flow, helper, again] = [local("flow"), local("helper"), local("flow-again")];
  await partition.apply(invoke(flow, { target: workflowTarget() }, requestId(8)));
  await partition.apply(invoke(again, { target: workflowTarget() }, requestId(9)));
  await partition.apply(invoke(helper, { target: workflowTarget("k", "shared") }));
  await partition.attempt(
    flow,
    PIN,
    command({ kind: "set-state", key: "step", value: bytes("waiting") }),
    command({ kind: "get-promise", key: "approved", completionId: 1 }),
    command({ kind: "get-promise", key: "never", completionId: 2 }),
    suspend(1),
  );
  const complete = { kind: "complete-promise", key: "approved", result: SUCCESS } as const;
  const refuse = {
    ...complete,
    key: "refused",
    result: { kind: "failure", failure: FAILURE },
  } as const;
  await partition.attempt(
    helper,
    PIN,
    command({ kind: "peek-promise", key: "approved", completionId: 1 }),
    command({ ...complete, completionId: 2 }),
    command({ ...complete, completionId: 3 }),
    command({ ...refuse, completionId: 4 }),
    command({ kind: "peek-promise", key: "refused", completionId: 5 }),
    output(),
    END,
  );
  await partition.attempt(flow, output(), END);
}

async function calls(partition: TestPartition): Promise<void> {
  const caller = local("caller");
  await partition.apply(invoke(caller, { target: objectTarget("caller") }, requestId(10)));
  const call = (name: string, at: number, callee = local(name)) =>
    command({
      kind: "call",
      call: { ...callOf(callee), idempotencyKey: name, headers: [["h", "v"]] },
      invocationIdCompletionId: at,
      completionId: at + 1,
    });
  const send = (callee: typeof caller, at: number, invokeTimeMs: number) =>
    command({
      kind: "one-way-call",
      call: callOf(callee),
      invocationIdCompletionId: at,
      invokeTimeMs,
    });
  await partition.attempt(caller, PIN, call("callee", 1), call("far", 3, remote("far")));
  await partition.attempt(
    caller,
    send(local("sent"), 5, 0),
    send(local("sent-later"), 6, partition.nowMs + LATER_MS),
    send(remote("sent-far"), 7, 0),
    command({ kind: "attach-invocation", targetId: local("callee"), completionId: 8 }),
    command({ kind: "attach-invocation", targetId: remote("other"), completionId: 9 }),
    command({ kind: "attach-invocation", targetId: local("nobody"), completionId: 10 }),
    command({ kind: "get-invocation-output", targetId: local("callee"), completionId: 11 }),
    command({ kind: "get-invocation-output", targetId: local("plain"), completionId: 12 }),
    suspend(2, 4),
  );
  await partition.attempt(local("callee"), PIN, output("from the callee"), END);
  await partition.attempt(local("sent"), PIN, output(), END);
  await partition.attempt(caller, suspend(4, 9));
  await partition.apply({
    kind: "attach-invocation",
    invocationId: caller,
    requestId: requestId(11),
  });
}

async function deliveries(partition: TestPartition): Promise<void> {
  const caller = local("caller");
  const incarnation = await partition.incarnation(caller);
  const complete = (completionId: number, notificationType: number, result: NotificationResult) =>
    ({
      kind: "complete",
      targetId: caller,
      completionId,
      notificationType,
      result,
      incarnation,
    }) as const;
  const invocationId = remote("asker");
  const { call: callType, attachInvocation } = NOTIFICATION_TYPES;
  const sink = {
    kind: "invocation",
    invocationId,
    completionId: 2,
    notificationType: callType,
    incarnation: 1,
  } as const;
  const asked = invoke(local("called-from-far")).request;
  const messages: OutboxMessage[] = [
    complete(4, callType, { kind: "failure", failure: FAILURE }),
    complete(9, attachInvocation, SUCCESS),
    { kind: "invoke", request: asked, sink },
    { kind: "invoke", request: { ...asked, id: local("sent-from-far") }, sink: undefined },
    { kind: "attach", targetId: local("plain"), sink, blocking: true },
    { kind: "attach", targetId: local("sent-from-far"), sink, blocking: false },
    { kind: "signal", targetId: local("called-from-far"), signal: "go", result: { kind: "void" } },
    { kind: "kill", targetId: local("sent-from-far") },
  ];
  const items = messages.map((message, i) => ({ sequence: i + 1, message }));
  await partition.apply({ kind: "deliver", producer: OTHER_PARTITION, items });
  // What was delivered is sent again by the next leader of the sender.
  partition.epoch++;
  await partition.apply({ kind: "deliver", producer: OTHER_PARTITION, items: items.slice(-2) });
  await partition.apply({ kind: "truncate-outbox", upTo: 1 });
  await partition.attempt(local("called-from-far"), PIN, output(), END);
  await partition.attempt(caller, output(), END);
}

async function signals(partition: TestPartition): Promise<void> {
  const [waiter, sender, doomed] = [local("waiter"), local("sender"), local("doomed")];
  for (const id of [waiter, sender, doomed]) await partition.apply(invoke(id));
  await partition.attempt(waiter, PIN, {
    kind: "suspend",
    future: anyOf([], [1, 17]),
    recordEvent: false,
  });
  const append = { kind: "append-signal", invocationId: waiter } as const;
  const failure = { kind: "failure", failure: FAILURE } as const;
  await partition.apply({ ...append, signal: "name", result: SUCCESS, requestId: undefined });
  const once = { signal: 17, result: failure, deduplicationId: "client-1" } as const;
  await partition.apply({ ...append, ...once, requestId: requestId(12) });
  await partition.apply({ ...append, ...once, requestId: requestId(13) });
  await partition.apply({ kind: "check-digest" });
  const send = { kind: "send-signal", result: { kind: "void" } } as const;
  await partition.attempt(
    sender,
    PIN,
    command({ ...send, targetId: waiter, signal: 18 }),
    command({ ...send, targetId: remote("far"), signal: "name" }),
    command({ ...send, targetId: doomed, signal: 1 }),
    output(),
    END,
  );
  await partition.attempt(doomed, PIN, { kind: "fail", failure: FAILURE });
  await partition.attempt(waiter, output(), END);
}

async function operators(partition: TestPartition): Promise<void> {
  const [parent, child, held] = [local("parent"), local("child"), local("held")];
  await partition.apply(invoke(parent));
  const both = { invocationIdCompletionId: 1, completionId: 2 };
  const far = { invocationIdCompletionId: 3, completionId: 4 };
  await partition.attempt(
    parent,
    PIN,
    command({ kind: "call", call: callOf(child), ...both }),
    command({ kind: "call", call: callOf(remote("child")), ...far }),
    suspend(2, 4),
  );
  await partition.apply({
    kind: "cancel-invocation",
    invocationId: parent,
    requestId: requestId(13),
  });
  await partition.apply({
    kind: "kill-invocation",
    invocationId: parent,
    requestId: requestId(14),
  });
  await partition.apply({
    kind: "kill-invocation",
    invocationId: local("x"),
    requestId: undefined,
  });
  await partition.apply(invoke(held));
  await partition.attempt(held, PIN);
  const operation = { invocationId: held, requestId: requestId(15) } as const;
  const move = {
    deploymentId: OTHER_DEPLOYMENT,
    minProtocolVersion: 5,
    maxProtocolVersion: 7,
  } as const;
  const changes = [
    { kind: "keep" },
    { kind: "move", ...move, lenient: false },
    { kind: "move", ...move, maxProtocolVersion: 5, lenient: false },
    { kind: "unpin" },
    { kind: "move", ...move, lenient: true },
  ] as const;
  for (const pinChange of changes) {
    await partition.apply({ kind: "pause-invocation", ...operation });
    await partition.attempt(held, { kind: "pause", cause: undefined });
    await partition.apply({ kind: "resume-invocation", ...operation, pinChange });
  }
  await partition.attempt(held, output(), END);
}

async function restarts(partition: TestPartition): Promise<void> {
  const id = local("to-restart");
  await partition.apply(invoke(id, { idempotencyKey: "restart" }));
  await partition.attempt(id, PIN, run(1), runResult(1), run(2), runResult(2), output(), END);
  const pinChange = { kind: "keep" } as const;
  const restart = {
    kind: "restart-invocation",
    invocationId: id,
    requestId: requestId(16),
  } as const;
  const [whole, part] = [local("from-input"), local("from-prefix")];
  const rest = { pinChange, retention: KEPT };
  await partition.apply({ ...restart, newInvocationId: whole, from: 0, ...rest });
  await partition.apply({ ...restart, newInvocationId: part, from: 2, ...rest });
  await partition.apply({ ...restart, newInvocationId: local("refused"), from: 99, ...rest });
  await partition.attempt(whole, PIN, output(), END);
  await partition.attempt(part, run(2), runResult(2), output(), END);
}

async function retention(partition: TestPartition): Promise<void> {
  const operation = { invocationId: local("from-input"), requestId: requestId(17) } as const;
  await partition.apply({ kind: "purge-journal", ...operation });
  await partition.apply({ kind: "purge-invocation", ...operation });
  const id = local("short-lived");
  await partition.apply(invoke(id, { retention: { completionMs: 300, journalMs: 100 } }));
  await partition.attempt(id, PIN, output(), END);
  const endMs = partition.nowMs;
  const journal = { invocationId: id, what: "journal", timeMs: endMs + 100 } as const;
  const completion = { invocationId: id, what: "completion", timeMs: endMs + 300 } as const;
  partition.nowMs = journal.timeMs;
  await partition.apply({ kind: "purge-expired", expiries: [journal] });
  partition.nowMs = completion.timeMs;
  await partition.apply({ kind: "purge-expired", expiries: [completion, completion] });
}

async function limits(partition: TestPartition): Promise<void> {
  const rule = (pattern: string, concurrency: number) => ({ pattern, concurrency });
  await partition.apply({ kind: "update-rules", rules: [rule("shop", 1), rule("shop/*", 1)] });
  const scoped = { target: target({ scope: "shop" }) };
  const keyed = { target: { ...objectTarget("limited"), scope: "shop" } };
  const [one, two, three] = [local("limit-1"), local("limit-2"), local("limit-3")];
  await partition.apply(invoke(one, { ...scoped, limitKey: "a" }));
  await partition.apply(invoke(two, { ...scoped, limitKey: "a/b" }));
  await partition.apply(invoke(three, keyed));
  await partition.attempt(one, PIN, run(1));
  await partition.attempt(one, output(), END);
  await partition.apply({ kind: "update-rules", rules: [rule("*", 3)] });
  for (const id of [two, three]) await partition.attempt(id, PIN, output(), END);
}

/** Work that is too much for one record goes on in messages of a partition to itself. */
async function pages(partition: TestPartition): Promise<void> {
  const first = partition.records.length;
  const [popular, large, busy] = [local("popular"), local("large"), local("busy")];
  await partition.apply(invoke(popular));
  await attachMany(partition, popular);
  await partition.attempt(popular, PIN, output(), END);
  await partition.apply(invoke(large));
  const steps = Array.from({ length: MANY_ENTRIES }, (_, i) => run(i + 1));
  await partition.attempt(large, PIN, ...steps);
  await partition.apply({ kind: "kill-invocation", invocationId: large, requestId: undefined });
  await partition.apply(invoke(busy, { target: objectTarget("busy") }));
  for (let i = 0; i < MANY_PATCHES; i++) await patch(partition, "busy");
  await partition.attempt(busy, PIN, output(), END);
  const rule = { pattern: "crowd", concurrency: 1 };
  await partition.apply({ kind: "update-rules", rules: [rule] });
  const scoped = { target: target({ scope: "crowd" }), retention: NOT_KEPT, mode: "send" } as const;
  for (let i = 0; i < MANY_WAITERS; i++) await partition.apply(invoke(local(`w${i}`), scoped));
  await partition.apply({ kind: "update-rules", rules: [] });
  await deliverOwn(partition, first);
  for (let i = 0; i < MANY_WAITERS; i++)
    await partition.attempt(local(`w${i}`), PIN, output(), END);
}

/** Brings a partition its messages to itself, and those that they cause, as its leader does. */
async function deliverOwn(partition: TestPartition, from: number): Promise<void> {
  for (let i = from; i < partition.records.length; i++) {
    const effects = effectsOf(partition.records[i]?.effects ?? [], "enqueue-outbox");
    const items = effects.filter(({ message }) => isLocalId(receiverOf(message)));
    if (items.length === 0) continue;
    await partition.apply({ kind: "deliver", producer: PARTITION_ID, items });
  }
}

async function attachMany(partition: TestPartition, invocationId: InvocationId): Promise<void> {
  for (let i = 0; i < MANY_SINKS; i++) {
    const asker = requestId(i, partition.epoch);
    await partition.apply({ kind: "attach-invocation", invocationId, requestId: asker });
  }
}

/** What nobody thought of. */
async function atRandom(partition: TestPartition): Promise<void> {
  const scenario = new Scenario(partition);
  for (const seed of RANDOM_SEEDS) {
    const [actions = []] = fc.sample(actionsArbitrary, { seed, numRuns: 1 });
    for (const action of actions) await scenario.play(action);
  }
}

/** Leaves something behind in every table, in every status. */
async function whatStaysOpen(partition: TestPartition): Promise<void> {
  const rules = [{ pattern: "open", concurrency: 1 }];
  await partition.apply({ kind: "update-rules", rules });
  const scoped = { target: target({ scope: "open" }), limitKey: "team" };
  const [running, waiting] = [local("open-running"), local("open-waiting")];
  for (const id of [running, waiting]) await partition.apply(invoke(id, scoped, requestId(18)));
  const [owner, queued] = [local("open-owner"), local("open-queued")];
  const keyed = { target: objectTarget("open") };
  for (const id of [owner, queued]) await partition.apply(invoke(id, keyed, requestId(19)));
  await patch(partition, "open");
  const wakeUpTimeMs = partition.nowMs + LATER_MS;
  await partition.attempt(
    owner,
    PIN,
    command({ kind: "set-state", key: "open", value: bytes("yes") }),
    command({ kind: "sleep", wakeUpTimeMs, completionId: 1 }),
    command({
      kind: "call",
      call: callOf(remote("open")),
      invocationIdCompletionId: 2,
      completionId: 3,
    }),
    { kind: "fail-attempt", cause: RICH_FAILURE },
    suspend(1, 3),
  );
  const [flow, stopped] = [local("open-flow"), local("open-stopped")];
  await partition.apply(invoke(flow, { target: workflowTarget("open") }));
  const promise = { kind: "get-promise", key: "open", completionId: 1 } as const;
  await partition.attempt(flow, PIN, command(promise), suspend(1));
  await partition.apply(invoke(stopped));
  await partition.attempt(stopped, PIN);
  await partition.attempt(stopped, { kind: "pause", cause: RICH_FAILURE });
  await partition.apply(invoke(local("open-scheduled"), { executionTimeMs: wakeUpTimeMs }));
  await attachMany(partition, stopped);
}
