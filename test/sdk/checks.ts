/** What every deployment is asked to do; the contract is in README.md. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { connect } from "node:http2";
import type { JsonObject } from "../conformance/support/http.ts";
import type { Server } from "../conformance/support/server.ts";
import { until } from "../conformance/support/wait.ts";
import type { DeploymentProcess } from "./deployment-process.ts";

/** What a check works with. */
export interface Subject {
  readonly server: Server;
  readonly deployment: DeploymentProcess;
  /** Differs for every check: a name for objects, workflows and steps. */
  readonly name: string;
}

/** One check: a fact and what proves it. */
export interface Check {
  readonly fact: string;
  readonly prove: (subject: Subject) => Promise<void>;
}

const NAP_MS = 3_000;
const NAP_ENDLESS_MS = 3_600_000;
const ADDITIONS = 20;

/** All checks in order; the first one registers the deployment that the others use. */
export const CHECKS: readonly Check[] = [
  { fact: "the deployment is discovered and registered", prove: register },
  { fact: "the deployment refuses what is not signed", prove: refuseUnsigned },
  { fact: "a handler with a durable step answers", prove: answer },
  { fact: "a failing step is retried until it succeeds", prove: retryStep },
  { fact: "a terminal failure keeps its code and message", prove: failTerminally },
  { fact: "an object keeps its state per key", prove: keepState },
  { fact: "concurrent calls of one key lose nothing", prove: addConcurrently },
  { fact: "an idempotency key counts once", prove: countOnce },
  { fact: "a handler calls, sleeps, sends and catches failures", prove: chain },
  { fact: "a delayed send runs after its delay", prove: sendLater },
  { fact: "an awakeable is resolved", prove: resolveAwakeable },
  { fact: "an awakeable is rejected", prove: rejectAwakeable },
  { fact: "a workflow waits for its promise and runs once", prove: signUp },
  { fact: "a cancelled sleep fails with 409 and compensates", prove: cancelNap },
  { fact: "a suspended invocation resumes", prove: resumeSuspended },
  { fact: "sleeps and waits survive a kill of the server", prove: surviveServerKill },
  { fact: "a sleep survives a kill of the deployment", prove: surviveDeploymentKill },
  { fact: "the deployment works over HTTP/1.1, request and response", prove: requestResponse },
];

async function register({ server, deployment }: Subject): Promise<void> {
  const answer = await server.register(deployment.uri);
  const services = answer.expect(201).object()["services"] as JsonObject[];
  const shape = services.map((service) => {
    const handlers = (service["handlers"] as JsonObject[]).map(({ name, ty }) => `${name} ${ty}`);
    return `${service["name"]} ${service["ty"]}: ${handlers.sort().join(", ")}`;
  });
  deepStrictEqual(shape.sort(), [
    "Chain Service: nap undefined, run undefined",
    "Counter VirtualObject: add Exclusive, get Shared",
    "Greeter Service: greet undefined, persist undefined, refuse undefined",
    "Signup Workflow: confirm Shared, run Workflow",
    "Waiter VirtualObject: id Shared, wait Exclusive",
  ]);
}

async function refuseUnsigned({ deployment }: Subject): Promise<void> {
  const session = connect(deployment.uri);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": "/invoke/Greeter/greet",
      "content-type": "application/vnd.restate.invocation.v5",
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    stream.once("response", (headers) => resolve(Number(headers[":status"])));
    stream.once("error", reject);
    session.once("error", reject);
    stream.end();
    strictEqual(await promise, 401);
  } finally {
    session.destroy();
  }
}

async function answer({ server, name }: Subject): Promise<void> {
  const greeting = await server.call("Greeter/greet", name);
  strictEqual(greeting.expect(200).json(), `Hello ${name}!`);
  const journal = await server.journal(greeting.id);
  deepStrictEqual(journal.slice(0, 2), ["Input", "Run"]);
}

async function retryStep({ server, name }: Subject): Promise<void> {
  strictEqual((await server.call("Greeter/persist", name)).expect(200).json(), 3);
}

async function failTerminally({ server, name }: Subject): Promise<void> {
  const refusal = await server.call("Greeter/refuse", name);
  strictEqual(refusal.expect(422).message, `refused ${name}`);
}

async function keepState({ server, name }: Subject): Promise<void> {
  await server.call(`Counter/${name}/add`, 2);
  strictEqual((await server.call(`Counter/${name}/add`, 3)).expect(200).json(), 5);
  strictEqual(await count(server, name), 5);
  strictEqual(await count(server, `${name}-other`), 0);
}

async function addConcurrently({ server, name }: Subject): Promise<void> {
  const calls = Array.from({ length: ADDITIONS }, () => server.call(`Counter/${name}/add`, 1));
  const counts = (await Promise.all(calls)).map((call) => Number(call.expect(200).json()));
  deepStrictEqual(
    counts.sort((left, right) => left - right),
    Array.from({ length: ADDITIONS }, (_, index) => index + 1),
  );
}

async function countOnce({ server, name }: Subject): Promise<void> {
  const options = { headers: { "idempotency-key": name } };
  strictEqual((await server.call(`Counter/${name}/add`, 7, options)).expect(200).json(), 7);
  strictEqual((await server.call(`Counter/${name}/add`, 7, options)).expect(200).json(), 7);
  strictEqual(await count(server, name), 7);
}

async function chain({ server, name }: Subject): Promise<void> {
  const answer = await server.call("Chain/run", name);
  deepStrictEqual(answer.expect(200).json(), {
    greeting: `Hello ${name}!`,
    count: 1,
    refusal: 422,
  });
  await untilCount(server, name, 11);
}

async function sendLater({ server, name }: Subject): Promise<void> {
  await server.sendCall(`Counter/${name}/add?delay=1s`, 1);
  strictEqual(await count(server, name), 0);
  await untilCount(server, name, 1);
}

async function resolveAwakeable({ server, name }: Subject): Promise<void> {
  const invocation = await server.sendCall(`Waiter/${name}/wait`);
  const awakeable = await awakeableOf(server, name);
  await complete(server, `${awakeable}/resolve`, { json: "good news" });
  strictEqual((await server.attach(invocation)).expect(200).json(), "good news");
}

async function rejectAwakeable({ server, name }: Subject): Promise<void> {
  const invocation = await server.sendCall(`Waiter/${name}/wait`);
  const awakeable = await awakeableOf(server, name);
  await complete(server, `${awakeable}/reject`, {
    body: "bad news",
    headers: { "content-type": "text/plain" },
  });
  strictEqual((await server.attach(invocation)).expect(500).message, "bad news");
}

async function signUp({ server, name }: Subject): Promise<void> {
  const run = server.call(`Signup/${name}/run`, name);
  await until("the workflow waits", async () => {
    const rows = await server.sql(
      `SELECT id FROM sys_journal WHERE entry_type = 'Command: GetPromise' AND id IN ` +
        `(SELECT id FROM sys_invocation WHERE target = 'Signup/${name}/run')`,
    );
    return rows.length > 0;
  });
  (await server.call(`Signup/${name}/confirm`, `code-${name}`)).expect(200);
  strictEqual((await run).expect(200).json(), `${name} is confirmed`);
  (await server.call(`Signup/${name}/run`, name)).expect(409);
}

async function cancelNap({ server, name }: Subject): Promise<void> {
  const invocation = await startNap(server, name, NAP_ENDLESS_MS);
  (await server.operate(invocation, "cancel")).expect(202);
  (await server.attach(invocation)).expect(409);
  await untilCount(server, name, 100);
}

async function resumeSuspended({ server, name }: Subject): Promise<void> {
  const invocation = await server.sendCall(`Waiter/${name}/wait`);
  const awakeable = await awakeableOf(server, name);
  await server.waitStatus(invocation, "suspended");
  await complete(server, `${awakeable}/resolve`, { json: "awake" });
  strictEqual((await server.attach(invocation)).expect(200).json(), "awake");
}

async function surviveServerKill({ server, name }: Subject): Promise<void> {
  await server.call(`Counter/${name}/add`, 4);
  const nap = await startNap(server, name, NAP_MS);
  const waiter = await server.sendCall(`Waiter/${name}/wait`);
  const awakeable = await awakeableOf(server, name);
  const workflow = await server.sendCall(`Signup/${name}/run`, name);
  await server.waitStatus(nap, "running|suspended");

  await server.process?.kill();
  await server.process?.startAgain();

  await complete(server, `${awakeable}/resolve`, { json: "still here" });
  (await server.call(`Signup/${name}/confirm`, `code-${name}`)).expect(200);
  strictEqual((await server.attach(nap)).expect(200).json(), 1);
  strictEqual((await server.attach(waiter)).expect(200).json(), "still here");
  strictEqual((await server.attach(workflow)).expect(200).json(), `${name} is confirmed`);
  strictEqual(await count(server, name), 4);
}

async function surviveDeploymentKill({ server, deployment, name }: Subject): Promise<void> {
  // Counted before the kill: a step that ran again afterwards would return 1 and not 2.
  await server.call("Chain/nap", { name, milliseconds: 0 });
  const nap = await startNap(server, name, NAP_MS);
  await deployment.kill();
  await deployment.start();
  strictEqual((await server.attach(nap)).expect(200).json(), 2);
}

async function requestResponse({ server, deployment, name }: Subject): Promise<void> {
  await deployment.kill();
  await deployment.start("request-response");
  const answer = await server.register(deployment.uri, { use_http_11: true, force: true });
  answer.expect(200);
  const expected = { greeting: `Hello ${name}!`, count: 1, refusal: 422 };
  deepStrictEqual((await server.call("Chain/run", name)).expect(200).json(), expected);
}

async function count(server: Server, name: string): Promise<number> {
  return Number((await server.call(`Counter/${name}/get`)).expect(200).json());
}

async function untilCount(server: Server, name: string, expected: number): Promise<void> {
  await until(`the counter is ${expected}`, async () => {
    const seen = await count(server, name);
    if (seen === expected) return true;
    throw new Error(`it is ${seen}`);
  });
}

/** Starts a nap; resolves with its invocation once the sleep is recorded. */
async function startNap(server: Server, name: string, milliseconds: number): Promise<string> {
  const invocation = await server.sendCall("Chain/nap", { name, milliseconds });
  await until("the nap sleeps", async () => (await server.journal(invocation)).includes("Sleep"));
  return invocation;
}

/** The awakeable of a waiter, once it waits. */
function awakeableOf(server: Server, name: string): Promise<string> {
  return until("the waiter tells its awakeable", async () => {
    const id = String((await server.call(`Waiter/${name}/id`)).expect(200).json());
    return id === "" ? undefined : id;
  });
}

async function complete(
  server: Server,
  path: string,
  options: Parameters<Server["ingress"]["post"]>[1],
): Promise<void> {
  (await server.ingress.post(`/restate/awakeables/${path}`, options)).expect(202);
}
