import {
  deriveInvocationId,
  type InvocationId,
  type InvocationRequest,
  type InvocationResult,
  type InvocationTarget,
  mintInvocationId,
} from "#model";
import type { PartitionReply, PartitionRequest } from "#partition";
import type { SimRandom } from "../sim-random.ts";
import type { SimWorld } from "../sim-world.ts";
import { decodeValue, encodeValue } from "./sim-attempt.ts";
import { type AppendInput, type ProgramStep, targetOf } from "./sim-handlers.ts";
import type { SimLedger } from "./sim-ledger.ts";
import type { SimServer } from "./sim-server.ts";

/** What clients work with. */
export interface ClientEnvironment {
  readonly world: SimWorld;
  readonly ledger: SimLedger;
  readonly keys: readonly string[];
  readonly flows: readonly string[];
  /** Invocations that clients may kill, cancel, pause and restart. */
  readonly known: InvocationId[];
  readonly thinkMsMax: number;
  servers(): readonly SimServer[];
}

/** Nobody knows whether a request that must not be repeated was carried out. */
class UnknownOutcome extends Error {}

const DAY_MS = 86_400_000;
const RETENTION = { completionMs: DAY_MS, journalMs: DAY_MS };

/** A client outside of the cluster: one request after the other, on any node. */
export class SimClient {
  readonly #environment: ClientEnvironment;
  readonly #random: SimRandom;
  readonly #name: string;
  #count = 0;
  /** Requests that were answered. */
  answeredCount = 0;
  /** What it is waiting for, for people. */
  doing = "";

  constructor(environment: ClientEnvironment, name: string) {
    this.#environment = environment;
    this.#random = environment.world.random.fork();
    this.#name = name;
  }

  /** Carries out so many operations; ends when the last is answered. */
  async run(operations: number): Promise<void> {
    for (let i = 0; i < operations; i++) {
      await this.#pause(this.#random.nextBelow(this.#environment.thinkMsMax));
      try {
        await this.#operate();
      } catch (error) {
        if (!(error instanceof UnknownOutcome)) throw error;
      }
    }
    this.doing = "";
  }

  async #operate(): Promise<void> {
    const kind = this.#random.nextBelow(100);
    if (kind < 30) await this.#append();
    else if (kind < 40) await this.#read();
    else if (kind < 65) await this.#program();
    else if (kind < 80) await this.#flow();
    else await this.#interfere();
  }

  async #append(): Promise<void> {
    const { ledger, keys } = this.#environment;
    const op = this.#nextName();
    const key = this.#random.pick(keys);
    const delayMs = this.#random.oneIn(3) ? this.#random.between(1, 3_000) : undefined;
    const executionTimeMs = delayMs === undefined ? undefined : ledger.nowMs() + delayMs;
    const input: AppendInput = {
      op,
      hasEffect: this.#random.oneIn(2),
      ...(executionTimeMs === undefined ? {} : { notBeforeMs: executionTimeMs }),
      ...(this.#random.oneIn(4) ? { sleepMs: this.#random.between(1, 2_000) } : {}),
    };
    ledger.issue(op, key);
    const isOnce = this.#random.oneIn(5);
    const request = this.#requestOf(targetOf("Ledger/append", key), input, {
      idempotencyKey: isOnce ? undefined : op,
      executionTimeMs,
    });
    const isCall = executionTimeMs === undefined && this.#random.oneIn(2);
    const result = await this.#invoke(request, isCall ? "call" : "send");
    if (result?.kind !== "success") return;
    ledger.acknowledge(op, (decodeValue(result.value) as { position: number }).position);
  }

  async #read(): Promise<void> {
    const { ledger, keys, world } = this.#environment;
    const key = this.#random.pick(keys);
    const startMs = world.nowMs;
    const request = this.#requestOf(targetOf("Ledger/read", key), undefined);
    const result = await this.#invoke(request, "call");
    if (result?.kind !== "success") return;
    ledger.noteRead(key, startMs, decodeValue(result.value) as string[]);
  }

  async #program(): Promise<void> {
    const program = this.#drawProgram(2);
    const name = this.#nextName();
    const request = this.#requestOf(targetOf("Program/run"), program, { idempotencyKey: name });
    this.#environment.known.push(request.id);
    await this.#invoke(request, this.#random.pick(["call", "send"]));
  }

  #drawProgram(depth: number): ProgramStep[] {
    const steps: ProgramStep[] = [];
    for (let i = this.#random.between(1, 4); i > 0; i--) steps.push(this.#drawStep(depth));
    return steps;
  }

  #drawStep(depth: number): ProgramStep {
    const random = this.#random;
    const key = random.pick(this.#environment.keys);
    const keys = [key, random.pick(this.#environment.keys), random.pick(this.#environment.keys)];
    switch (random.nextBelow(depth > 0 ? 8 : 7)) {
      case 0:
        return { kind: "append", key };
      case 1:
        return { kind: "fan", keys };
      case 2:
        return { kind: "send", key, delayMs: random.oneIn(2) ? 0 : random.between(1, 3_000) };
      case 3:
        return { kind: "sleep", durationMs: random.between(1, 3_000) };
      case 4:
        return { kind: "run" };
      case 5:
        return { kind: "awakeable", delayMs: random.oneIn(2) ? 0 : random.between(1, 2_000) };
      case 6:
        return { kind: "race", key, durationMs: random.between(1, 500) };
      default:
        return { kind: "child", program: this.#drawProgram(depth - 1) };
    }
  }

  async #flow(): Promise<void> {
    const { flows, known } = this.#environment;
    const flow = this.#random.pick(flows);
    const kind = this.#random.nextBelow(4);
    if (kind < 2) {
      const input = { key: this.#random.pick(this.#environment.keys) };
      const request = this.#requestOf(targetOf("Flow/run", flow), input);
      known.push(request.id);
      await this.#submit({ ...request }, "send");
    } else if (kind === 2) await this.signal(flow);
    else {
      const name = this.#nextName();
      await this.#invoke(
        this.#requestOf(targetOf("Flow/peek", flow), undefined, { idempotencyKey: name }),
        "call",
      );
    }
  }

  /** Completes the promise of a workflow, if nobody has. */
  async signal(flow: string): Promise<void> {
    const value = this.#nextName();
    const request = this.#requestOf(
      targetOf("Flow/signal", flow),
      { value },
      { idempotencyKey: value },
    );
    await this.#invoke(request, "call");
  }

  async #interfere(): Promise<void> {
    const { known } = this.#environment;
    if (known.length === 0) return;
    const invocationId = this.#random.pick(known);
    switch (this.#random.nextBelow(6)) {
      case 0:
        await this.#request(invocationId, { kind: "cancel-invocation", invocationId });
        return;
      case 1:
        await this.#request(invocationId, { kind: "kill-invocation", invocationId });
        return;
      case 2:
        await this.#request(invocationId, { kind: "pause-invocation", invocationId });
        await this.#pause(this.#random.nextBelow(3_000));
        await this.resume(invocationId);
        return;
      case 3:
        await this.#restart(invocationId);
        return;
      case 4:
        await this.#attach(invocationId);
        return;
      default: {
        const kind = "get-invocation-output";
        this.#noteReply(await this.#request(invocationId, { kind, invocationId }));
      }
    }
  }

  async resume(invocationId: InvocationId): Promise<void> {
    const deployment = { kind: "keep" } as const;
    await this.#request(invocationId, { kind: "resume-invocation", invocationId, deployment });
  }

  async #restart(invocationId: InvocationId): Promise<void> {
    const deployment = { kind: "keep" } as const;
    const request = { kind: "restart-invocation", invocationId, from: 0, deployment } as const;
    const reply = await this.#request(invocationId, request);
    if (reply.kind === "restarted") this.#environment.known.push(reply.newInvocationId);
  }

  async #attach(invocationId: InvocationId): Promise<InvocationResult | undefined> {
    const request = { kind: "attach-invocation", invocationId } as const;
    return this.#noteReply(await this.#request(invocationId, request));
  }

  async #invoke(
    request: InvocationRequest,
    mode: "call" | "send",
  ): Promise<InvocationResult | undefined> {
    const reply = await this.#submit(request, mode);
    if (mode === "call" || reply.kind === "result") return this.#noteReply(reply);
    return this.#random.oneIn(2) ? this.#attach(request.id) : undefined;
  }

  #submit(request: InvocationRequest, mode: "call" | "send"): Promise<PartitionReply> {
    const isFresh = request.idempotencyKey === undefined && request.target.service !== "Flow";
    const invoke = { kind: "append-invocation", request, mode, fresh: isFresh } as const;
    return this.#request(request.id, invoke, isFresh);
  }

  #noteReply(reply: PartitionReply): InvocationResult | undefined {
    if (reply.kind !== "result") return undefined;
    this.#environment.ledger.noteResult(reply.invocationId, textOf(reply.result));
    return reply.result;
  }

  /** Asks one node after the other until one answers. */
  async #request(
    id: InvocationId,
    request: PartitionRequest,
    isOnce = false,
  ): Promise<PartitionReply> {
    this.doing = `${request.kind} ${id}`;
    for (;;) {
      const ready = this.#environment.servers().filter(({ host }) => host !== undefined);
      if (ready.length > 0) {
        const reply = await this.#ask(this.#random.pick(ready), id, request);
        if (reply !== undefined) {
          this.answeredCount++;
          return reply;
        }
        if (isOnce) throw new UnknownOutcome();
      }
      await this.#pause(this.#random.between(50, 500));
    }
  }

  /** The answer of a node; undefined when it has none, or takes too long. */
  async #ask(
    server: SimServer,
    id: InvocationId,
    request: PartitionRequest,
  ): Promise<PartitionReply | undefined> {
    const { host, run } = server;
    if (host === undefined || run === undefined) return undefined;
    const timeoutMs = this.#random.between(500, 20_000);
    return new Promise((resolve) => {
      const lose = (): void => resolve(undefined);
      const timer = this.#environment.world.after(timeoutMs, lose);
      const finish = (reply: PartitionReply | undefined): void => {
        timer.cancel();
        run.waiting.delete(lose);
        resolve(reply);
      };
      run.waiting.add(lose);
      host.request(id, request).then(finish, () => finish(undefined));
    });
  }

  #requestOf(
    target: InvocationTarget,
    input: unknown,
    how: {
      readonly idempotencyKey?: string | undefined;
      readonly executionTimeMs?: number | undefined;
    } = {},
  ): InvocationRequest {
    const { idempotencyKey, executionTimeMs } = how;
    const id =
      deriveInvocationId({ target, idempotencyKey }) ??
      mintInvocationId(target, this.#random.nextBelow(100), this.#random.nextBytes(16));
    return {
      id,
      target,
      headers: [],
      payload: encodeValue(input),
      idempotencyKey,
      limitKey: undefined,
      executionTimeMs,
      retention: RETENTION,
      invokedBy: { kind: "ingress" },
      traceParent: undefined,
    };
  }

  #nextName(): string {
    return `${this.#name}-${++this.#count}`;
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#environment.world.after(delayMs, resolve);
    });
  }
}

/** A result, to be compared. */
export function textOf(result: InvocationResult): string {
  if (result.kind === "success") return `success ${new TextDecoder().decode(result.value)}`;
  return `failure ${result.failure.code} ${result.failure.message}`;
}
