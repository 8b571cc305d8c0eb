/** Lifecycle of an invocation and its admission (invocation-semantics.md 2, 3, 7, 23). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import { manifest, object, service } from "../support/mock.ts";
import { outputFailure } from "../support/protocol.ts";
import { gates, recorder, staysPending, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const lifecycleChecks = list.checks;

list.add("LC-1 2.2", "a returning handler answers 200 with its output and id", async (context) => {
  const answer = (await context.server.call("Basic/echo", { a: 1 })).expect(200);

  equal(answer.text, '{"a":1}');
  match(answer.id, /^inv_1[0-9a-zA-Z]{33}$/);
  const row = await context.server.waitStatus(answer.id, "completed");
  equal(row["completion_result"], "success");
});

list.add(
  "LC-2 2.2",
  "a terminal failure is the HTTP status and the error body",
  async (context) => {
    const answer = await context.server.call("Basic/fail", { code: 418, message: "tt" });

    equal(answer.status, 418);
    deepEqual(answer.object(), { code: 418, message: "tt", source: "invocation" });
    equal(answer.headers["x-restate-error-source"], "invocation");
    const row = await context.server.waitStatus(answer.id, "completed");
    equal(row["completion_failure"], "[418] tt");
  },
);

list.add("LC-2a 2.2", "failure codes 101 to 999 are used as HTTP status", async (context) => {
  const name = context.unique("Codes");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      attempt.write(outputFailure(Number(attempt.input), "m"));
      attempt.send("End");
    },
  });
  const statusOf = async (code: number) => (await context.server.call(`${name}/h`, code)).status;

  for (const code of [200, 202, 204, 302, 404, 599, 700, 999]) equal(await statusOf(code), code);
});

list.add("LC-2b 2.2", "failure codes that are no HTTP status answer 500", async (context) => {
  const name = context.unique("Codes");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      attempt.write(outputFailure(Number(attempt.input), "m"));
      attempt.send("End");
    },
  });

  for (const [code, reported] of [
    [99, 99],
    [1000, 1000],
    [70000, 500],
  ] as const) {
    const answer = (await context.server.call(`${name}/h`, code)).expect(500);
    deepEqual(answer.object(), { code: reported, message: "m", source: "invocation" });
  }
});

list.add("LC-3 2.2", "failure metadata reaches the ingress body", async (context) => {
  const answer = await context.server.call("Basic/fail", {
    code: 418,
    message: "tt",
    metadata: { a: "b", c: "d" },
  });

  equal(
    answer.text,
    '{"code":418,"message":"tt","metadata":{"a":"b","c":"d"},"source":"invocation"}',
  );
});

list.add("LC-4 2.2", "a suspended invocation resumes with its whole journal", async (context) => {
  const subject = context.unique();

  const answer = await context.server.call("Suspending/sleep", { subject, ms: 700 });

  equal(answer.expect(200).json(), "slept");
  deepEqual(await context.server.journal(answer.id), ["Input", "Sleep", "+Sleep", "Output"]);
  deepEqual(recorder.list(subject), ["attempt", "attempt"]);
});

list.add("LC-5 2.2", "suspending on what has completed re-invokes at once", async (context) => {
  const name = context.unique("Done");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      if (attempt.number > 1) {
        attempt.finish("again");
        return;
      }
      attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
      equal((await attempt.next()).name, "SleepCompletion");
      attempt.suspend([1]);
    },
  });

  const answer = (await context.server.call(`${name}/h`)).expect(200);

  equal(answer.text, "again");
  deepEqual(deployment.attempts[1]?.replayNames, ["Input", "Sleep", "SleepCompletion"]);
  const events = await context.server.events(answer.id);
  deepEqual(
    events.filter((event) => event.type === "Suspended"),
    [],
  );
});

list.add("LC-7 2.2", "of several outputs the last one is the result", async (context) => {
  const name = context.unique("Twice");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      attempt.send("Output", { value: { content: new Uint8Array([49]) } });
      attempt.send("Output", { value: { content: new Uint8Array([50]) } });
      attempt.send("End");
    },
  });

  const answer = (await context.server.call(`${name}/h`)).expect(200);

  equal(answer.text, "2");
});

list.addWith(
  "LC-8 2.2",
  "End without Output fails the attempt with RT0012",
  { differs: "the original leaves the invocation hanging; we fail the attempt and retry" },
  async (context) => {
    const name = context.unique("NoOutput");
    const deployment = await context.deploy(
      manifest([service(name, ["h"], { retryPolicyInitialInterval: 50 })]),
      {
        [`${name}/h`]: async (attempt) => {
          if (attempt.number > 1) {
            attempt.finish("second");
            return;
          }
          attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
          await attempt.next();
          attempt.send("End");
        },
      },
    );
    const calling = context.server.call(`${name}/h`, undefined, { timeoutMs: 20_000 });
    if (context.target === "oracle") {
      calling.catch(() => {});
      await context.server.waitStatus(
        (await until("an attempt arrives", () => deployment.attempts[0])).invocationId,
        "ready|running|backing-off",
      );
      ok(await staysPending(calling, 1500));
      return;
    }

    const answer = (await calling).expect(200);
    equal(answer.text, "second");
    const [event] = await context.server.events(answer.id);
    equal(event?.json["restate_doc_error_code"], "RT0012");
  },
);

list.add("LC-9 2.2", "state written by a failed attempt stays", async (context) => {
  const key = context.unique();

  const answer = await context.server.call(`Store/${key}/writeAndFail`, {
    subject: key,
    failures: 1,
  });

  equal(answer.expect(200).json(), true);
  deepEqual(await context.server.state("Store", key), { written: "true" });
});

list.add("LC-10 28", "a completed call has the documented journal", async (context) => {
  const call = { service: "Basic", handler: "echo", input: "x" };
  const parent = (await context.server.call("Basic/call", call)).expect(200);
  const steps = (
    await context.server.call("Basic/steps", { count: 2, subject: context.unique() })
  ).expect(200);

  deepEqual(await context.server.journal(parent.id), [
    "Input",
    "Call",
    "+CallInvocationId",
    "+Call",
    "Output",
  ]);
  deepEqual(await context.server.journal(steps.id), [
    "Input",
    "Run",
    "+Run",
    "Run",
    "+Run",
    "Output",
  ]);
});

list.add("LC-11 1.3", "a completed row has the documented columns", async (context) => {
  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);

  const row = await context.server.waitStatus(id, "completed");

  equal(row["target"], "Basic/echo");
  equal(row["target_service_name"], "Basic");
  equal(row["target_handler_name"], "echo");
  equal(row["target_service_ty"], "service");
  equal("target_service_key" in row, false);
  equal(row["invoked_by"], "ingress");
  equal(row["pinned_service_protocol_version"], 7);
  match(String(row["pinned_deployment_id"]), /^dp_1[0-9a-zA-Z]{22}$/);
  equal(row["completion_retention"], "PT86400S");
  equal(row["journal_size"], 2);
  equal(row["journal_commands_size"], 2);
  for (const column of ["created_at", "modified_at", "running_at", "completed_at"]) {
    match(String(row[column]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  }
  for (const column of ["retry_count", "last_failure", "next_retry_at", "completion_failure"]) {
    equal(column in row, false, column);
  }
});

list.add("LC-12 1.3", "a running row shows its first attempt and no pin yet", async (context) => {
  const name = context.unique("Running");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      attempt.respond();
      await gates.wait(name);
      attempt.finish("done");
    },
  });
  const id = await context.server.sendCall(`${name}/h`);

  const row = await context.server.waitRow(
    id,
    "runs at the mock",
    (each) =>
      each["status"] === "running" && each["last_attempt_server"] === "conformance-mock/1.0",
  );
  gates.open(name);

  equal(row["retry_count"], 1);
  equal("pinned_deployment_id" in row, false);
  equal(row["last_attempt_deployment_id"], deployment.id);
  await context.server.waitStatus(id, "completed");
});

list.add("LC-13 23", "a handler without result answers an empty 200", async (context) => {
  const answer = (await context.server.call("Basic/nothing")).expect(200);

  equal(answer.text, "");
  equal(answer.headers["content-length"], "0");
  equal("content-type" in answer.headers, false);
});

list.add("LC-14 15", "a client that disconnects does not end the invocation", async (context) => {
  const subject = context.unique();
  const client = new AbortController();
  const calling = context.server.call(
    "Basic/hold",
    { subject },
    {
      signal: client.signal,
      headers: { "idempotency-key": subject },
    },
  );
  await recorder.seen(subject, "start");

  client.abort();
  await calling.catch(() => {});
  gates.open(subject);

  const path = `/restate/invocation/Basic/hold/${subject}/attach`;
  equal((await context.server.ingress.get(path)).expect(200).json(), subject);
});

list.add("AD-1 3", "a second call with the same key attaches to the first", async (context) => {
  const subject = context.unique();
  const headers = { "idempotency-key": subject };
  const first = context.server.call("Basic/hold", { subject }, { headers });
  await recorder.seen(subject, "start");
  const second = context.server.call("Basic/hold", { subject: "other" }, { headers });
  ok(await staysPending(second, 200));

  gates.open(subject);

  const answers = [await first, await second];
  deepEqual(
    answers.map((answer) => answer.expect(200).json()),
    [subject, subject],
  );
  equal(answers[0]?.id, answers[1]?.id);
  equal(recorder.list(subject).filter((event) => event === "start").length, 1);
});

list.add("AD-2 3", "a send to a running invocation is previously accepted", async (context) => {
  const subject = context.unique();
  const headers = { "idempotency-key": subject };
  const id = await context.server.sendCall("Basic/hold", { subject }, { headers });

  const again = await context.server.call("Basic/hold/send", { subject }, { headers });

  deepEqual(again.expect(202).object(), { invocationId: id, status: "PreviouslyAccepted" });
  gates.open(subject);
});

list.add("AD-3 3", "a call to a scheduled key waits for its time", async (context) => {
  const key = context.unique();
  const headers = { "idempotency-key": key };
  const due = Date.now() + 1500;
  const id = await context.server.sendCall("Basic/echo?delay=1500ms", "first", { headers });

  const answer = await context.server.call("Basic/echo", "second", { headers });

  equal(answer.expect(200).json(), "first");
  equal(answer.id, id);
  ok(Date.now() >= due - 5, "the call was answered before the invocation was due");
});

list.add("AD-4 3", "all retentions default to one day", async (context) => {
  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);
  const workflow = await context.server.sendCall(`Flow/${context.unique()}/run`, {});

  const row = await context.server.waitStatus(id, "completed");
  const run = await context.server.waitStatus(workflow, "completed");

  deepEqual([row["completion_retention"], row["journal_retention"]], ["PT86400S", "PT86400S"]);
  deepEqual([run["completion_retention"], run["journal_retention"]], ["PT600S", "PT600S"]);
});

list.add("AD-5 3", "journal retention is capped by the completion retention", async (context) => {
  const name = context.unique("Retention");
  const deployment = manifest([
    service(name, [{ name: "h", idempotencyRetention: 4000, journalRetention: 1000 }]),
    object(`${name}Obj`, ["h"], { idempotencyRetention: 60_000, journalRetention: 90_000 }),
  ]);
  await context.deploy(deployment, {
    [`${name}/h`]: (attempt) => attempt.finish("1"),
    [`${name}Obj/h`]: (attempt) => attempt.finish("1"),
  });
  const headers = { "idempotency-key": name };
  const plain = await context.server.sendCall(`${name}/h`, undefined, { headers });
  const keyed = await context.server.sendCall(`${name}Obj/k/h`, undefined, { headers });

  const first = await context.server.waitRow(plain, "exists", () => true);
  const second = await context.server.waitRow(keyed, "exists", () => true);

  deepEqual([first["completion_retention"], first["journal_retention"]], ["PT4S", "PT1S"]);
  deepEqual([second["completion_retention"], second["journal_retention"]], ["PT60S", "PT60S"]);
});

list.add("AD-6 3", "without journal retention the journal goes at completion", async (context) => {
  const name = context.unique("NoJournal");
  await context.deploy(manifest([service(name, ["h"], { journalRetention: 0 })]), {
    [`${name}/h`]: (attempt) => attempt.finish("1"),
  });
  const headers = { "idempotency-key": name };

  const { id } = (await context.server.call(`${name}/h`, undefined, { headers })).expect(200);

  const row = await context.server.waitStatus(id, "completed");
  deepEqual([row["completion_retention"], row["journal_retention"]], ["PT86400S", "P0D"]);
  deepEqual(await context.server.journal(id), []);
  equal((await context.server.output(id)).expect(200).text, "1");
});

list.add("AD-7 3", "without any retention the row goes at completion", async (context) => {
  const name = context.unique("Nothing");
  await context.deploy(manifest([service(name, ["h"], { journalRetention: 0 })]), {
    [`${name}/h`]: (attempt) => attempt.finish('"result"'),
  });

  const call = { service: name, handler: "h" };
  const parent = (await context.server.call("Basic/call", call)).expect(200);

  equal(parent.json(), "result");
  const rows = await context.server.sql(
    `SELECT id FROM sys_invocation WHERE target_service_name = '${name}'`,
  );
  deepEqual(rows, []);
});

list.add("AD-8 3", "a workflow's retention applies to both", async (context) => {
  const name = context.unique("Wf");
  await context.deploy(
    manifest([
      {
        name,
        ty: "WORKFLOW",
        handlers: [{ name: "run", ty: "WORKFLOW", workflowCompletionRetention: 6000 }],
      },
    ]),
    { [`${name}/run`]: (attempt) => attempt.finish("1") },
  );

  const id = await context.server.sendCall(`${name}/k/run`);

  const row = await context.server.waitRow(id, "exists", () => true);
  deepEqual([row["completion_retention"], row["journal_retention"]], ["PT6S", "PT6S"]);
});
