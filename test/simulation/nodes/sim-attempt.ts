import Long from "long";

import {
  COMMAND_TYPES,
  decodeNotification,
  formatAwakeableId,
  type InvocationId,
  isNotificationType,
  type NotificationResult,
} from "#model";
import { restate } from "#proto/restate-protocol.js";
import { CONTROL_TYPES, encodeFrame, type Frame, FrameDecoder } from "#service-protocol";
import type { HandlerConnection, HandlerRunner, SimDeployment } from "./sim-deployment.ts";
import { targetOfPath } from "./sim-deployment.ts";
import type { SimLedger } from "./sim-ledger.ts";

/** The attempt is over, whatever the handler would still do. */
class AttemptOver extends Error {}

/** The handler fails for good. */
export class TerminalError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a handler does, in terms of the context. */
export type Handler = (attempt: SimAttempt, input: unknown) => Promise<unknown>;

/** A future that a handler may await. */
export type Awaited =
  | { readonly kind: "completion"; readonly id: number }
  | { readonly kind: "signal"; readonly id: number };

interface Arrived {
  readonly order: number;
  readonly result: NotificationResult;
}

const CANCEL_SIGNAL = 1;
const FIRST_AWAKEABLE = 17;
const BODY_BYTES_MAX = 1_000_000;
/** One in so many waits suspends at once. */
const SUSPEND_ONE_IN = 4;
const IDLE_MS_MAX = 1_500;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Encodes what handlers exchange. */
export function encodeValue(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value ?? null));
}

/** Decodes what handlers exchange. */
export function decodeValue(bytes: Uint8Array): unknown {
  return bytes.length === 0 ? undefined : JSON.parse(decoder.decode(bytes));
}

/**
 * One attempt, as an SDK runs it: replays the journal and checks that it says what the handler
 * does, then sends commands, awaits notifications, suspends, ends.
 */
export class SimAttempt implements HandlerRunner {
  invocationId = "" as InvocationId;
  key = "";
  readonly deployment: SimDeployment;
  readonly ledger: SimLedger;
  readonly #connection: HandlerConnection;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #frames = new FrameDecoder(BODY_BYTES_MAX);
  #known = -1;
  #replayed: Frame[] = [];
  #replayedCommands: Frame[] = [];
  #commandIndex = 0;
  #completionId = 0;
  #awakeables = 0;
  #state = new Map<string, Uint8Array>();
  #isStatePartial = false;
  readonly #completions = new Map<number, Arrived>();
  readonly #signals = new Map<number, Arrived>();
  #order = 0;
  #isCancelTaken = false;
  #isHalfClosed = false;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(
    deployment: SimDeployment,
    connection: HandlerConnection,
    world: { readonly ledger: SimLedger; readonly handlers: ReadonlyMap<string, Handler> },
  ) {
    this.deployment = deployment;
    this.#connection = connection;
    this.ledger = world.ledger;
    this.#handlers = world.handlers;
  }

  onBytes(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      if (frame.kind !== "frame") throw new Error("A message is too large");
      this.#take(frame);
    }
  }

  onHalfClosed(): void {
    this.#isHalfClosed = true;
    this.#wake?.();
  }

  onLost(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** A step with an effect outside; its result is the one that was recorded first. */
  async run(name: string, effect: () => unknown): Promise<unknown> {
    const id = this.#nextCompletion();
    const body = restate.RunCommandMessage.encode({ resultCompletionId: id, name }).finish();
    await this.#command(COMMAND_TYPES.run, body);
    if (!this.#completions.has(id)) {
      await this.#step();
      const value = encodeValue(effect());
      this.#send(
        CONTROL_TYPES.proposeRunCompletion,
        restate.ProposeRunCompletionMessage.encode({ resultCompletionId: id, value }).finish(),
      );
    }
    const value = plainValueOf(await this.await({ kind: "completion", id }));
    this.ledger.noteRunResult(`${this.invocationId}/${id}`, value);
    return value;
  }

  /** Sleeps, and says when it was due. */
  async sleep(durationMs: number): Promise<Awaited> {
    const id = this.#nextCompletion();
    const wakeUpTime = Long.fromNumber(this.ledger.nowMs() + durationMs, true);
    const body = restate.SleepCommandMessage.encode({
      wakeUpTime,
      resultCompletionId: id,
    }).finish();
    const stored = await this.#command(COMMAND_TYPES.sleep, body, { isExact: false });
    const { wakeUpTime: due } = restate.SleepCommandMessage.decode(stored);
    this.ledger.noteTimer(`${this.invocationId}/${id}`, Number(due));
    return { kind: "completion", id };
  }

  async call(target: CallTarget, input: unknown): Promise<Awaited> {
    const invocationIdNotificationIdx = this.#nextCompletion();
    const id = this.#nextCompletion();
    const body = restate.CallCommandMessage.encode({
      serviceName: target.service,
      handlerName: target.handler,
      key: target.key ?? "",
      parameter: encodeValue(input),
      invocationIdNotificationIdx,
      resultCompletionId: id,
      ...(target.idempotencyKey === undefined ? {} : { idempotencyKey: target.idempotencyKey }),
    }).finish();
    await this.#command(COMMAND_TYPES.call, body);
    return { kind: "completion", id };
  }

  /** Sends without waiting; after a delay if there is one. */
  async send(target: CallTarget, input: unknown, delayMs = 0): Promise<void> {
    const startMs = delayMs === 0 ? 0 : this.ledger.nowMs() + delayMs;
    const invokeTime = Long.fromNumber(startMs, true);
    const body = restate.OneWayCallCommandMessage.encode({
      serviceName: target.service,
      handlerName: target.handler,
      key: target.key ?? "",
      parameter: encodeValue(input),
      invokeTime,
      invocationIdNotificationIdx: this.#nextCompletion(),
      ...(target.idempotencyKey === undefined ? {} : { idempotencyKey: target.idempotencyKey }),
    }).finish();
    await this.#command(COMMAND_TYPES.oneWayCall, body, { isExact: delayMs === 0 });
  }

  async get(key: string): Promise<unknown> {
    if (!this.#isStatePartial) {
      const value = this.#state.get(key);
      const body = restate.GetEagerStateCommandMessage.encode({
        key: encoder.encode(key),
        ...(value === undefined ? { void: {} } : { value: { content: value } }),
      }).finish();
      const stored = await this.#command(COMMAND_TYPES.getEagerState, body, { isExact: false });
      const message = restate.GetEagerStateCommandMessage.decode(stored);
      const content = message.value?.content;
      return content === undefined || content === null ? undefined : decodeValue(content);
    }
    const id = this.#nextCompletion();
    const fields = { key: encoder.encode(key), resultCompletionId: id };
    const body = restate.GetLazyStateCommandMessage.encode(fields).finish();
    await this.#command(COMMAND_TYPES.getLazyState, body);
    const result = await this.await({ kind: "completion", id });
    return result.kind === "success" ? decodeValue(result.value) : undefined;
  }

  async set(key: string, value: unknown): Promise<void> {
    const content = encodeValue(value);
    const fields = { key: encoder.encode(key), value: { content } };
    await this.#command(
      COMMAND_TYPES.setState,
      restate.SetStateCommandMessage.encode(fields).finish(),
    );
    this.#state.set(key, content);
  }

  /** Awaits a promise of the workflow, or looks whether it is completed. */
  async promise(key: string, kind: "get" | "peek"): Promise<Awaited> {
    const id = this.#nextCompletion();
    const fields = { key, resultCompletionId: id };
    if (kind === "get") {
      const body = restate.GetPromiseCommandMessage.encode(fields).finish();
      await this.#command(COMMAND_TYPES.getPromise, body);
    } else {
      const body = restate.PeekPromiseCommandMessage.encode(fields).finish();
      await this.#command(COMMAND_TYPES.peekPromise, body);
    }
    return { kind: "completion", id };
  }

  /** Completes a promise of the workflow; false if it was completed before. */
  async completePromise(key: string, value: unknown): Promise<boolean> {
    const id = this.#nextCompletion();
    const completionValue = { content: encodeValue(value) };
    const fields = { key, completionValue, resultCompletionId: id };
    const body = restate.CompletePromiseCommandMessage.encode(fields).finish();
    await this.#command(COMMAND_TYPES.completePromise, body);
    return (await this.await({ kind: "completion", id })).kind !== "failure";
  }

  awakeable(): { readonly id: string; readonly awaited: Awaited } {
    const index = FIRST_AWAKEABLE + this.#awakeables++;
    const awaited = { kind: "signal", id: index } as const;
    return { id: formatAwakeableId(this.invocationId, index), awaited };
  }

  async resolveAwakeable(awakeableId: string, value: unknown): Promise<void> {
    const fields = { awakeableId, value: { content: encodeValue(value) } };
    const body = restate.CompleteAwakeableCommandMessage.encode(fields).finish();
    await this.#command(COMMAND_TYPES.completeAwakeable, body);
  }

  /** Value of a future; throws when it failed, or the invocation was cancelled first. */
  async value(awaited: Awaited): Promise<unknown> {
    return plainValueOf(await this.await(awaited));
  }

  /** The result of the first of some futures to arrive. */
  async await(...any: readonly Awaited[]): Promise<NotificationResult> {
    const idleUntilMs = this.deployment.random.nextBelow(IDLE_MS_MAX);
    let isIdle = this.deployment.random.oneIn(SUSPEND_ONE_IN);
    for (;;) {
      if (this.#isOver) throw new AttemptOver();
      const first = this.#firstOf(any);
      if (first !== undefined) return first;
      if (this.#isHalfClosed || isIdle) this.#suspend(any);
      const waiting = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const timer = this.deployment.world.after(idleUntilMs, () => {
        isIdle = true;
        this.#wake?.();
      });
      await waiting;
      timer.cancel();
    }
  }

  #firstOf(any: readonly Awaited[]): NotificationResult | undefined {
    let first: { readonly at: number; readonly arrived: Arrived; readonly of: Awaited } | undefined;
    for (const of of any) {
      const arrived = (of.kind === "completion" ? this.#completions : this.#signals).get(of.id);
      if (arrived === undefined) continue;
      if (first === undefined || arrived.order < first.at) {
        first = { at: arrived.order, arrived, of };
      }
    }
    const cancel = this.#isCancelTaken ? undefined : this.#signals.get(CANCEL_SIGNAL);
    if (cancel !== undefined && (first === undefined || cancel.order < first.at)) {
      this.#isCancelTaken = true;
      throw new TerminalError(409, "cancelled");
    }
    if (first === undefined) return undefined;
    if (first.of.kind === "completion") {
      this.ledger.noteFired(`${this.invocationId}/${first.of.id}`);
    }
    return first.arrived.result;
  }

  #suspend(any: readonly Awaited[]): never {
    const ids = (kind: Awaited["kind"]): number[] =>
      any.flatMap((of) => (of.kind === kind ? [of.id] : []));
    const waitingCompletions = ids("completion");
    const signals = ids("signal");
    const waitingSignals = this.#isCancelTaken ? signals : [CANCEL_SIGNAL, ...signals];
    const leaves = { waitingCompletions, waitingSignals };
    const fields =
      this.#connection.version >= 7
        ? { awaitingOn: { ...leaves, combinatorType: restate.CombinatorType.FIRST_COMPLETED } }
        : leaves;
    this.#send(CONTROL_TYPES.suspension, restate.SuspensionMessage.encode(fields).finish());
    this.#finish();
    throw new AttemptOver();
  }

  /** Replays or sends a command; returns the body that counts. */
  async #command(
    type: number,
    body: Uint8Array,
    { isExact = true }: { readonly isExact?: boolean } = {},
  ): Promise<Uint8Array> {
    const replayed = this.#replayedCommands[this.#commandIndex++];
    if (replayed !== undefined) {
      const isSame =
        replayed.type === type && (!isExact || Buffer.compare(replayed.body, body) === 0);
      if (!isSame) {
        const at = `command ${this.#commandIndex - 1} of ${this.invocationId}`;
        this.ledger.violate(`${at} is ${replayed.type}, the handler does ${type}`);
      }
      return replayed.body;
    }
    await this.#step();
    this.#send(type, body);
    return body;
  }

  /** Something may go wrong, and some time passes. */
  async #step(): Promise<void> {
    const { random, faults } = this.deployment;
    if (faults.thinkMsMax > 0) await this.deployment.pause(random.nextBelow(faults.thinkMsMax));
    if (this.#isOver) throw new AttemptOver();
    if (faults.failOneIn > 0 && random.oneIn(faults.failOneIn)) {
      const fields = { code: 500, message: "simulated" };
      this.#send(CONTROL_TYPES.error, restate.ErrorMessage.encode(fields).finish());
      this.#finish();
      throw new AttemptOver();
    }
    if (faults.cutOneIn > 0 && random.oneIn(faults.cutOneIn)) {
      this.#isOver = true;
      this.#connection.cut();
      throw new AttemptOver();
    }
  }

  #nextCompletion(): number {
    return ++this.#completionId;
  }

  #send(type: number, body: Uint8Array = new Uint8Array(0)): void {
    this.ledger.onLine?.(`${this.invocationId} sends ${type.toString(16)}`);
    if (!this.#isOver) this.#connection.send(encodeFrame(type, body));
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection.end();
  }

  #take(frame: Frame): void {
    if (this.#known < 0) {
      this.#start(frame);
      return;
    }
    if (this.#replayed.length < this.#known) {
      this.#replayed.push(frame);
      if (isNotificationType(frame.type)) this.#notify(frame);
      else this.#replayedCommands.push(frame);
      if (this.#replayed.length === this.#known) void this.#run();
      return;
    }
    this.ledger.onLine?.(`${this.invocationId} hears ${frame.type.toString(16)}`);
    if (isNotificationType(frame.type)) {
      this.#notify(frame);
      this.#wake?.();
    }
  }

  #start({ type, body }: Frame): void {
    if (type !== CONTROL_TYPES.start) throw new Error("A stream starts with Start");
    const start = restate.StartMessage.decode(body);
    this.invocationId = start.debugId as InvocationId;
    this.key = start.key;
    this.#known = start.knownEntries;
    this.#isStatePartial = start.partialState;
    for (const { key, value } of start.stateMap) {
      this.#state.set(decoder.decode(key ?? undefined), value ?? new Uint8Array(0));
    }
  }

  #notify({ body }: Frame): void {
    const { id, result } = decodeNotification(body);
    const order = this.#order++;
    if (id.kind === "completion") this.#note(this.#completions, id.completionId, { order, result });
    else if (typeof id.signal === "number") this.#note(this.#signals, id.signal, { order, result });
  }

  #note(arrived: Map<number, Arrived>, id: number, what: Arrived): void {
    if (!arrived.has(id)) arrived.set(id, what);
    else if (arrived === this.#completions) {
      this.ledger.violate(`Completion ${id} of ${this.invocationId} came twice`);
    }
  }

  async #run(): Promise<void> {
    const { service, handler } = targetOfPath(this.#connection.request.path);
    try {
      this.ledger.noteJournal(this.invocationId, this.#replayed);
      const [input] = this.#replayedCommands;
      this.#commandIndex = 1;
      const message = restate.InputCommandMessage.decode(input?.body ?? new Uint8Array(0));
      const value = decodeValue(message.value?.content ?? new Uint8Array(0));
      const body = this.#handlers.get(`${service}/${handler}`);
      if (body === undefined) throw new TerminalError(404, `No ${service}/${handler}`);
      const output = await body(this, value);
      await this.#output({ value: { content: encodeValue(output) } });
    } catch (error) {
      if (error instanceof AttemptOver) return;
      if (!(error instanceof TerminalError)) {
        this.ledger.violate(`A handler broke: ${(error as Error).stack}`);
        return;
      }
      const failure = { code: error.code, message: error.message };
      await this.#output({ failure }).catch(() => undefined);
    }
  }

  async #output(fields: restate.OutputCommandMessage.$Properties): Promise<void> {
    const body = restate.OutputCommandMessage.encode(fields).finish();
    await this.#command(COMMAND_TYPES.output, body);
    this.#send(CONTROL_TYPES.end);
    this.#finish();
  }
}

/** Whom a handler calls. */
export interface CallTarget {
  readonly service: string;
  readonly handler: string;
  readonly key?: string;
  readonly idempotencyKey?: string;
}

function plainValueOf(result: NotificationResult): unknown {
  if (result.kind === "success") return decodeValue(result.value);
  if (result.kind === "failure")
    throw new TerminalError(result.failure.code, result.failure.message);
  return undefined;
}
