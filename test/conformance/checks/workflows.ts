/** Workflows and durable promises (invocation-semantics.md 5, 8). */

import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import { manifest, object, service, workflow } from "../support/mock.ts";
import { staysPending, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const workflowChecks = list.checks;

const ALREADY = {
  code: 409,
  message: "the workflow method was already invoked",
  source: "invocation",
};

list.add("WF-1 5", "the run of a new key starts under the id lookup computes", async (context) => {
  const key = context.unique();
  const looked = await context.server.ingress.post("/restate/lookup", {
    json: { target: "workflow", workflowName: "Flow", workflowKey: key },
  });

  const answer = (await context.server.call(`Flow/${key}/run`, {})).expect(200);

  deepEqual(answer.json(), { key });
  equal(looked.expect(200).object()["invocationId"], answer.id);
});

list.add("WF-2 5", "a second run answers 409, a second send is deduplicated", async (context) => {
  const key = context.unique();
  const id = await context.server.sendCall(`Flow/${key}/run`, { wait: true });

  const whileRunning = (await context.server.call(`Flow/${key}/run`, {})).expect(409);
  await context.server.call(`Flow/${key}/resolve`, 1);
  await context.server.waitStatus(id, "completed");
  const whenDone = (await context.server.call(`Flow/${key}/run`, {})).expect(409);
  const send = (await context.server.call(`Flow/${key}/run/send`, {})).expect(202);

  deepEqual([whileRunning.object(), whenDone.object()], [ALREADY, ALREADY]);
  deepEqual([whileRunning.id, whenDone.id], [id, id]);
  deepEqual(send.object(), { invocationId: id, status: "PreviouslyAccepted" });
});

list.add(
  "WF-3 5",
  "a handler that runs a workflow twice sees one id and a 409",
  async (context) => {
    const call = { service: "Flow", handler: "run", key: context.unique(), input: {} };

    const result = (await context.server.call("Basic/callTwice", call)).expect(200).object();

    const ids = result["ids"] as string[];
    equal(ids[0], ids[1]);
    deepEqual(result["value"], { key: call.key });
    deepEqual([result["code"], result["message"]], [409, ALREADY.message]);
  },
);

list.add("WF-4 5", "shared handlers run before, during and after the run", async (context) => {
  const key = context.unique();
  const status = async () => (await context.server.call(`Flow/${key}/status`)).expect(200).json();

  const before = await status();
  const id = await context.server.sendCall(`Flow/${key}/run`, { wait: true });
  await until("the run stored its status", async () => (await status()) === "running");
  await context.server.call(`Flow/${key}/resolve`, 1);
  await context.server.waitStatus(id, "completed");

  equal(before, null);
  equal(await status(), "released");
});

list.add("WF-5 5", "only the run handler may write state", async (context) => {
  const name = context.unique("Writer");
  const policy = { retryPolicyMaxAttempts: 1, retryPolicyOnMaxAttempts: "KILL" };
  await context.deploy(manifest([workflow(name, ["run", "shared"], policy)]), {
    [`${name}/run`]: (attempt) => {
      attempt.send("SetState", { key: "a", value: { content: new Uint8Array([49]) } });
      attempt.finish("1");
    },
    [`${name}/shared`]: (attempt) => {
      attempt.send("SetState", { key: "a", value: { content: new Uint8Array([50]) } });
    },
  });

  (await context.server.call(`${name}/k/run`)).expect(200);
  const answer = (await context.server.call(`${name}/k/shared`)).expect(500);

  match(answer.message, /unsupported entry type, this handler type cannot write state/);
  deepEqual(await context.server.state(name, "k"), { a: "1" });
});

list.addWith(
  "WF-6 5",
  "when retention ends, the run, its state and its promises are removed",
  { slow: true },
  async (context) => {
    const name = context.unique("Short");
    await context.deploy(
      manifest([workflow(name, [{ name: "run", workflowCompletionRetention: 1000 }])]),
      {
        [`${name}/run`]: async (attempt) => {
          attempt.send("SetState", { key: "a", value: { content: new Uint8Array([49]) } });
          const value = { content: new Uint8Array([49]) };
          attempt.send("CompletePromise", {
            key: "p",
            completion_value: value,
            result_completion_id: 1,
          });
          await attempt.next();
          attempt.finish("1");
        },
      },
    );
    const { id } = (await context.server.call(`${name}/k/run`)).expect(200);

    await context.server.waitGone(id);

    deepEqual(await context.server.state(name, "k"), {});
    const promises = `SELECT key FROM sys_promise WHERE service_name = '${name}'`;
    deepEqual(await context.server.sql(promises), []);
    equal((await context.server.call(`${name}/k/run`)).expect(200).id, id);
  },
);

list.add(
  "WF-7 5",
  "a killed run stays until it is purged, then the key is free",
  async (context) => {
    const key = context.unique();
    const id = await context.server.sendCall(`Flow/${key}/run`, { wait: true });
    await until(
      "the state is stored",
      async () => "status" in (await context.server.state("Flow", key)),
    );
    (await context.server.operate(id, "kill")).expect(200);

    const attached = await context.server.ingress.get(`/restate/workflow/Flow/${key}/attach`);
    deepEqual(attached.expect(409).object(), {
      code: 409,
      message: "killed",
      source: "invocation",
    });
    deepEqual((await context.server.call(`Flow/${key}/run`, {})).expect(409).object(), ALREADY);
    deepEqual(await context.server.state("Flow", key), { status: '"running"' });
    (await context.server.operate(id, "purge")).expect(200);
    await context.server.waitGone(id);

    deepEqual(await context.server.state("Flow", key), {});
    equal((await context.server.call(`Flow/${key}/run`, {})).expect(200).id, id);
  },
);

list.add("WF-8 5", "an idempotency key on a run is refused", async (context) => {
  const headers = { "idempotency-key": "x" };

  const answer = await context.server.call(`Flow/${context.unique()}/run`, {}, { headers });

  equal(answer.status, 400);
  deepEqual(answer.object(), {
    code: 400,
    message:
      "cannot use the idempotency key with workflow handlers. " +
      "The handler invocation will already be idempotent by the workflow key itself.",
    source: "ingress",
  });
});

list.add("WF-8a 5", "a handler's idempotency key on a run is ignored", async (context) => {
  const key = context.unique();
  const call = { service: "Flow", handler: "run", key, input: {}, idempotencyKey: "ignored" };

  deepEqual((await context.server.call("Basic/call", call)).expect(200).json(), { key });
  const caught = (await context.server.call("Basic/callCaught", call)).expect(200).object();

  deepEqual([caught["code"], caught["message"]], [409, ALREADY.message]);
});

list.add("WF-9 5", "a workflow cannot be restarted as new", async (context) => {
  const { id } = (await context.server.call(`Flow/${context.unique()}/run`, {})).expect(200);

  const answer = await context.server.operate(id, "restart-as-new");

  equal(answer.status, 422);
  match(answer.message, /Restarting the invocation '.*' is not supported/);
});

list.add("WF-10 5", "promises of a key never run stay", async (context) => {
  const key = context.unique();

  (await context.server.call(`Flow/${key}/resolve`, "early")).expect(200);

  const rows = await context.server.sql(
    `SELECT completed FROM sys_promise WHERE service_name = 'Flow' AND service_key = '${key}'`,
  );
  deepEqual(rows, [{ completed: true }]);
});

list.add("WF-11 5", "a workflow handler of unset type is shared", async (context) => {
  const name = context.unique("Unset");
  const deployment = context.mock(manifest([workflow(name, ["run", "other"])]));

  const answer = (await context.server.register(deployment.uri)).expect(201);

  const [registered] = answer.object()["services"] as {
    handlers: { name: string; ty: string }[];
  }[];
  const types = registered?.handlers.map((handler) => [handler.name, handler.ty]).sort();
  deepEqual(types, [
    ["other", "Shared"],
    ["run", "Workflow"],
  ]);
});

list.add("PR-1 8", "waiting on an unset promise registers a listener", async (context) => {
  const key = context.unique();
  const waiting = context.server.call(`Flow/${key}/wait`);
  const query = `SELECT key, completed FROM sys_promise WHERE service_key = '${key}'`;
  await until("the promise is listed", async () => (await context.server.sql(query)).length === 1);

  deepEqual(await context.server.sql(query), [{ key: "p", completed: false }]);
  ok(await staysPending(waiting, 200));
  await context.server.call(`Flow/${key}/resolve`, "v");
  deepEqual((await waiting).expect(200).json(), { value: "v" });
});

list.add("PR-2 8", "completing a promise wakes every listener", async (context) => {
  const key = context.unique();
  const run = context.server.call(`Flow/${key}/run`, { wait: true });
  const others = [1, 2].map(() => context.server.call(`Flow/${key}/wait`));
  const query =
    "SELECT completed, completion_success_value_utf8 FROM sys_promise " +
    `WHERE service_key = '${key}'`;
  await until("the promise is listed", async () => (await context.server.sql(query)).length === 1);

  const completed = (await context.server.call(`Flow/${key}/resolve`, "v")).expect(200);

  deepEqual(completed.json(), { value: null });
  deepEqual((await run).expect(200).json(), { released: "v" });
  for (const other of others) deepEqual((await other).expect(200).json(), { value: "v" });
  deepEqual(await context.server.sql(query), [
    { completed: true, completion_success_value_utf8: '"v"' },
  ]);
});

list.add("PR-3 8", "a promise is completed only once", async (context) => {
  const key = context.unique();
  await context.server.call(`Flow/${key}/resolve`, 1);

  const resolved = (await context.server.call(`Flow/${key}/resolve`, 2)).expect(200);
  const rejected = (await context.server.call(`Flow/${key}/reject`, "no")).expect(200);

  const failure = { code: 409, message: "promise was already completed" };
  deepEqual([resolved.json(), rejected.json()], [failure, failure]);
  deepEqual((await context.server.call(`Flow/${key}/peek`)).json(), { value: 1 });
});

list.add("PR-4 8", "peek never waits", async (context) => {
  const key = context.unique();

  const before = (await context.server.call(`Flow/${key}/peek`)).expect(200).json();
  await context.server.call(`Flow/${key}/resolve`, "v");
  const after = (await context.server.call(`Flow/${key}/peek`)).expect(200).json();

  deepEqual([before, after], [{ value: null }, { value: "v" }]);
});

list.add("PR-5 8", "a rejected promise keeps code, message and metadata", async (context) => {
  const name = context.unique("Meta");
  const failure = { code: 418, message: "no", metadata: [{ key: "a", value: "b" }] };
  await context.deploy(manifest([workflow(name, ["run", "reject"])]), {
    [`${name}/run`]: async (attempt) => {
      attempt.send("GetPromise", { key: "p", result_completion_id: 1 });
      const completion = await attempt.next();
      attempt.send("Output", { failure: completion.fields["failure"] });
      attempt.send("End");
    },
    [`${name}/reject`]: async (attempt) => {
      attempt.send("CompletePromise", {
        key: "p",
        completion_failure: failure,
        result_completion_id: 1,
      });
      await attempt.next();
      attempt.finish("1");
    },
  });
  const run = context.server.call(`${name}/k/run`);

  (await context.server.call(`${name}/k/reject`)).expect(200);

  deepEqual((await run).expect(418).object(), {
    code: 418,
    message: "no",
    metadata: { a: "b" },
    source: "invocation",
  });
  const rows = await context.server.sql(
    `SELECT completion_failure FROM sys_promise WHERE service_name = '${name}'`,
  );
  deepEqual(rows, [{ completion_failure: "[418] no" }]);
});

list.add("PR-6 8", "a promise completed before the run releases it at once", async (context) => {
  const key = context.unique();
  await context.server.call(`Flow/${key}/resolve`, { early: true });

  const answer = (await context.server.call(`Flow/${key}/run`, { wait: true })).expect(200);

  deepEqual(answer.json(), { released: { early: true } });
});

list.add("PR-8 8", "promises exist only inside workflows", async (context) => {
  const name = context.unique("NoPromise");
  const policy = { retryPolicyMaxAttempts: 1, retryPolicyOnMaxAttempts: "KILL" };
  await context.deploy(
    manifest([service(name, ["h"], policy), object(`${name}Obj`, ["h"], policy)]),
    Object.fromEntries(
      [`${name}/h`, `${name}Obj/h`].map((target) => [
        target,
        (attempt) => {
          attempt.send("PeekPromise", { key: "p", result_completion_id: 1 });
        },
      ]),
    ),
  );

  for (const target of [`${name}/h`, `${name}Obj/k/h`]) {
    const answer = (await context.server.call(target)).expect(500);
    match(answer.message, /unsupported entry type, only Workflow services support it/);
  }
});

list.add(
  "S15 29",
  "a run suspended on a promise ends when a handler completes it",
  async (context) => {
    const key = context.unique();
    const id = await context.server.sendCall(`Flow/${key}/run`, { wait: true });
    const attached = context.server.ingress.get(`/restate/workflow/Flow/${key}/attach`);
    await until(
      "the state is stored",
      async () => "status" in (await context.server.state("Flow", key)),
    );

    await context.server.call(`Flow/${key}/resolve`, 7);

    const answer = (await attached).expect(200);
    deepEqual(answer.json(), { released: 7 });
    equal(answer.id, id);
    notEqual((await context.server.call(`Flow/${key}/resolve`, 8)).object()["code"], undefined);
  },
);
