/** Awakeables, signals, cancellation and kill (invocation-semantics.md 9, 10, 11). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import { awakeableId } from "../support/ids.ts";
import { closeCode, manifest, object, service, textValue } from "../support/mock.ts";
import { gates, recorder, staysPending, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const signalChecks = list.checks;

const CANCELLED_BY_SDK = { code: 409, message: "Cancelled" };

/** Starts an invocation that waits on an awakeable; returns its id and the awakeable's. */
async function awaiting(context: CheckContext, service = "Basic"): Promise<[string, string]> {
  const subject = context.unique();
  const id = await context.server.sendCall(`${service}/awakeable`, { subject });
  const awakeable = await until("the awakeable is known", () => recorder.list(subject)[0]);
  return [id, awakeable];
}

list.add("SG-1 9", "resolving an awakeable delivers its payload", async (context) => {
  const [id, awakeable] = await awaiting(context);
  match(awakeable, /^sign_1[A-Za-z0-9_-]{38}$/);

  const path = `/restate/awakeables/${awakeable}/resolve`;
  const answer = (await context.server.ingress.post(path, { json: { a: 1 } })).expect(202);

  deepEqual([answer.text, "content-type" in answer.headers], ["", false]);
  deepEqual((await context.server.attach(id)).expect(200).json(), { resolved: { a: 1 } });
});

list.add("SG-1a 9", "an awakeable of an ended invocation is accepted", async (context) => {
  const [id, awakeable] = await awaiting(context);
  const resolve = () =>
    context.server.ingress.post(`/restate/a/${awakeable}/resolve`, { json: "v" });
  (await resolve()).expect(202);
  await context.server.waitStatus(id, "completed");
  const before = await context.server.journal(id);

  (await resolve()).expect(202);

  deepEqual(await context.server.journal(id), before);
});

list.add("SG-2 9", "rejecting an awakeable fails it with code 500", async (context) => {
  const [id, awakeable] = await awaiting(context);

  const path = `/restate/a/${awakeable}/reject`;
  const headers = { "content-type": "text/plain" };
  const answer = await context.server.ingress.post(path, { body: "my reason", headers });

  equal(answer.expect(202).text, "");
  deepEqual((await context.server.attach(id)).expect(200).json(), {
    code: 500,
    message: "my reason",
  });
});

list.add("SG-3 9", "a malformed awakeable id is refused", async (context) => {
  const messageOf = async (id: string) => {
    const answer = await context.server.ingress.post(`/restate/a/${id}/resolve`);
    equal(answer.status, 400, id);
    return answer.message;
  };

  equal(
    await messageOf("sign_1bad"),
    "bad awakeable id 'sign_1bad': id doesn't match the expected type",
  );
  equal(await messageOf("prom_1bad"), "bad awakeable id 'prom_1bad': base62 decode error");
  equal(await messageOf("bad"), "bad awakeable id 'bad': bad format");
});

list.add("SG-4 9", "a signal resumes a suspended invocation that awaits it", async (context) => {
  const [id, awakeable] = await awaiting(context, "Suspending");
  await context.server.waitStatus(id, "suspended");

  const path = `/restate/awakeables/${awakeable}/resolve`;
  (await context.server.ingress.post(path, { json: "late" })).expect(202);

  deepEqual((await context.server.attach(id)).expect(200).json(), { resolved: "late" });
});

list.add("SG-5 9", "a signal to a scheduled or pending invocation is lost", async (context) => {
  const key = context.unique();
  await context.server.sendCall(`Store/${key}/hold`, { subject: key });
  await recorder.seen(key, "start");
  const pending = await context.server.sendCall(`Store/${key}/add`, 1);
  const scheduled = await context.server.sendCall("Basic/echo?delay=2s", 1);
  await context.server.waitStatus(pending, "pending");

  for (const id of [pending, scheduled]) {
    (await context.server.call("Basic/sendSignal", { id, name: "go", payload: 1 })).expect(200);
  }
  gates.open(key);

  await context.server.waitStatus(pending, "completed");
  await context.server.waitStatus(scheduled, "completed");
  for (const id of [pending, scheduled]) {
    const journal = await context.server.journal(id);
    equal(journal.includes("+Signal"), false, journal.join());
  }
});

list.add("SG-6 9", "every resolution is journaled, in order", async (context) => {
  const name = context.unique("Twice");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      const signals = [await attempt.next(), await attempt.next()];
      const results = signals.map(({ name: type, fields }) => {
        const shown = "value" in fields ? "value" : "failure" in fields ? "failure" : "void";
        return `${type} ${String(fields["signal_id"])} ${shown}`;
      });
      attempt.finish(JSON.stringify(results));
    },
  });
  const calling = context.server.call(`${name}/h`);
  const rows = `SELECT id FROM sys_invocation WHERE target_service_name = '${name}' AND status = 'running'`;
  const id = await until(
    "the invocation runs",
    async () => (await context.server.sql(rows))[0]?.["id"],
  );
  const awakeable = awakeableId(String(id), 17);

  (await context.server.ingress.post(`/restate/a/${awakeable}/resolve`, { body: "x" })).expect(202);
  (await context.server.ingress.post(`/restate/a/${awakeable}/reject`, { body: "y" })).expect(202);

  deepEqual((await calling).expect(200).json(), ["Signal 17 value", "Signal 17 failure"]);
});

list.add("SG-7 9", "a signal that arrives early is kept for the handler", async (context) => {
  const name = context.unique("Early");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      if (attempt.number === 1) {
        recorder.record(name, attempt.invocationId);
        const signal = await attempt.next();
        equal(signal.fields["signal_name"], "go");
        attempt.fail(500, "retry", { next_retry_delay: 20 });
        return;
      }
      attempt.finish(attempt.replayNames.join());
    },
  });
  const calling = context.server.call(`${name}/h`);
  const id = await until("the attempt runs", () => recorder.list(name)[0]);

  (await context.server.call("Basic/sendSignal", { id, name: "go", payload: 1 })).expect(200);

  equal((await calling).expect(200).text, "Input,Signal");
});

list.add("SG-7a 9", "a named signal carries values and failures", async (context) => {
  for (const each of [{ payload: { a: 1 } }, { reason: "no" }]) {
    const id = await context.server.sendCall("Suspending/awaitSignal", { name: "go" });
    await context.server.waitStatus(id, "suspended");
    (await context.server.call("Basic/sendSignal", { id, name: "go", ...each })).expect(200);

    const expected = "payload" in each ? { resolved: { a: 1 } } : { code: 500, message: "no" };
    deepEqual((await context.server.attach(id)).expect(200).json(), expected);
  }
});

list.add("SG-8 9", "a signal to nobody succeeds for the sender", async (context) => {
  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);
  const unknown = await context.server.sendCall("Basic/echo?delay=1h", 1);
  (await context.server.operate(unknown, "kill")).expect(200);
  await context.server.waitGone(unknown);

  for (const target of [id, unknown]) {
    (await context.server.call("Basic/sendSignal", { id: target, name: "go" })).expect(200);
  }

  deepEqual(await context.server.journal(id), ["Input", "Output"]);
});

list.add("SG-9 9", "a cancel signal of a handler removes a scheduled target", async (context) => {
  const id = await context.server.sendCall("Basic/echo?delay=1h", 1);
  await context.server.waitStatus(id, "scheduled");

  (await context.server.call("Basic/cancel", { id })).expect(200);

  await context.server.waitGone(id);
});

list.add("SG-9a 9", "a cancel signal of a handler cancels a suspended target", async (context) => {
  const [id] = await awaiting(context, "Suspending");
  await context.server.waitStatus(id, "suspended");

  (await context.server.call("Basic/cancel", { id })).expect(200);

  deepEqual((await context.server.attach(id)).expect(200).json(), CANCELLED_BY_SDK);
});

list.add("SG-10 9", "handlers resolve and reject awakeables of others", async (context) => {
  const [first, firstAwakeable] = await awaiting(context, "Suspending");
  const [second, secondAwakeable] = await awaiting(context, "Suspending");

  await context.server.call("Basic/resolveAwakeable", { id: firstAwakeable, payload: [1] });
  await context.server.call("Basic/rejectAwakeable", { id: secondAwakeable, reason: "no" });

  deepEqual((await context.server.attach(first)).expect(200).json(), { resolved: [1] });
  deepEqual((await context.server.attach(second)).expect(200).json(), { code: 500, message: "no" });
});

list.add("CA-1 10", "cancel of a running invocation reaches its open stream", async (context) => {
  const [id] = await awaiting(context);

  const answer = (await context.server.operate(id, "cancel")).expect(202);

  equal(answer.text, "");
  deepEqual((await context.server.attach(id)).expect(200).json(), CANCELLED_BY_SDK);
});

list.add("CA-2 10", "cancel resumes a suspended invocation", async (context) => {
  const id = await context.server.sendCall("Suspending/sleep", { ms: 600_000 });
  await context.server.waitStatus(id, "suspended");

  (await context.server.operate(id, "cancel")).expect(202);

  const answer = (await context.server.attach(id)).expect(409);
  deepEqual(answer.object(), { ...CANCELLED_BY_SDK, source: "invocation" });
  deepEqual(await context.server.journal(id), ["Input", "Sleep", "+Signal", "Output"]);
});

list.add("CA-3 10", "cancel while backing off waits for the next attempt", async (context) => {
  const name = context.unique("Backoff");
  const deployment = await context.deploy(
    manifest([service(name, ["h"], { retryPolicyInitialInterval: 1200 })]),
    {
      [`${name}/h`]: (attempt) => {
        if (attempt.number === 1) attempt.fail(500, "later");
        else attempt.finish(attempt.replayNames.join());
      },
    },
  );
  const id = await context.server.sendCall(`${name}/h`);
  const row = await context.server.waitStatus(id, "backing-off");

  (await context.server.operate(id, "cancel")).expect(202);

  equal((await context.server.attach(id)).expect(200).text, "Input,Signal");
  const done = await context.server.waitStatus(id, "completed");
  ok(String(done["completed_at"]) >= String(row["next_retry_at"]), "the retry came early");
  equal(deployment.attempts.length, 2);
});

list.add("CA-4 10", "cancel resumes a paused invocation", async (context) => {
  const name = context.unique("Paused");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number === 1) attempt.fail(500, "pause", { behavior: 1 });
      else attempt.finish(attempt.replayNames.join());
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "paused");

  (await context.server.operate(id, "cancel")).expect(202);

  equal((await context.server.attach(id)).expect(200).text, "Input,Signal");
});

list.add("CA-5 10", "every cancel appends a signal", async (context) => {
  const name = context.unique("Many");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      recorder.record(name, "start");
      const signals = [await attempt.next(), await attempt.next(), await attempt.next()];
      attempt.finish(signals.map(({ fields }) => Number(fields["signal_id"])).join());
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await recorder.seen(name, "start");

  for (let count = 0; count < 3; count++) {
    (await context.server.operate(id, "cancel")).expect(202);
  }

  equal((await context.server.attach(id)).expect(200).text, "1,1,1");
});

list.add("CA-6 10", "a cancelled handler may compensate and succeed", async (context) => {
  const subject = context.unique();
  const id = await context.server.sendCall("Suspending/compensate", { subject });
  await context.server.waitStatus(id, "suspended");

  (await context.server.operate(id, "cancel")).expect(202);

  const answer = (await context.server.attach(id)).expect(200);
  equal(answer.json(), "compensated:409:Cancelled");
  deepEqual([...new Set(recorder.list(subject))], ["compensated"]);
});

list.add("CA-7 10", "the SDK passes a cancellation on to its child", async (context) => {
  const call = { service: "Suspending", handler: "sleep", input: { ms: 600_000 } };
  const id = await context.server.sendCall("Suspending/call", call);
  const children = `SELECT id, status FROM sys_invocation WHERE invoked_by_id = '${id}'`;
  const child = await until("the child is suspended", async () => {
    const [row] = await context.server.sql(children);
    return row?.["status"] === "suspended" ? String(row["id"]) : undefined;
  });
  await context.server.waitStatus(id, "suspended");

  (await context.server.operate(id, "cancel")).expect(202);

  for (const each of [id, child]) {
    const row = await context.server.waitStatus(each, "completed");
    equal(row["completion_failure"], "[409] Cancelled");
  }
  const journal = await context.server.journal(id);
  deepEqual(
    journal.filter((entry) => entry !== "+Call"),
    ["Input", "Call", "+CallInvocationId", "+Signal", "SendSignal", "Output"],
  );
});

list.add("CA-10 10", "cancel of what is over or unknown is refused", async (context) => {
  await refused(context, "cancel");
});

list.add("KI-9 11", "kill of what is over or unknown is refused", async (context) => {
  await refused(context, "kill");
});

async function refused(context: CheckContext, verb: string): Promise<void> {
  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);
  await context.server.waitStatus(id, "completed");
  const gone = await context.server.sendCall("Basic/echo?delay=1h", 1);
  (await context.server.operate(gone, "kill")).expect(200);
  await context.server.waitGone(gone);

  const completed = (await context.server.operate(id, verb)).expect(409);
  const unknown = (await context.server.operate(gone, verb)).expect(404);
  const malformed = (await context.server.operate("inv_1bad", verb)).expect(400);

  deepEqual(completed.object(), {
    message: `The invocation '${id}' was already completed.`,
    restate_code: null,
  });
  deepEqual(unknown.object(), {
    message: `The requested invocation '${gone}' does not exist`,
    restate_code: null,
  });
  match(malformed.message, /^The request field 'invocation_id' is invalid\. Reason: ./);
}

list.add("KI-1 11", "kill answers callers with 409 and resets the stream", async (context) => {
  const name = context.unique("Kill");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      attempt.respond();
      recorder.record(name, "start");
      await attempt.closed;
    },
  });
  const calling = context.server.call(`${name}/h`);
  await recorder.seen(name, "start");
  const id = deployment.attempts[0]?.invocationId ?? "";

  (await context.server.operate(id, "kill")).expect(200);

  const answer = (await calling).expect(409);
  deepEqual(answer.object(), { code: 409, message: "killed", source: "invocation" });
  const [attempt] = deployment.attempts;
  ok(attempt !== undefined);
  equal(await closeCode(attempt), 8);
  const row = await context.server.waitStatus(id, "completed");
  equal(row["completion_failure"], "[409] killed");
});

list.add("KI-1a 11", "a caller sees the kill of its child as a failure", async (context) => {
  const call = { service: "Suspending", handler: "sleep", input: { ms: 600_000 } };
  const parent = context.server.call("Basic/callCaught", call);
  const query =
    "SELECT id FROM sys_invocation WHERE target = 'Suspending/sleep' AND status = 'suspended' " +
    "AND invoked_by_target = 'Basic/callCaught'";
  const child = await until(
    "the child is suspended",
    async () => (await context.server.sql(query))[0]?.["id"],
  );

  (await context.server.operate(String(child), "kill")).expect(200);

  deepEqual((await parent).expect(200).json(), { code: 409, message: "killed" });
});

list.add("KI-2 11", "kill takes called, sent and scheduled children along", async (context) => {
  const subject = context.unique();
  const sleep = { service: "Suspending", handler: "sleep", input: { ms: 600_000 } };
  const id = await context.server.sendCall("Basic/family", {
    subject,
    call: { service: "Basic", handler: "call", input: sleep },
    sends: [sleep, { ...sleep, delayMs: 600_000 }],
  });
  const ids = await until("the children are known", () =>
    recorder.list(subject).length >= 3 ? recorder.list(subject).slice(0, 3) : undefined,
  );
  const [called = "", sent = "", delayed = ""] = ids;
  await context.server.waitStatus(sent, "suspended");
  await context.server.waitStatus(delayed, "scheduled");
  const grandchild = await until("the grandchild is suspended", async () => {
    const query = `SELECT id, status FROM sys_invocation WHERE invoked_by_id = '${called}'`;
    const [row] = await context.server.sql(query);
    return row?.["status"] === "suspended" ? String(row["id"]) : undefined;
  });

  (await context.server.operate(id, "kill")).expect(200);

  for (const each of [id, called, sent, grandchild]) {
    const row = await context.server.waitStatus(each, "completed");
    equal(row["completion_failure"], "[409] killed");
  }
  await context.server.waitGone(delayed);
});

list.add("KI-2a 11", "kill takes hundreds of scheduled children along", async (context) => {
  const name = context.unique("Family");
  const count = 700;
  await context.deploy(manifest([service(name, ["h", "child"])]), {
    [`${name}/h`]: async (attempt) => {
      for (let number = 1; number <= count; number++) {
        attempt.send("OneWayCall", {
          service_name: name,
          handler_name: "child",
          invoke_time: Date.now() + 600_000,
          invocation_id_notification_idx: number,
        });
      }
      await attempt.closed;
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  const scheduled = async (expected: number) => {
    const query = `SELECT count(*) AS n FROM sys_invocation WHERE target_service_name = '${name}'
      AND status = 'scheduled'`;
    const [row] = await context.server.sql(query);
    return Number(row?.["n"]) === expected ? true : undefined;
  };
  await until("all children are scheduled", () => scheduled(count));

  (await context.server.operate(id, "kill")).expect(200);

  const row = await context.server.waitStatus(id, "completed");
  equal(row["completion_failure"], "[409] killed");
  await until("all children are gone", () => scheduled(0));
});

list.add("KI-3 11", "children that have completed are left alone", async (context) => {
  const subject = context.unique();
  const id = await context.server.sendCall("Basic/family", {
    subject,
    call: { service: "Basic", handler: "hold", input: { subject: `${subject}-child` } },
    sends: [{ service: "Basic", handler: "echo", input: 1 }],
  });
  const ids = await until("the children are known", () =>
    recorder.list(subject).length >= 2 ? recorder.list(subject) : undefined,
  );
  await context.server.waitStatus(ids[1] ?? "", "completed");

  (await context.server.operate(id, "kill")).expect(200);

  await context.server.waitStatus(ids[0] ?? "", "completed");
  equal((await context.server.row(ids[1] ?? ""))?.["completion_result"], "success");
  gates.open(`${subject}-child`);
});

list.add("KI-4 11", "kill keeps written state and runs no compensation", async (context) => {
  const key = context.unique();
  const id = await context.server.sendCall(`Store/${key}/setAndHold`, { subject: key, value: "1" });
  await recorder.seen(key, "start");
  await until("the state is stored", async () => "v" in (await context.server.state("Store", key)));
  const subject = context.unique();
  const compensating = await context.server.sendCall("Suspending/compensate", { subject });
  await context.server.waitStatus(compensating, "suspended");

  (await context.server.operate(id, "kill")).expect(200);
  (await context.server.operate(compensating, "kill")).expect(200);

  equal((await context.server.call(`Store/${key}/get`, "v")).expect(200).json(), "1");
  await context.server.waitStatus(compensating, "completed");
  deepEqual(recorder.list(subject), []);
});

list.add("KI-5 11", "what a killed attempt still sends is dropped", async (context) => {
  const name = context.unique("Late");
  await context.deploy(manifest([object(name, ["h", "get"])]), {
    [`${name}/h`]: async (attempt) => {
      attempt.send("SetState", { key: "a", value: textValue("before") });
      recorder.record(name, attempt.invocationId);
      await gates.wait(name);
      attempt.send("SetState", { key: "a", value: textValue("after") });
      attempt.finish("late");
    },
    [`${name}/get`]: (attempt) => attempt.finish("1"),
  });
  const calling = context.server.call(`${name}/k/h`);
  const id = await until("the attempt runs", () => recorder.list(name)[0]);
  await until(
    "the state is stored",
    async () => (await context.server.state(name, "k"))["a"] === "before",
  );

  (await context.server.operate(id, "kill")).expect(200);
  gates.open(name);

  (await calling).expect(409);
  (await context.server.call(`${name}/k/get`)).expect(200);
  deepEqual(await context.server.state(name, "k"), { a: "before" });
});

list.add("KI-7 11", "an automatic failure leaves children running", async (context) => {
  const name = context.unique("Auto");
  const child = Promise.withResolvers<string>();
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      attempt.send("Call", {
        service_name: "Suspending",
        handler_name: "sleep",
        parameter: '{"ms":600000}',
        invocation_id_notification_idx: 1,
        result_completion_id: 2,
      });
      child.resolve(String((await attempt.next()).fields["invocation_id"]));
      attempt.fail(500, "x2", { behavior: 2 });
    },
  });

  equal((await context.server.call(`${name}/h`)).expect(500).message, "x2");

  const id = await child.promise;
  await context.server.waitStatus(id, "suspended");
  (await context.server.operate(id, "kill")).expect(200);
});

list.add("KI-8 11", "kill of a suspended invocation answers its caller", async (context) => {
  const headers = { "idempotency-key": context.unique() };
  const input = { ms: 600_000 };
  const calling = context.server.call("Suspending/sleep", input, { headers });
  const id = await context.server.sendCall("Suspending/sleep", input, { headers });
  await context.server.waitStatus(id, "suspended");
  ok(await staysPending(calling, 100));

  (await context.server.operate(id, "kill")).expect(200);

  equal((await calling).expect(409).message, "killed");
});
