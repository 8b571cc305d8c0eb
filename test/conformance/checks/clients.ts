/** The official TypeScript client against the ingress (ingress-http.md 13). */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";

import { connect, rpc } from "@restatedev/restate-sdk-clients";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { Basic, Flow, Store } from "../support/sdk-services.ts";
import { recorder, until } from "../support/wait.ts";

const list = new CheckList("ingress-http.md");

/** Checks of this topic. */
export const clientChecks = list.checks;

const BASIC = { name: "Basic" } as const;
const STORE = { name: "Store" } as const;
const FLOW = { name: "Flow" } as const;

function client(context: CheckContext) {
  return connect({ url: context.server.ingress.origin });
}

list.add("CL-1 13", "the client calls services and objects", async (context) => {
  const ingress = client(context);
  const basic = ingress.serviceClient<Basic>(BASIC);
  const key = context.unique("a b/");
  const store = ingress.objectClient<Store>(STORE, key);

  deepEqual(await basic.echo({ a: 1 }), { a: 1 });
  equal(await basic.nothing(), undefined);
  equal(await store.add(2), 2);
  equal(await store.key(), key);
});

list.add(
  "CL-2 13",
  "the client's idempotency key attaches to the first result",
  async (context) => {
    const basic = client(context).serviceClient<Basic>(BASIC);
    const options = rpc.opts<unknown, unknown>({ idempotencyKey: context.unique() });

    equal(await basic.echo("first", options), "first");
    equal(await basic.echo("second", options), "first");
  },
);

list.add("CL-3 13", "the client sends, delays and reads results", async (context) => {
  const ingress = client(context);
  const basic = ingress.serviceSendClient<Basic>(BASIC);

  const idempotencyKey = context.unique();
  const sent = await basic.echo("now", rpc.sendOpts({ idempotencyKey }));
  const delay = { milliseconds: 300 };
  const options = rpc.sendOpts({ delay, idempotencyKey: `${idempotencyKey}d` });
  const delayed = await basic.echo("later", options);

  equal(sent.status, "Accepted");
  equal(await ingress.result(sent), "now");
  equal(await ingress.result(delayed), "later");
});

list.add("CL-4 13", "the client submits, attaches to and reads a workflow", async (context) => {
  const flow = client(context).workflowClient<Flow>(FLOW, context.unique());

  const first = await flow.workflowSubmit({ wait: true });
  const second = await flow.workflowSubmit({ wait: true });
  const before = await flow.workflowOutput();
  await flow.resolve("v");

  deepEqual(await flow.workflowAttach(), { released: "v" });
  deepEqual([first.status, second.status], ["Accepted", "PreviouslyAccepted"]);
  equal(first.invocationId, second.invocationId);
  equal(before.ready, false);
  const after = await flow.workflowOutput();
  ok(after.ready);
  deepEqual(after.result, { released: "v" });
});

list.add("CL-5 13", "the client resolves and rejects awakeables", async (context) => {
  const ingress = client(context);
  const basic = ingress.serviceSendClient<Basic>(BASIC);
  for (const reject of [false, true]) {
    const subject = context.unique();
    const options = rpc.sendOpts<{ subject: string }>({ idempotencyKey: subject });
    const sent = await basic.awakeable({ subject }, options);
    const id = await until("the awakeable is known", () => recorder.list(subject)[0]);
    if (reject) await ingress.rejectAwakeable(id, "no");
    else await ingress.resolveAwakeable(id, { a: 1 });
    const expected = reject ? { code: 500, message: "no" } : { resolved: { a: 1 } };
    deepEqual(await ingress.result(sent), expected);
  }
});

list.add("CL-6 13", "the client raises failures with their status", async (context) => {
  const basic = client(context).serviceClient<Basic>(BASIC);

  const failing = async () => {
    await basic.fail({ code: 418, message: "tea" });
  };
  await rejects(failing, (error: unknown) => {
    ok(error instanceof Error);
    equal((error as unknown as { status: number }).status, 418);
    ok(error.message.includes("tea") || JSON.stringify(error).includes("tea"));
    return true;
  });
});
