/** Scopes, limit keys and concurrency rules (invocation-semantics.md 20, ingress-http.md 10). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { JsonObject, SendOptions } from "../support/http.ts";
import { manifest, object, service } from "../support/mock.ts";
import { gates, recorder, staysPending, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const flowControlChecks = list.checks;

/** Sets one rule; `concurrency` undefined means unlimited. */
function setRule(
  context: CheckContext,
  pattern: string,
  concurrency: number | undefined,
  more: JsonObject = {},
) {
  const limits = concurrency === undefined ? {} : { concurrency };
  return context.server.admin.send("PUT", "/limits/rules", {
    json: [{ pattern, limits, ...more }],
  });
}

function dropRule(context: CheckContext, pattern: string) {
  return context.server.admin.post("/limits/rules/bulk-delete", { json: [{ pattern }] });
}

/** Starts `Basic/hold` in a scope; it ends when the gate `subject` opens. */
async function holdIn(
  context: CheckContext,
  scope: string,
  subject: string,
  limitKey?: string,
): Promise<string> {
  const options: SendOptions =
    limitKey === undefined ? {} : { headers: { "x-restate-limit-key": limitKey } };
  const path = `/restate/scope/${scope}/send/Basic/hold`;
  const answer = await context.server.call(path, { subject }, options);
  return String(answer.expect(202).object()["invocationId"]);
}

list.add("FC-0 20.1", "scoped and unscoped 1.7 paths call and send", async (context) => {
  const scope = context.unique("s");
  const key = context.unique();

  const paths = ["/restate/call/Basic/echo", `/restate/scope/${scope}/call/Basic/echo`];
  for (const path of paths) {
    equal((await context.server.call(path, "v")).expect(200).json(), "v");
  }
  equal((await context.server.call(`/restate/call/Store/${key}/add`, 2)).expect(200).json(), 2);
  for (const path of ["/restate/send/Basic/echo", `/restate/scope/${scope}/send/Basic/echo`]) {
    const answer = (await context.server.call(path, "v")).expect(202).object();
    equal(answer["status"], "Accepted");
    equal((await context.server.attach(String(answer["invocationId"]))).expect(200).json(), "v");
  }
});

list.add("FC-0a 20.1", "bad scopes and limit keys are refused", async (context) => {
  const messageOf = async (path: string, limitKey?: string) => {
    const options = limitKey === undefined ? {} : { headers: { "x-restate-limit-key": limitKey } };
    const answer = await context.server.call(path, 1, options);
    equal(answer.status, 400, path);
    equal(answer.object()["source"], "ingress");
    return answer.message;
  };
  const scoped = `/restate/scope/${context.unique("s")}/call/Basic/echo`;

  equal(await messageOf("Basic/echo", "a"), "limit-key requires a scope to be set");
  equal(
    await messageOf(scoped, "a/b/c"),
    "invalid limit-key: too many path components in the given limit-key (max 2)",
  );
  match(await messageOf(scoped, "a b"), /^invalid limit-key: invalid limit-key component: value/);
  equal(
    await messageOf("/restate/scope/a$b/call/Basic/echo"),
    "bad scope value: value contains characters outside the allowed set [a-zA-Z0-9_.-]",
  );
  match(
    await messageOf(`/restate/scope/${"a".repeat(65)}/call/Basic/echo`),
    /^bad scope value: value too long: 65 bytes \(max 36\)$/,
  );
});

list.add("FC-1 20.1", "a scope separates state, locks and idempotency keys", async (context) => {
  const [first, second] = [context.unique("s"), context.unique("s")];
  const key = context.unique();
  const headers = { "idempotency-key": key };
  const add = (prefix: string) => context.server.call(`${prefix}/Store/${key}/add`, 1, { headers });
  const prefixes = [
    "/restate/call",
    `/restate/scope/${first}/call`,
    `/restate/scope/${second}/call`,
  ];
  const ids = new Set<string>();
  for (const prefix of prefixes) {
    const answer = (await add(prefix)).expect(200);
    equal(answer.json(), 1);
    ids.add(answer.id);
    const seen = await context.server.call(`${prefix}/Store/${key}/get`, "count");
    equal(seen.expect(200).json(), 1);
  }
  equal(ids.size, 3);

  const holding = context.server.call(`/restate/scope/${first}/call/Store/${key}/hold`, {
    subject: key,
  });
  await recorder.seen(key, "start");
  equal((await context.server.call(`Store/${key}/add`, 1)).expect(200).json(), 2);
  gates.open(key);
  (await holding).expect(200);
});

list.add("FC-2 20.1", "the limit key is no part of the identity", async (context) => {
  const path = `/restate/scope/${context.unique("s")}/call/Basic/echo`;
  const idempotency = { "idempotency-key": "k" };
  const call = (input: string, limitKey: string) =>
    context.server.call(path, input, {
      headers: { ...idempotency, "x-restate-limit-key": limitKey },
    });

  const first = (await call("first", "a")).expect(200);
  const second = (await call("second", "b/c")).expect(200);

  deepEqual([second.json(), second.id], ["first", first.id]);
});

list.add("FC-3 20.1", "all invocations of a scope share a partition key", async (context) => {
  const scope = context.unique("s");
  const idOf = async (target: string) =>
    (await context.server.call(`/restate/scope/${scope}/send/${target}`, 1)).expect(202).id;

  const ids = [
    await idOf("Basic/echo"),
    await idOf(`Store/${context.unique()}/add`),
    await idOf("Suspending/echo"),
  ];

  equal(new Set(ids.map((id) => id.slice(0, 16))).size, 1);
});

list.add("FC-4 20.1", "Start carries scope, limit key and idempotency key", async (context) => {
  const name = context.unique("Scoped");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.finish("1"),
  });
  const scope = context.unique("s");
  const headers = { "x-restate-limit-key": "a/b", "idempotency-key": "k" };

  const path = `/restate/scope/${scope}/call/${name}/h`;
  const { id } = (await context.server.call(path, undefined, { headers })).expect(200);
  const byQuery = `/restate/scope/${scope}/call/${name}/h?limit-key=c`;
  (await context.server.call(byQuery)).expect(200);

  const [first, second] = deployment.attempts.map(({ start }) => start);
  deepEqual(
    [first?.["scope"], first?.["limit_key"], first?.["idempotency_key"]],
    [scope, "a/b", "k"],
  );
  deepEqual([second?.["scope"], second?.["limit_key"]], [scope, "c"]);
  const row = await context.server.waitStatus(id, "completed");
  deepEqual([row["scope"], row["limit_key"]], [scope, "a/b"]);
});

list.add("FC-5 20.1", "children do not inherit the scope, handlers pass it", async (context) => {
  const scope = context.unique("s");
  const identity = { service: "Basic", handler: "identity" };
  const call = async (input: unknown) => {
    const path = `/restate/scope/${scope}/call/Basic/call`;
    return (await context.server.call(path, input)).expect(200).object();
  };

  equal((await call(identity))["scope"], null);
  const passed = await call({ ...identity, scope, limitKey: "l" });

  deepEqual([passed["scope"], passed["limitKey"]], [scope, "l"]);
});

list.add("S48 29", "a workflow key runs once per scope", async (context) => {
  const key = context.unique();
  const [first, second] = [context.unique("s"), context.unique("s")];
  const run = (scope: string) =>
    context.server.call(`/restate/scope/${scope}/call/Flow/${key}/run`, {});

  const a = (await run(first)).expect(200);
  const b = (await run(second)).expect(200);
  (await run(first)).expect(409);

  ok(a.id !== b.id);
  (await context.server.ingress.get(`/restate/workflow/Flow/${key}/output`)).expect(404);
  const json = { target: "workflow", workflowName: "Flow", workflowKey: key, scope: first };
  equal((await context.server.ingress.post("/restate/output", { json })).expect(200).id, a.id);
});

list.add("FC-6 20.2", "a rule of one serialises its scope", async (context) => {
  const scope = context.unique("s");
  (await setRule(context, scope, 1)).expect(200);
  const subjects = [1, 2, 3].map(() => context.unique());
  const ids: string[] = [];
  for (const subject of subjects) ids.push(await holdIn(context, scope, subject));
  await context.server.waitStatus(ids[0] ?? "", "running");

  for (const [index, subject] of subjects.entries()) {
    await recorder.seen(subject, "start");
    for (const later of subjects.slice(index + 1)) deepEqual(recorder.list(later), []);
    gates.open(subject);
    await context.server.waitStatus(ids[index] ?? "", "completed");
  }
  await dropRule(context, scope);
});

list.add("FC-7 20.2", "a literal pattern beats the wildcard", async (context) => {
  const scope = context.unique("s");
  (await setRule(context, `${scope}/*`, 1)).expect(200);
  (await setRule(context, `${scope}/big`, 10)).expect(200);
  const start = async (limitKey: string) => {
    const subject = context.unique();
    return { subject, id: await holdIn(context, scope, subject, limitKey) };
  };

  const big = [await start("big"), await start("big"), await start("big")];
  for (const { subject } of big) await recorder.seen(subject, "start");
  const small = [await start("small"), await start("small")];
  await recorder.seen(small[0]?.subject ?? "", "start");
  await context.server.waitStatus(small[1]?.id ?? "", "pending");

  for (const { subject } of [...big, ...small]) gates.open(subject);
  for (const { id } of [...big, ...small]) await context.server.waitStatus(id, "completed");
  for (const pattern of [`${scope}/*`, `${scope}/big`]) await dropRule(context, pattern);
});

list.add("FC-8 20.2", "a wildcard counts each limit key by itself", async (context) => {
  const scope = context.unique("s");
  (await setRule(context, `${scope}/*`, 1)).expect(200);
  const start = async (limitKey: string) => {
    const subject = context.unique();
    return { subject, id: await holdIn(context, scope, subject, limitKey) };
  };

  const started = [await start("a"), await start("b"), await start("c")];
  for (const { subject } of started) await recorder.seen(subject, "start");
  const waiting = await start("a");
  await context.server.waitStatus(waiting.id, "pending");
  deepEqual(recorder.list(waiting.subject), []);

  for (const { subject } of [...started, waiting]) gates.open(subject);
  await context.server.waitStatus(waiting.id, "completed");
  await dropRule(context, `${scope}/*`);
});

list.add("FC-9 20.2", "what waits for a limit is pending", async (context) => {
  const scope = context.unique("s");
  (await setRule(context, scope, 1)).expect(200);
  const subjects = [context.unique(), context.unique()];
  const first = await holdIn(context, scope, subjects[0] ?? "");
  await recorder.seen(subjects[0] ?? "", "start");
  const second = await holdIn(context, scope, subjects[1] ?? "");

  const row = await context.server.waitStatus(second, "pending");

  deepEqual([row["scope"], "running_at" in row], [scope, false]);
  for (const subject of subjects) gates.open(subject);
  for (const id of [first, second]) await context.server.waitStatus(id, "completed");
  await dropRule(context, scope);
});

list.add("FC-10 20.2", "a suspended invocation gives its slot away", async (context) => {
  const scope = context.unique("s");
  (await setRule(context, scope, 1)).expect(200);
  const path = `/restate/scope/${scope}/send/Suspending/awaitSignal`;
  const id = (await context.server.call(path, { name: "go" })).expect(202).id;
  await context.server.waitStatus(id, "suspended");

  const other = await context.server.call(`/restate/scope/${scope}/call/Basic/echo`, "v");

  equal(other.expect(200).json(), "v");
  equal((await context.server.row(id))?.["status"], "suspended");
  (await context.server.call("Basic/sendSignal", { id, name: "go", payload: 1 })).expect(200);
  deepEqual((await context.server.attach(id)).expect(200).json(), { resolved: 1 });
  await dropRule(context, scope);
});

for (const change of ["raising", "disabling", "deleting"] as const) {
  list.add(`FC-11-${change} 20.2`, `${change} a rule frees the waiting`, async (context) => {
    const scope = context.unique("s");
    (await setRule(context, scope, 1)).expect(200);
    const subjects = [context.unique(), context.unique()];
    await holdIn(context, scope, subjects[0] ?? "");
    await recorder.seen(subjects[0] ?? "", "start");
    const second = await holdIn(context, scope, subjects[1] ?? "");
    await context.server.waitStatus(second, "pending");

    if (change === "raising") (await setRule(context, scope, 5)).expect(200);
    else if (change === "deleting") deepEqual((await dropRule(context, scope)).json(), [scope]);
    else (await setRule(context, scope, 1, { disabled: true })).expect(200);

    await recorder.seen(subjects[1] ?? "", "start");
    for (const subject of subjects) gates.open(subject);
    await context.server.waitStatus(second, "completed");
    await dropRule(context, scope);
  });
}

list.add("FC-11-many 20.2", "a rule that goes frees hundreds of the waiting", async (context) => {
  const scope = context.unique("s");
  (await setRule(context, scope, 1)).expect(200);
  const holder = context.unique();
  await holdIn(context, scope, holder);
  await recorder.seen(holder, "start");
  const path = `/restate/scope/${scope}/send/Basic/echo`;
  const sending = Array.from({ length: 300 }, (_, number) => context.server.call(path, number));
  const ids = (await Promise.all(sending)).map((answer) =>
    String(answer.expect(202).object()["invocationId"]),
  );
  await context.server.waitStatus(ids.at(-1) ?? "", "pending");

  await dropRule(context, scope);

  const answers = await Promise.all(ids.map((id) => context.server.attach(id)));
  deepEqual(
    answers.map((answer) => answer.expect(200).json()),
    ids.map((_, number) => number),
  );
  gates.open(holder);
});

list.add("FC-12 20.2", "what waits for a limit can be cancelled, not paused", async (context) => {
  const scope = context.unique("s");
  (await setRule(context, scope, 1)).expect(200);
  const subject = context.unique();
  await holdIn(context, scope, subject);
  await recorder.seen(subject, "start");
  const [cancelled, killed] = [
    await holdIn(context, scope, context.unique()),
    await holdIn(context, scope, context.unique()),
  ];
  await context.server.waitStatus(killed, "pending");

  equal((await context.server.operate(killed, "pause")).status, 409);
  equal((await context.server.operate(killed, "resume")).status, 425);
  equal((await context.server.operate(killed, "restart-as-new")).status, 425);
  (await context.server.operate(cancelled, "cancel")).expect(200);
  (await context.server.operate(killed, "kill")).expect(200);

  for (const id of [cancelled, killed]) await context.server.waitGone(id);
  gates.open(subject);
  await dropRule(context, scope);
});

list.add("FC-13 20.2", "what has waited longer starts first", async (context) => {
  const scope = context.unique("s");
  (await setRule(context, scope, 1)).expect(200);
  const blocker = context.unique();
  await holdIn(context, scope, blocker);
  await recorder.seen(blocker, "start");
  const subject = context.unique();
  const name = context.unique("Order");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      recorder.record(subject, attempt.input);
      attempt.finish("1");
    },
  });
  const ids: string[] = [];
  for (const index of [0, 1, 2, 3]) {
    const path = `/restate/scope/${scope}/send/${name}/h`;
    ids.push((await context.server.call(path, index)).expect(202).id);
  }

  gates.open(blocker);

  for (const id of ids) await context.server.waitStatus(id, "completed");
  deepEqual(recorder.list(subject), ["0", "1", "2", "3"]);
  await dropRule(context, scope);
});

list.add("FC-15 20.2", "an invocation needs capacity on every level", async (context) => {
  const scope = context.unique("s");
  (await setRule(context, scope, 2)).expect(200);
  (await setRule(context, `${scope}/*/*`, 1)).expect(200);
  const start = async (limitKey: string) => {
    const subject = context.unique();
    return { subject, id: await holdIn(context, scope, subject, limitKey) };
  };
  const first = await start("a/x");
  await recorder.seen(first.subject, "start");
  const sameKey = await start("a/x");
  const other = await start("a/y");
  await recorder.seen(other.subject, "start");
  const third = await start("b/z");

  await context.server.waitStatus(third.id, "pending");
  await context.server.waitStatus(sameKey.id, "pending");

  for (const { subject } of [first, sameKey, other, third]) gates.open(subject);
  for (const { id } of [sameKey, third]) await context.server.waitStatus(id, "completed");
  for (const pattern of [scope, `${scope}/*/*`]) await dropRule(context, pattern);
});

list.add("FC-16 20.2", "rules are versioned and listed in request order", async (context) => {
  const scope = context.unique("s");
  const json = [
    { pattern: `${scope}/b`, limits: { concurrency: 2 }, description: "second" },
    { pattern: scope, limits: {} },
  ];

  const answer = (await context.server.admin.send("PUT", "/limits/rules", { json })).expect(200);

  const [first, second] = answer.json() as JsonObject[];
  deepEqual([first?.["pattern"], first?.["limits"]], [`${scope}/b`, { concurrency: 2 }]);
  deepEqual([first?.["description"], first?.["disabled"]], ["second", false]);
  equal(second?.["pattern"], scope);
  ok(Number(first?.["version"]) >= 1);
  ok(Number(first?.["last_modified_millis_since_epoch"]) > 1_600_000_000_000);
  const gone = await context.server.admin.post("/limits/rules/bulk-delete", {
    json: [{ pattern: scope }, { pattern: `${scope}/b` }, { pattern: `${scope}/none` }],
  });
  deepEqual((gone.expect(200).json() as string[]).sort(), [scope, `${scope}/b`]);
  equal((await context.server.admin.get("/limits/rules")).status, 405);
});

list.add("FC-17 20.2", "bad rules and failed preconditions are refused", async (context) => {
  const scope = context.unique("s");

  for (const pattern of ["a/b/c/d", "a b", ""]) {
    equal((await setRule(context, pattern, 1)).status, 422, pattern);
  }
  equal((await setRule(context, scope, 0)).status, 422);
  const precondition = { precondition: { type: "matches", version: 99 } };
  const missing = (await setRule(context, scope, 1, precondition)).expect(409);
  match(
    missing.message,
    new RegExp(`^rule precondition Matches\\(v99\\) for pattern ${scope} failed`),
  );
  const absent = { precondition: { type: "does_not_exist" } };
  (await setRule(context, scope, 1, absent)).expect(200);
  match((await setRule(context, scope, 2, absent)).expect(409).message, /DoesNotExist/);
  await dropRule(context, scope);
});

list.add("FC-18 20.2", "scoped objects queue by key under their lock", async (context) => {
  const scope = context.unique("s");
  const name = context.unique("Obj");
  await context.deploy(manifest([object(name, ["hold", "next"])]), {
    [`${name}/hold`]: async (attempt) => {
      recorder.record(name, "start");
      await gates.wait(name);
      attempt.finish("held");
    },
    [`${name}/next`]: (attempt) => attempt.finish("next"),
  });
  const call = (handler: string) =>
    context.server.call(`/restate/scope/${scope}/call/${name}/k/${handler}`);
  const holding = call("hold");
  await recorder.seen(name, "start");
  const next = call("next");
  ok(await staysPending(next, 300));

  gates.open(name);

  equal((await holding).expect(200).text, "held");
  equal((await next).expect(200).text, "next");
  await until("both are completed", async () => {
    const query = `SELECT status FROM sys_invocation WHERE target_service_name = '${name}'`;
    return (await context.server.sql(query)).every((row) => row["status"] === "completed");
  });
});
