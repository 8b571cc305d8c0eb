/** Clients of all nodes that use a few objects at a time and write down what they saw. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../failover/client.ts";
import { keyIn } from "../failover/keys.ts";
import type { History, ObjectKind, Operation, Outcome, Request } from "./history.ts";

/** What clients do. */
export interface WorkloadOptions {
  /** Ingresses as `host:port`; client `i` calls the `i mod n`th. */
  readonly ingresses: readonly string[];
  readonly clientCount: number;
  readonly partitionCount: number;
  /** Whole numbers below a bound. */
  random(bound: number): number;
}

/** An object that is in use. */
interface ActiveObject {
  readonly key: string;
  readonly kind: ObjectKind;
  readonly operations: Operation[];
  /** Distinct values, so that a read tells which write it has seen. */
  nextValue: number;
  /** What a client saw last; swaps from it often succeed. */
  lastSeen: number;
  started: number;
  unknownCount: number;
}

/** Objects in use at the same time. */
const ACTIVE_OBJECTS = 6;
/** An object is replaced after this many operations, or outcomes that nobody knows. */
const OPERATIONS_MAX = 150;
const UNKNOWN_MAX = 6;
/** A client gives up after this time; the operation may still take effect. */
const TIMEOUT_MS = 2_500;
const FINAL_TIMEOUT_MS = 30_000;
const PAUSE_MS_MAX = 30;
const REFUSED_PAUSE_MS = 100;

/** Runs from `start` to `finish`. */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #active: ActiveObject[] = [];
  readonly #retired: ActiveObject[] = [];
  readonly #clients: Promise<void>[] = [];
  #isStopping = false;
  #objectCount = 0;

  constructor(options: WorkloadOptions) {
    this.#options = options;
    for (let index = 0; index < ACTIVE_OBJECTS; index++) this.#active.push(this.#newObject());
  }

  start(): void {
    for (let client = 0; client < this.#options.clientCount; client++) {
      this.#clients.push(this.#runClient(client));
    }
  }

  /** Stops the clients, then reads every object once through every node. */
  async finish(): Promise<readonly History[]> {
    this.#isStopping = true;
    await Promise.all(this.#clients);
    const objects = [...this.#retired, ...this.#active];
    const { ingresses, clientCount } = this.#options;
    await Promise.all(
      ingresses.map(async (ingress, index) => {
        const client = new Client();
        const who = { client: clientCount + index, ingress, connection: client };
        for (const object of objects) await this.#perform(object, who, FINAL_READ);
        client.close();
      }),
    );
    return objects.map(({ key, kind, operations }) => ({ key, kind, operations }));
  }

  async #runClient(client: number): Promise<void> {
    const { ingresses, random } = this.#options;
    const ingress = ingresses[client % ingresses.length] ?? "";
    const connection = new Client();
    while (!this.#isStopping) {
      const object = this.#active[random(ACTIVE_OBJECTS)] as ActiveObject;
      const request = this.#chooseRequest(object);
      const who = { client, ingress, connection };
      const outcome = await this.#perform(object, who, {
        request,
        handler: handlerOf(request, random(2) === 0),
        timeoutMs: TIMEOUT_MS,
      });
      this.#retireIfWorn(object);
      await sleep(outcome.kind === "failed" ? REFUSED_PAUSE_MS : random(PAUSE_MS_MAX));
    }
    connection.close();
  }

  async #perform(
    object: ActiveObject,
    who: { readonly client: number; readonly ingress: string; readonly connection: Client },
    call: { readonly request: Request; readonly handler: string; readonly timeoutMs: number },
  ): Promise<Outcome> {
    const { request, handler, timeoutMs } = call;
    object.started++;
    const startMs = performance.now();
    const result = await who.connection.call({
      ingress: who.ingress,
      path: `/Cell/${object.key}/${handler}`,
      timeoutMs,
      ...bodyOf(request),
    });
    const endMs = performance.now();
    const outcome = outcomeOf(request, result);
    object.operations.push({
      client: who.client,
      key: object.key,
      request,
      startMs,
      endMs,
      outcome,
    });
    if (outcome.kind === "unknown" && request.kind !== "read") object.unknownCount++;
    if (outcome.kind === "ok" && request.kind === "read") object.lastSeen = outcome.value;
    return outcome;
  }

  #chooseRequest(object: ActiveObject): Request {
    const { random } = this.#options;
    const dice = random(10);
    if (dice < 4) return { kind: "read" };
    if (object.kind === "counter") return { kind: "add" };
    const value = object.nextValue++;
    if (dice < 7) return { kind: "write", value };
    return { kind: "swap", from: object.lastSeen, to: value };
  }

  #retireIfWorn(object: ActiveObject): void {
    if (object.started < OPERATIONS_MAX && object.unknownCount < UNKNOWN_MAX) return;
    const position = this.#active.indexOf(object);
    if (position === -1) return;
    this.#retired.push(object);
    this.#active[position] = this.#newObject();
  }

  #newObject(): ActiveObject {
    const { partitionCount } = this.#options;
    const index = this.#objectCount++;
    const kind = index % 3 === 0 ? "counter" : "register";
    return {
      key: keyIn(index % partitionCount, partitionCount, `${kind}-${index}`),
      kind,
      operations: [],
      nextValue: 1,
      lastSeen: 0,
      started: 0,
      unknownCount: 0,
    };
  }
}

const FINAL_READ = {
  request: { kind: "read" },
  handler: "get",
  timeoutMs: FINAL_TIMEOUT_MS,
} as const;

/** Reads come with the key's lock and without. */
function handlerOf({ kind }: Request, isShared: boolean): string {
  switch (kind) {
    case "read":
      return isShared ? "peek" : "get";
    case "write":
      return "set";
    case "swap":
      return "swap";
    case "add":
      return "add";
  }
}

function bodyOf(request: Request): { readonly body?: unknown } {
  if (request.kind === "write") return { body: request.value };
  if (request.kind === "swap") return { body: { from: request.from, to: request.to } };
  return {};
}

/** Nothing but a refused connection is certain to have had no effect. */
function outcomeOf(request: Request, result: Awaited<ReturnType<Client["call"]>>): Outcome {
  if (result.kind === "broken" && result.reason.includes("ECONNREFUSED")) return { kind: "failed" };
  if (result.kind === "timedOut") return { kind: "unknown", reason: "the client gave up" };
  if (result.kind === "broken") return { kind: "unknown", reason: result.reason };
  if (result.status !== 200) return { kind: "unknown", reason: `status ${result.status}` };
  if (request.kind === "write") return { kind: "ok", value: request.value };
  return { kind: "ok", value: Number(JSON.parse(result.text)) };
}
