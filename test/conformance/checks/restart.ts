/**
 * What survives a crash (invocation-semantics.md 2, 7, 29): one server is filled with invocations
 * in every state, killed, started again; each check then looks at its own part.
 */

import { deepEqual, equal, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext, Fixture } from "../support/context.ts";
import type { Answer } from "../support/http.ts";
import { manifest, object } from "../support/mock.ts";
import type { Server } from "../support/server.ts";
import { gates, recorder, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const restartChecks = list.checks;

/** One-way calls whose callee is called once each, accepted just before the crash. */
const SENDS = 25;

/** What was prepared before the crash. */
interface Prepared {
  readonly server: Server;
  readonly key: string;
  readonly name: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly scheduledAt: number;
  readonly journal: readonly string[];
}

const prepared = new WeakMap<Fixture, Promise<Prepared>>();

/** The server after its crash; prepared once per target. */
function afterCrash(context: CheckContext): Promise<Prepared> {
  let preparing = prepared.get(context.fixture);
  if (preparing === undefined) {
    preparing = context.fixture.dedicated("restart", {}, (server) => prepare(context, server));
    prepared.set(context.fixture, preparing);
  }
  return preparing;
}

async function prepare(context: CheckContext, server: Server): Promise<Prepared> {
  await context.fixture.registerSdk(server);
  const key = context.unique();
  const name = context.unique("Crash");
  await context.deploy(
    manifest([object(name, ["pause", "h"], { retryPolicyInitialInterval: 100 })]),
    {
      [`${name}/pause`]: (attempt) => {
        if (attempt.number === 1) attempt.fail(500, "pause me", { behavior: 1 });
        else attempt.finish("resumed");
      },
      [`${name}/h`]: (attempt) => attempt.finish("1"),
    },
    server,
  );
  const scheduledAt = Date.now() + 20_000;
  const ids = {
    scheduled: await server.sendCall("Basic/echo?delay=20s", "timed"),
    sleeping: await server.sendCall("Suspending/sleep", { ms: 20_000 }),
    awaiting: await server.sendCall("Suspending/awakeable", { subject: `${key}-awakeable` }),
    steps: await server.sendCall("Basic/steps", { count: 3, subject: `${key}-steps` }),
    running: await server.sendCall("Basic/hold", { subject: `${key}-hold` }),
    holder: await server.sendCall(`Store/${key}/hold`, { subject: key }),
    paused: await server.sendCall(`${name}/k/pause`),
    parent: await server.sendCall("Suspending/call", {
      service: "Suspending",
      handler: "awakeable",
      input: { subject: `${key}-child` },
    }),
    flow: await server.sendCall(`Flow/${key}/run`, { wait: true }),
  };
  await recorder.seen(key, "start");
  await recorder.seen(`${key}-hold`, "start");
  const pending = await server.sendCall(`Store/${key}/add`, 5);
  (await server.call(`Store/${key}-state/add`, 7)).expect(200);
  for (const id of [ids.sleeping, ids.awaiting, ids.parent]) {
    await server.waitStatus(id, "suspended");
  }
  await server.waitStatus(ids.paused, "paused");
  await server.waitStatus(ids.steps, "completed");
  await server.waitStatus(pending, "pending");
  await server.waitStatus(ids.flow, "running|suspended");
  const journal = await server.journal(ids.steps);
  for (let index = 0; index < SENDS; index++) {
    const call = { service: "Store", handler: "add", key: `${key}-sum`, input: 1 };
    await server.sendCall("Basic/send", call);
  }
  await server.process?.kill();
  await server.process?.startAgain();
  return { server, key, name, ids: { ...ids, pending }, scheduledAt, journal };
}

/** Attaches, retrying while the server comes up. */
function attach(server: Server, id: string): Promise<Answer> {
  return until("the attach is answered", () => server.attach(id), 60_000);
}

const SLOW = { slow: true };

list.addWith("LC-6 2.2", "statuses are the same after a crash", SLOW, async (context) => {
  const { server, ids, journal } = await afterCrash(context);

  equal((await server.waitStatus(ids["paused"] ?? "", "paused"))["status"], "paused");
  const steps = await server.waitStatus(ids["steps"] ?? "", "completed");
  equal(steps["completion_result"], "success");
  deepEqual(await server.journal(ids["steps"] ?? ""), journal);
  equal((await attach(server, ids["steps"] ?? "")).expect(200).json(), 3);
});

list.addWith("LC-6a 2.2", "a running invocation starts a new attempt", SLOW, async (context) => {
  const { server, ids, key } = await afterCrash(context);
  await recorder.seen(`${key}-hold`, "start", 2);

  gates.open(`${key}-hold`);

  equal((await attach(server, ids["running"] ?? "")).expect(200).json(), `${key}-hold`);
});

list.addWith("DS-10 7", "timers survive a crash and fire on time", SLOW, async (context) => {
  const { server, ids, scheduledAt } = await afterCrash(context);

  equal((await attach(server, ids["scheduled"] ?? "")).expect(200).json(), "timed");
  const row = await server.waitStatus(ids["scheduled"] ?? "", "completed");
  ok(Date.parse(String(row["running_at"])) >= scheduledAt - 500, "the timer fired early");
  equal((await attach(server, ids["sleeping"] ?? "")).expect(200).json(), "slept");
});

list.addWith("S54 29", "an awakeable is resolved after a crash", SLOW, async (context) => {
  const { server, ids, key } = await afterCrash(context);
  const awakeable = recorder.list(`${key}-awakeable`)[0] ?? "";

  const path = `/restate/awakeables/${awakeable}/resolve`;
  await until(
    "the resolve is accepted",
    async () => (await server.ingress.post(path, { json: "after" })).status === 202,
  );

  deepEqual((await attach(server, ids["awaiting"] ?? "")).json(), { resolved: "after" });
});

list.addWith("XO-3 18", "a call completes once across a crash", SLOW, async (context) => {
  const { server, ids, key } = await afterCrash(context);
  const awakeable = recorder.list(`${key}-child`)[0] ?? "";

  const path = `/restate/awakeables/${awakeable}/resolve`;
  await until(
    "the resolve is accepted",
    async () => (await server.ingress.post(path, { json: "after" })).status === 202,
  );

  const answer = await attach(server, ids["parent"] ?? "");
  deepEqual(answer.expect(200).json(), { resolved: "after" });
  const journal = await server.journal(ids["parent"] ?? "");
  deepEqual(journal, ["Input", "Call", "+CallInvocationId", "+Call", "Output"]);
});

list.addWith("VO-13 4", "locks and queues survive a crash", SLOW, async (context) => {
  const { server, ids, key } = await afterCrash(context);
  await recorder.seen(key, "start", 2);
  await server.waitStatus(ids["pending"] ?? "", "pending");

  gates.open(key);

  equal((await attach(server, ids["holder"] ?? "")).expect(200).json(), key);
  equal((await attach(server, ids["pending"] ?? "")).expect(200).json(), 5);
});

list.addWith("ST-7 19", "state survives a crash", SLOW, async (context) => {
  const { server, key } = await afterCrash(context);

  const answer = await until("the object answers", () => server.call(`Store/${key}-state/add`, 1));

  equal(answer.expect(200).json(), 8);
});

list.addWith("PR-9 8", "promises survive a crash", SLOW, async (context) => {
  const { server, ids, key } = await afterCrash(context);

  const resolve = () => server.call(`Flow/${key}/resolve`, "after");
  (await until("the promise is resolved", resolve)).expect(200);

  deepEqual((await attach(server, ids["flow"] ?? "")).expect(200).json(), { released: "after" });
});

list.addWith("PA-8 12", "a paused invocation resumes after a crash", SLOW, async (context) => {
  const { server, ids, name } = await afterCrash(context);
  // The status check of this server reads the same row; a second invocation keeps them apart.
  const id = await server.sendCall(`${name}/other/pause`);
  await server.waitStatus(id, "paused");

  (await server.operate(id, "resume")).expect(200);

  equal((await attach(server, id)).expect(200).text, "resumed");
  ok((await server.row(ids["paused"] ?? "")) !== undefined);
});

list.addWith(
  "XO-1 18",
  "every accepted send is carried out exactly once",
  SLOW,
  async (context) => {
    const { server, key } = await afterCrash(context);
    const sum = async () => (await server.state("Store", `${key}-sum`))["count"];
    await until("all sends are carried out", async () => (await sum()) === `${SENDS}`, 60_000);

    // A call of the same key is behind whatever else might still be queued.
    const next = await server.call(`Store/${key}-sum/add`, 1);

    equal(next.expect(200).json(), SENDS + 1);
  },
);
