/** Idempotency keys, delayed sends and timers (invocation-semantics.md 6, 7). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import { manifest, service } from "../support/mock.ts";
import { gates, recorder, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const idempotencyChecks = list.checks;

const EXPIRES = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;
const NANOSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

list.add("ID-1 6", "a key is scoped to service, object key and handler", async (context) => {
  const key = context.unique();
  const headers = { "idempotency-key": key };
  const idOf = async (target: string, input?: unknown) =>
    (await context.server.call(target, input, { headers })).expect(200).id;

  const ids = new Set([
    await idOf("Basic/echo", 1),
    await idOf("Basic/identity"),
    await idOf("Suspending/echo", 1),
    await idOf(`Store/${key}a/add`, 1),
    await idOf(`Store/${key}b/add`, 1),
    await idOf(`Store/${key}a/key`),
  ]);

  equal(ids.size, 6);
  equal((await context.server.call(`Store/${key}a/get`, "count")).json(), 1);
});

list.add("ID-2 6", "a stored result is repeated with its expiry", async (context) => {
  const headers = { "idempotency-key": context.unique() };
  const live = (await context.server.call("Basic/echo", "first", { headers })).expect(200);

  const stored = (await context.server.call("Basic/echo", "second", { headers })).expect(200);

  equal("idempotency-expires" in live.headers, false);
  deepEqual([stored.json(), stored.id], ["first", live.id]);
  const expires = stored.headers["idempotency-expires"] ?? "";
  match(expires, EXPIRES);
  const row = await context.server.waitStatus(live.id, "completed");
  const dayMs = 86_400_000;
  const expected = Date.parse(String(row["completed_at"])) + dayMs;
  ok(Math.abs(Date.parse(expires) - expected) < 1000, `${expires} is not one day later`);
});

list.add("ID-2a 6", "a stored failure is repeated with its expiry", async (context) => {
  const headers = { "idempotency-key": context.unique() };
  const input = { code: 422, message: "never" };
  const live = (await context.server.call("Basic/fail", input, { headers })).expect(422);

  const stored = (await context.server.call("Basic/fail", {}, { headers })).expect(422);

  deepEqual(stored.object(), live.object());
  match(stored.headers["idempotency-expires"] ?? "", EXPIRES);
});

list.add("ID-3 6", "a killed invocation keeps its key", async (context) => {
  const subject = context.unique();
  const headers = { "idempotency-key": subject };
  const id = await context.server.sendCall("Basic/hold", { subject }, { headers });
  await recorder.seen(subject, "start");
  (await context.server.operate(id, "kill")).expect(200);

  const again = (await context.server.call("Basic/hold", { subject }, { headers })).expect(409);

  deepEqual(again.object(), { code: 409, message: "killed", source: "invocation" });
  equal(again.id, id);
});

for (const [verb, message] of [
  ["cancel", "canceled"],
  ["kill", "killed"],
] as const) {
  list.add(`ID-4-${verb} 6`, `${verb} of a scheduled invocation frees its key`, async (context) => {
    const headers = { "idempotency-key": context.unique() };
    const id = await context.server.sendCall("Basic/echo?delay=10m", 1, { headers });
    const waiting = context.server.call("Basic/echo", 2, { headers });
    await context.server.waitStatus(id, "scheduled");
    // The waiting call has no event of its own; a second one after it is ordered behind it.
    equal(
      (await context.server.call("Basic/echo/send", 2, { headers })).object()["status"],
      "PreviouslyAccepted",
    );

    (await context.server.operate(id, verb)).expect(200);

    deepEqual((await waiting).expect(409).object(), { code: 409, message, source: "invocation" });
    await context.server.waitGone(id);
    const again = (await context.server.call("Basic/echo", 3, { headers })).expect(200);
    deepEqual([again.json(), again.id], [3, id]);
  });
}

list.add("ID-5 6", "the empty header value is a key", async (context) => {
  const name = context.unique("EmptyKey");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.finish(String(attempt.start["idempotency_key"])),
  });
  const headers = { "idempotency-key": "" };

  const first = (await context.server.call(`${name}/h`, undefined, { headers })).expect(200);
  const second = (await context.server.call(`${name}/h`, undefined, { headers })).expect(200);

  equal(first.id, second.id);
  equal((await context.server.waitStatus(first.id, "completed"))["idempotency_key"], "");
});

list.add("ID-6 6", "calls without a key get a generated one, runs do not", async (context) => {
  const echo = (await context.server.call("Basic/echo", 1)).expect(200);
  const keyed = (await context.server.call(`Store/${context.unique()}/add`, 1)).expect(200);
  const run = (await context.server.call(`Flow/${context.unique()}/run`, {})).expect(200);

  for (const { id } of [echo, keyed]) {
    const row = await context.server.waitStatus(id, "completed");
    match(String(row["idempotency_key"]), /^[0-9A-HJKMNP-TV-Z]{26}$/);
  }
  equal("idempotency_key" in (await context.server.waitStatus(run.id, "completed")), false);
  const row = await context.server.waitStatus(echo.id, "completed");
  const path = `/restate/invocation/Basic/echo/${String(row["idempotency_key"])}/output`;
  equal((await context.server.ingress.get(path)).expect(200).id, echo.id);
});

list.add("ID-6a 6", "calls made by handlers get no generated key", async (context) => {
  const child = String(
    (
      await context.server.call("Basic/send", { service: "Basic", handler: "echo", input: 1 })
    ).json(),
  );

  const row = await context.server.waitStatus(child, "completed");

  equal("idempotency_key" in row, false);
  deepEqual([row["invoked_by"], row["invoked_by_service_name"]], ["service", "Basic"]);
});

list.add("ID-9 6", "a handler's idempotency key joins the ingress one", async (context) => {
  const key = context.unique();
  const call = { service: "Basic", handler: "echo", input: "inner", idempotencyKey: key };
  equal((await context.server.call("Basic/call", call)).expect(200).json(), "inner");

  const headers = { "idempotency-key": key };
  const outer = (await context.server.call("Basic/echo", "outer", { headers })).expect(200);

  equal(outer.json(), "inner");
});

list.add("DS-1 7", "a delayed send reports its execution time", async (context) => {
  const before = Date.now();
  const answer = await context.server.call("Basic/echo/send?delay=PT0.1S", 1);

  const body = answer.expect(202).object();

  deepEqual(Object.keys(body), ["invocationId", "executionTime", "status"]);
  match(String(body["executionTime"]), NANOSECONDS);
  const due = Date.parse(String(body["executionTime"]));
  ok(due >= before + 100 - 5 && due <= Date.now() + 100 + 5);
  equal(answer.headers["x-restate-id"], body["invocationId"]);
  equal((await context.server.attach(String(body["invocationId"]))).expect(200).json(), 1);
});

const DELAYS: [string, number][] = [
  ["PT1H", 3600],
  ["P1D", 86_400],
  ["P1W", 604_800],
  ["PT1.5S", 1.5],
  ["90s", 90],
  ["60%20sec", 60],
  ["1h30m", 5400],
  ["1h%2030m", 5400],
  ["1%20hour", 3600],
  ["1.5s", 1.5],
  ["2500ms", 2.5],
  ["1d", 86_400],
];

list.add("DS-1a 7", "delays are ISO-8601 or friendly durations", async (context) => {
  for (const [delay, seconds] of DELAYS) {
    const before = Date.now();
    const answer = await context.server.call(`Basic/echo/send?delay=${delay}`, 1);
    const body = answer.expect(202).object();
    const due = Date.parse(String(body["executionTime"])) - seconds * 1000;
    ok(due >= before - 5 && due <= Date.now() + 5, `${delay} is due ${due - before} ms off`);
    (await context.server.operate(String(body["invocationId"]), "kill")).expect(200);
  }
});

list.add("DS-2 7", "a delay on a call is refused", async (context) => {
  const answer = await context.server.call("Basic/echo?delay=1s", 1);

  deepEqual(answer.expect(400).object(), {
    code: 400,
    message:
      "cannot use the delay query parameter with calls. " +
      "The delay is supported only with sends",
    source: "ingress",
  });
});

list.add("DS-2a 7", "an unparsable delay is refused", async (context) => {
  for (const delay of ["10", "P1M", "P1Y", "-5s", "", "soon"]) {
    const answer = await context.server.call(`Basic/echo/send?delay=${delay}`, 1);
    equal(answer.status, 400, delay);
    match(answer.message, /^bad delay query parameter, must be a ISO8601 duration: ./);
  }
});

list.add("DS-3 7", "a scheduled row shows submission and due time", async (context) => {
  const id = await context.server.sendCall("Basic/echo?delay=700ms", 1);

  const scheduled = await context.server.waitStatus(id, "scheduled");
  const done = await context.server.waitStatus(id, "completed");

  const times = (row: typeof done) =>
    ["scheduled_at", "scheduled_start_at"].map((column) => Date.parse(String(row[column])));
  const [submitted = 0, due = 0] = times(scheduled);
  ok(Math.abs(due - submitted - 700) < 200, `due ${due - submitted} ms after submission`);
  equal("running_at" in scheduled, false);
  deepEqual(times(done), times(scheduled));
  ok(Date.parse(String(done["running_at"])) >= due - 1, "started before it was due");
});

list.add("DS-5 7", "a zero delay executes at once and still reports a time", async (context) => {
  for (const delay of ["0s", "0"]) {
    const answer = await context.server.call(`Basic/echo/send?delay=${delay}`, 1);
    const body = answer.expect(202).object();
    match(String(body["executionTime"]), NANOSECONDS);
    equal((await context.server.attach(String(body["invocationId"]))).expect(200).json(), 1);
  }
});

list.add("DS-6 7", "a one-way call due in the past executes at once", async (context) => {
  const name = context.unique("Past");
  const child = Promise.withResolvers<string>();
  await context.deploy(manifest([service(name, ["h", "child"])]), {
    [`${name}/h`]: async (attempt) => {
      attempt.send("OneWayCall", {
        service_name: name,
        handler_name: "child",
        invoke_time: 1000,
        invocation_id_notification_idx: 1,
      });
      child.resolve(String((await attempt.next()).fields["invocation_id"]));
      attempt.finish("1");
    },
    [`${name}/child`]: (attempt) => attempt.finish("child"),
  });

  (await context.server.call(`${name}/h`)).expect(200);

  await context.server.waitStatus(await child.promise, "completed");
});

list.add("DS-7 7", "timers fire in time order; a past one at once", async (context) => {
  const name = context.unique("Timers");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      const now = Date.now();
      const due = [now + 900, now + 300, now - 1000, now + 600];
      due.forEach((time, index) => {
        attempt.send("Sleep", { wake_up_time: time, result_completion_id: index + 1 });
      });
      const order: number[] = [];
      for (let count = 0; count < due.length; count++) {
        const { name: type, fields } = await attempt.next();
        equal(type, "SleepCompletion");
        const id = Number(fields["completion_id"]);
        ok(Date.now() >= (due[id - 1] ?? 0), `timer ${id} fired early`);
        order.push(id);
      }
      attempt.finish(JSON.stringify(order));
    },
  });

  deepEqual((await context.server.call(`${name}/h`)).expect(200).json(), [3, 2, 4, 1]);
});

list.add("DS-9 7", "a timer of an ended invocation fires into nothing", async (context) => {
  const name = context.unique("Late");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      attempt.send("Sleep", { wake_up_time: Date.now() + 300, result_completion_id: 1 });
      attempt.finish("1");
    },
  });
  const { id } = (await context.server.call(`${name}/h`)).expect(200);

  // A later timer of the same partition shows that the earlier one had its turn.
  const key = context.unique();
  await context.server.call(`Store/${key}/sleep`, { ms: 800 });

  deepEqual(await context.server.journal(id), ["Input", "Sleep", "Output"]);
  equal((await context.server.output(id)).expect(200).text, "1");
});

list.add("DS-11 7", "a repeated delayed send reports the stored time", async (context) => {
  const headers = { "idempotency-key": context.unique() };
  const first = await context.server.call("Basic/echo/send?delay=1h", 1, { headers });
  const second = await context.server.call("Basic/echo/send?delay=2h", 1, { headers });

  deepEqual(second.expect(202).object(), { ...first.object(), status: "PreviouslyAccepted" });
  await context.server.operate(first.id, "kill");
});

list.add("DS-12 7", "a handler's delayed send is scheduled", async (context) => {
  const call = { service: "Basic", handler: "echo", input: 1, delayMs: 600_000 };

  const id = String((await context.server.call("Basic/send", call)).expect(200).json());

  const row = await context.server.waitStatus(id, "scheduled");
  deepEqual([row["invoked_by"], row["invoked_by_target"]], ["service", "Basic/send"]);
  (await context.server.operate(id, "kill")).expect(200);
  await context.server.waitGone(id);
});

list.add("S13 29", "a call joins a scheduled invocation with the same key", async (context) => {
  const subject = context.unique();
  const headers = { "idempotency-key": subject };
  const id = await context.server.sendCall("Basic/hold?delay=500ms", { subject }, { headers });
  const calls = [1, 2].map(() => context.server.call("Basic/hold", { subject }, { headers }));
  await recorder.seen(subject, "start");

  gates.open(subject);

  for (const call of calls) equal((await call).expect(200).id, id);
  equal(recorder.list(subject).filter((event) => event === "start").length, 1);
});

list.add("S51 29", "an empty output has no content type", async (context) => {
  const name = context.unique("Empty");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      attempt.send("Output", { value: { content: new Uint8Array(0) } });
      attempt.send("End");
    },
  });

  const answer = (await context.server.call(`${name}/h`)).expect(200);

  deepEqual([answer.text, "content-type" in answer.headers], ["", false]);
  await until(
    "the row is completed",
    async () => (await context.server.row(answer.id))?.["status"] === "completed",
  );
});
