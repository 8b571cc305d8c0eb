/** Attach, output and lookup, from outside and from handlers (invocation-semantics.md 15). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { Attempt } from "../support/mock.ts";
import { manifest, service } from "../support/mock.ts";
import type { MessageValue } from "../support/protobuf.ts";
import { fromUtf8 } from "../support/protobuf.ts";
import { gates, recorder, staysPending } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const attachChecks = list.checks;

/** The id of an invocation that is not known any more. */
async function unknownId(context: CheckContext): Promise<string> {
  const id = await context.server.sendCall("Basic/echo?delay=1h", 1);
  await context.server.operate(id, "kill");
  await context.server.waitGone(id);
  return id;
}

list.add("AT-1 15", "several attachers get the result of the caller", async (context) => {
  const subject = context.unique();
  const headers = { "idempotency-key": subject };
  const calling = context.server.call("Basic/hold", { subject }, { headers });
  await recorder.seen(subject, "start");
  const id = await context.server.sendCall("Basic/hold", { subject }, { headers });
  const attached = [context.server.attach(id), context.server.attach(id)];
  ok(await staysPending(Promise.race(attached), 200));

  gates.open(subject);

  for (const answer of [await calling, ...(await Promise.all(attached))]) {
    deepEqual([answer.expect(200).json(), answer.id], [subject, id]);
    equal("idempotency-expires" in answer.headers, false);
  }
});

list.add("AT-1a 15", "hundreds of attachers get the result, each once", async (context) => {
  const subject = context.unique();
  const id = await context.server.sendCall("Basic/hold", { subject });
  await recorder.seen(subject, "start");
  const attached = Array.from({ length: 200 }, () => context.server.attach(id));
  ok(await staysPending(Promise.race(attached), 500));

  gates.open(subject);

  const answers = await Promise.all(attached);
  deepEqual(new Set(answers.map((answer) => answer.expect(200).json())), new Set([subject]));
});

list.add("AT-2 15", "lookup computes ids of what does not exist", async (context) => {
  const lookup = (json: unknown) => context.server.ingress.post("/restate/lookup", { json });
  const idempotent = { target: "idempotentInvocation", service: "Basic", handler: "echo" };

  const first = (await lookup({ ...idempotent, idempotencyKey: "k1" })).expect(200);
  const wrongMethod = await context.server.ingress.get("/restate/lookup");

  match(String(first.object()["invocationId"]), /^inv_1[0-9a-zA-Z]{33}$/);
  deepEqual(Object.keys(first.object()), ["invocationId"]);
  equal(wrongMethod.status, 405);
});

list.addWith(
  "AT-3 15",
  "a malformed target body is refused in one line",
  { differs: "the original's message goes on with a stack trace" },
  async (context) => {
    for (const path of ["attach", "output", "lookup"]) {
      const answer = await context.server.ingress.post(`/restate/${path}`, { body: "{" });
      ok(answer.status === 500 || answer.status === 400, answer.describe());
      match(answer.message, /^cannot read body: invalid (lookup|request) body: /);
      const hasTrace = answer.message.includes("\n");
      equal(hasTrace, context.expected({ oracle: true, stet: false }), path);
    }
  },
);

list.add("AT-6 15", "output of what has not completed answers 470", async (context) => {
  const subject = context.unique();
  const id = await context.server.sendCall("Basic/hold", { subject });

  const answer = await context.server.output(id);

  deepEqual(
    [answer.status, answer.object()],
    [
      470,
      {
        code: 470,
        message: "the invocation exists but has not completed yet",
        source: "ingress",
      },
    ],
  );
  gates.open(subject);
});

list.add("AT-7 15", "attach and output of the unknown have two shapes of 404", async (context) => {
  const id = await unknownId(context);

  const attached = (await context.server.attach(id)).expect(404);
  const output = (await context.server.output(id)).expect(404);

  deepEqual(attached.object(), { code: 404, message: "not found", source: "invocation" });
  equal(attached.id, id);
  deepEqual(output.object(), { code: 404, message: "invocation not found", source: "ingress" });
  equal("x-restate-id" in output.headers, false);
});

list.add("AT-8 15", "every route finds the same result", async (context) => {
  const key = context.unique();
  const headers = { "idempotency-key": key };
  const plain = (await context.server.call("Basic/echo", "v", { headers })).expect(200).id;
  const keyed = (await context.server.call(`Store/${key}/add`, 3, { headers })).expect(200).id;
  const run = (await context.server.call(`Flow/${key}/run`, {})).expect(200).id;

  const routes: [string, string][] = [
    [`/restate/invocation/${plain}`, plain],
    [`/restate/invocation/Basic/echo/${key}`, plain],
    [`/restate/invocation/Store/${key}/add/${key}`, keyed],
    [`/restate/workflow/Flow/${key}`, run],
  ];
  for (const [route, id] of routes) {
    for (const verb of ["attach", "output"]) {
      const answer = (await context.server.ingress.get(`${route}/${verb}`)).expect(200);
      equal(answer.id, id, `${route}/${verb}`);
      ok(answer.headers["idempotency-expires"] !== undefined);
    }
  }
  for (const verb of ["attach", "output"]) {
    equal((await context.server.ingress.get(`/restate/${verb}/${plain}`)).expect(200).id, plain);
  }
});

list.add("AT-9 15", "target bodies find the same result", async (context) => {
  const key = context.unique();
  const headers = { "idempotency-key": key };
  const plain = (await context.server.call("Basic/echo", "v", { headers })).expect(200).id;
  const keyed = (await context.server.call(`Store/${key}/add`, 3, { headers })).expect(200).id;
  const run = (await context.server.call(`Flow/${key}/run`, {})).expect(200).id;
  const idempotent = { target: "idempotentInvocation", idempotencyKey: key };
  const targets: [unknown, string][] = [
    [{ target: "invocation", invocationId: plain, extra: 1 }, plain],
    [{ ...idempotent, service: "Basic", handler: "echo" }, plain],
    [{ ...idempotent, service: "Store", key, handler: "add" }, keyed],
    [{ target: "workflow", workflowName: "Flow", workflowKey: key }, run],
  ];

  for (const [json, id] of targets) {
    for (const verb of ["attach", "output"]) {
      const answer = await context.server.ingress.post(`/restate/${verb}`, { json });
      equal(answer.expect(200).id, id);
    }
    const looked = await context.server.ingress.post("/restate/lookup", { json });
    equal(looked.expect(200).object()["invocationId"], id);
  }
});

list.add("AT-10 15", "a malformed invocation id is refused", async (context) => {
  const messageOf = async (id: string) => (await context.server.attach(id)).expect(400).message;

  match(await messageOf("inv_1bad"), /^bad invocation id 'inv_1bad': ./);
  match(await messageOf("dp_10000000000000000000001"), /id doesn't match the expected type$/);
  match(await messageOf("foo_1abc"), /unrecognized resource type: foo$/);
});

list.add("AT-11 15", "attaching to a scheduled or paused invocation waits", async (context) => {
  const id = await context.server.sendCall("Basic/echo?delay=700ms", "later");

  const attached = context.server.attach(id);

  ok(await staysPending(attached, 100));
  equal((await attached).expect(200).json(), "later");
});

/** A mock handler that sends one attach-like command and answers with the notification. */
function commanding(command: "AttachInvocation" | "GetInvocationOutput") {
  return async (attempt: Attempt) => {
    const target = JSON.parse(attempt.input) as MessageValue;
    attempt.send(command, { ...target, result_completion_id: 1 });
    const { fields } = await attempt.next();
    const failure = fields["failure"] as MessageValue | undefined;
    const value = fields["value"] as MessageValue | undefined;
    if (failure !== undefined) {
      attempt.finish(`${String(failure["code"])} ${String(failure["message"])}`);
    } else if (value !== undefined) {
      attempt.finish(fromUtf8(value["content"] as Uint8Array));
    } else {
      attempt.finish("void");
    }
  };
}

async function asker(context: CheckContext): Promise<string> {
  const name = context.unique("Asker");
  await context.deploy(manifest([service(name, ["attach", "output"])]), {
    [`${name}/attach`]: commanding("AttachInvocation"),
    [`${name}/output`]: commanding("GetInvocationOutput"),
  });
  return name;
}

list.add("S56 29", "a handler attaches by id, key and workflow", async (context) => {
  const name = await asker(context);
  const key = context.unique();
  const headers = { "idempotency-key": key };
  const id = (await context.server.call("Basic/echo", "v", { headers })).expect(200).id;
  await context.server.call(`Store/${key}/add`, 3, { headers });
  await context.server.call(`Flow/${key}/run`, {});
  const failed = (await context.server.call("Basic/fail", { code: 418, message: "tea" })).id;
  const keyed = { service_name: "Store", service_key: key, handler_name: "add" };
  const plain = { service_name: "Basic", handler_name: "echo", idempotency_key: key };
  const targets: [unknown, string][] = [
    [{ invocation_id: id }, '"v"'],
    [{ idempotent_request_target: plain }, '"v"'],
    [{ idempotent_request_target: { ...keyed, idempotency_key: key } }, "3"],
    [{ workflow_target: { workflow_name: "Flow", workflow_key: key } }, `{"key":"${key}"}`],
    [{ invocation_id: failed }, "418 tea"],
    [{ invocation_id: await unknownId(context) }, "404 not found"],
  ];

  for (const [target, expected] of targets) {
    for (const verb of ["attach", "output"]) {
      const answer = (await context.server.call(`${name}/${verb}`, target)).expect(200);
      equal(answer.text, expected, `${verb} ${JSON.stringify(target)}`);
    }
  }
});

list.add("S57 29", "a handler's get-output does not wait, its attach does", async (context) => {
  const name = await asker(context);
  const subject = context.unique();
  const id = await context.server.sendCall("Basic/hold", { subject });
  await recorder.seen(subject, "start");
  const target = { invocation_id: id };

  equal((await context.server.call(`${name}/output`, target)).expect(200).text, "void");
  const attached = context.server.call(`${name}/attach`, target);
  ok(await staysPending(attached, 200));
  gates.open(subject);

  equal((await attached).expect(200).json(), subject);
  equal((await context.server.call(`${name}/output`, target)).expect(200).json(), subject);
});

list.add("AT-4 15", "the SDK attaches to a running invocation", async (context) => {
  const subject = context.unique();
  const id = await context.server.sendCall("Basic/hold", { subject });
  await recorder.seen(subject, "start");
  const attached = context.server.call("Basic/attach", { id });
  gates.open(subject);

  deepEqual((await attached).expect(200).json(), { value: subject });
});
