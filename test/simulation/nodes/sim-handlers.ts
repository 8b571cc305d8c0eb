import { type DeploymentId, deploymentIdFromUlid, type InvocationTarget } from "#model";
import type { HandlerOptions, ResolvedDeployment, ResolvedHandler, SchemaView } from "#schema";
import type { Awaited, Handler, SimAttempt } from "./sim-attempt.ts";

/** A step of the program that an orchestrator runs. */
export type ProgramStep =
  | { readonly kind: "append"; readonly key: string }
  | { readonly kind: "fan"; readonly keys: readonly string[] }
  | { readonly kind: "send"; readonly key: string; readonly delayMs: number }
  | { readonly kind: "sleep"; readonly durationMs: number }
  | { readonly kind: "run" }
  | { readonly kind: "awakeable"; readonly delayMs: number }
  | { readonly kind: "race"; readonly key: string; readonly durationMs: number }
  | { readonly kind: "child"; readonly program: readonly ProgramStep[] };

/** Input of an append. */
export interface AppendInput {
  readonly op: string;
  /** The handler must not start before. */
  readonly notBeforeMs?: number;
  readonly sleepMs?: number;
  readonly hasEffect?: boolean;
}

interface AppendOutput {
  readonly position: number;
}

const LIST = "list";

/** Handlers by `service/handler`. */
export const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["Ledger/append", append],
  ["Ledger/read", async (attempt) => (await attempt.get(LIST)) ?? []],
  ["Program/run", (attempt, input) => runProgram(attempt, input as readonly ProgramStep[])],
  ["Resolver/resolve", resolve],
  ["Flow/run", runFlow],
  ["Flow/signal", signalFlow],
  ["Flow/peek", peekFlow],
]);

async function append(attempt: SimAttempt, input: unknown): Promise<AppendOutput> {
  const { op, notBeforeMs, sleepMs, hasEffect } = input as AppendInput;
  if (notBeforeMs !== undefined) attempt.ledger.checkDue(`The delayed ${op}`, notBeforeMs);
  const list = ((await attempt.get(LIST)) ?? []) as string[];
  if (hasEffect === true)
    await attempt.run("effect", () => attempt.deployment.random.nextBelow(1e9));
  if (sleepMs !== undefined) await attempt.value(await attempt.sleep(sleepMs));
  await attempt.set(LIST, [...list, op]);
  return { position: list.length };
}

async function runProgram(
  attempt: SimAttempt,
  program: readonly ProgramStep[],
): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  for (const [index, step] of program.entries()) {
    results.push(await runStep(attempt, step, `${attempt.invocationId}:${index}`));
  }
  return results;
}

async function runStep(attempt: SimAttempt, step: ProgramStep, name: string): Promise<unknown> {
  switch (step.kind) {
    case "append":
      return attempt.value(await callAppend(attempt, step.key, name));
    case "fan":
      return fan(attempt, step.keys, name);
    case "send": {
      const { key, delayMs } = step;
      attempt.ledger.issue(name, key, attempt.invocationId);
      const input: AppendInput = { op: name };
      await attempt.send({ service: "Ledger", handler: "append", key }, input, delayMs);
      return undefined;
    }
    case "sleep":
      return attempt.value(await attempt.sleep(step.durationMs));
    case "run":
      return attempt.run("draw", () => attempt.deployment.random.nextBelow(1e9));
    case "awakeable":
      return awaitAwakeable(attempt, step.delayMs, name);
    case "race": {
      const called = await callAppend(attempt, step.key, name);
      const slept = await attempt.sleep(step.durationMs);
      return (await attempt.await(called, slept)).kind;
    }
    case "child": {
      const target = { service: "Program", handler: "run" };
      return attempt.value(await attempt.call(target, step.program));
    }
  }
}

async function fan(attempt: SimAttempt, keys: readonly string[], name: string): Promise<unknown> {
  const calls: Awaited[] = [];
  for (const [index, key] of keys.entries()) {
    calls.push(await callAppend(attempt, key, `${name}.${index}`));
  }
  const results: unknown[] = [];
  for (const call of calls) results.push(await attempt.value(call));
  return results;
}

function callAppend(attempt: SimAttempt, key: string, op: string): Promise<Awaited> {
  attempt.ledger.issue(op, key, attempt.invocationId);
  const input: AppendInput = { op, hasEffect: true };
  return attempt.call({ service: "Ledger", handler: "append", key }, input);
}

async function awaitAwakeable(
  attempt: SimAttempt,
  delayMs: number,
  name: string,
): Promise<unknown> {
  const { id, awaited } = attempt.awakeable();
  await attempt.send({ service: "Resolver", handler: "resolve" }, { id, value: name }, delayMs);
  const value = await attempt.value(awaited);
  if (value !== name) attempt.ledger.violate(`Awakeable ${name} was resolved with ${value}`);
  return value;
}

async function resolve(attempt: SimAttempt, input: unknown): Promise<void> {
  const { id, value } = input as { readonly id: string; readonly value: string };
  await attempt.resolveAwakeable(id, value);
}

async function runFlow(attempt: SimAttempt, input: unknown): Promise<unknown> {
  const { key } = input as { readonly key: string };
  const value = await attempt.value(await attempt.promise("p", "get"));
  attempt.ledger.notePromise(attempt.key, value);
  const called = await callAppend(attempt, key, `${attempt.invocationId}:flow`);
  await attempt.value(called);
  return value;
}

async function signalFlow(attempt: SimAttempt, input: unknown): Promise<boolean> {
  const { value } = input as { readonly value: string };
  const isFirst = await attempt.completePromise("p", value);
  if (isFirst) attempt.ledger.notePromise(attempt.key, value);
  return isFirst;
}

async function peekFlow(attempt: SimAttempt): Promise<unknown> {
  const value = await attempt.value(await attempt.promise("p", "peek"));
  if (value !== undefined) attempt.ledger.notePromise(attempt.key, value);
  return value ?? null;
}

const DEPLOYMENT = deploymentIdFromUlid(new Uint8Array(16).fill(1)) as DeploymentId;

/** Targets of all handlers, without key. */
const TARGETS: ReadonlyMap<string, InvocationTarget> = new Map(
  [
    target("virtual-object", "exclusive", "Ledger/append"),
    target("virtual-object", "shared", "Ledger/read"),
    target("service", "shared", "Program/run"),
    target("service", "shared", "Resolver/resolve"),
    target("workflow", "workflow", "Flow/run"),
    target("workflow", "shared", "Flow/signal"),
    target("workflow", "shared", "Flow/peek"),
  ].map((item) => [`${item.service}/${item.handler}`, item]),
);

function target(
  serviceType: InvocationTarget["serviceType"],
  handlerType: InvocationTarget["handlerType"],
  name: string,
): InvocationTarget {
  const [service = "", handler = ""] = name.split("/");
  return { serviceType, handlerType, service, handler, key: undefined, scope: undefined };
}

/** Target of a handler, with its key. */
export function targetOf(name: string, key?: string): InvocationTarget {
  const found = TARGETS.get(name);
  if (found === undefined) throw new Error(`No handler ${name}`);
  return { ...found, key };
}

/** The registry: one deployment with all handlers. */
export class SimSchema implements SchemaView {
  readonly version = 1;
  readonly #options: HandlerOptions;
  readonly #deployment: ResolvedDeployment;

  constructor(varied: { readonly options: HandlerOptions; readonly protocolMax: number }) {
    this.#options = varied.options;
    this.#deployment = {
      id: DEPLOYMENT,
      uri: "http://handlers:9080/",
      httpVersion: "h2",
      protocolMode: "bidi-stream",
      minProtocolVersion: 5,
      maxProtocolVersion: varied.protocolMax,
      additionalHeaders: [],
    };
  }

  resolveHandler(service: string, handler: string): ResolvedHandler | undefined {
    const found = TARGETS.get(`${service}/${handler}`);
    if (found === undefined) return undefined;
    return {
      service,
      serviceType: found.serviceType,
      handler,
      handlerType: found.handlerType,
      deploymentId: DEPLOYMENT,
      revision: 1,
      options: this.#options,
      inputRules: [],
      output: { contentType: undefined, setContentTypeIfEmpty: false },
    };
  }

  resolvePinnedHandler(_id: DeploymentId, service: string, handler: string) {
    return this.resolveHandler(service, handler);
  }

  serviceType(service: string) {
    return [...TARGETS.values()].find((found) => found.service === service)?.serviceType;
  }

  serviceNames(): readonly string[] {
    return [...new Set([...TARGETS.values()].map(({ service }) => service))];
  }

  deployment(id: DeploymentId): ResolvedDeployment | undefined {
    return id === DEPLOYMENT ? this.#deployment : undefined;
  }
}
