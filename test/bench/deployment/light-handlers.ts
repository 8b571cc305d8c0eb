/**
 * The handlers of the light deployment, written against bare messages of the service protocol.
 *
 * Every handler replays: what the journal already holds is not sent again.
 */
import {
  bytesField,
  FieldReader,
  MESSAGE,
  MESSAGE_HEADER_BYTES,
  message,
  REQUIRES_ACK,
  varintField,
} from "./encoding.ts";
import type { LightRequest, LightResponder, LightStream } from "./light-http2.ts";
import {
  ANSWER,
  CALLS,
  COUNT_KEY,
  countArrival,
  SENDS_PER_CALL,
  SERVICES,
  STEPS,
} from "./services.ts";

const SIGNAL_CANCEL = 1;
const SIGNAL_AWAKEABLE = 17;
const ERROR_INTERNAL = 500;

const END = message(MESSAGE.end, []);
const OUTPUT_AND_END = outputAndEnd(ANSWER);
const STEP_RESULT = Buffer.from('"step"');

function outputAndEnd(json: string): Buffer {
  return Buffer.concat([message(MESSAGE.output, [bytesField(14, bytesField(1, json))]), END]);
}

function errorMessage(text: string): Buffer {
  return message(MESSAGE.error, [varintField(1, ERROR_INTERNAL), bytesField(2, text)]);
}

/** HEADERS payload: `:status: 200` from the static table, and a content type. */
function headBlock(contentType: string): Buffer {
  const value = Buffer.from(contentType);
  return Buffer.concat([Buffer.from([0x88, 0x0f, 0x10, value.length]), value]);
}

const headBlocks = new Map<string, Buffer>();

function headBlockOf(contentType: string): Buffer {
  let block = headBlocks.get(contentType);
  if (block === undefined) {
    block = headBlock(contentType);
    headBlocks.set(contentType, block);
  }
  return block;
}

/** What a handler sees of its attempt. */
interface Attempt {
  /** Protocol version. */
  readonly version: number;
  /** JSON in the eager state under `COUNT_KEY`; undefined if there is none. */
  readonly count: string | undefined;
  /** The state of the key was shipped in part only. */
  readonly isPartial: boolean;
  /** JSON of the input. */
  readonly input: string;
  /** Commands in the journal, without the input. */
  readonly commands: number;
  /** Results in the journal, or received since. */
  readonly completions: number;
}

/** What a handler wants to send now. */
interface Reaction {
  readonly bytes: Uint8Array;
  readonly ends: boolean;
  /** Commands among the bytes. */
  readonly commands: number;
}

/** Called when the journal has been replayed, and after each result. */
type LightHandler = (attempt: Attempt) => Reaction;

const DONE: Reaction = { bytes: OUTPUT_AND_END, ends: true, commands: 0 };

/** Replies at once. */
function plain(): Reaction {
  return DONE;
}

/** Replies at once, and is counted. */
function timer(): Reaction {
  countArrival();
  return DONE;
}

/** Reads and writes the count in eager state. */
function add(attempt: Attempt): Reaction {
  if (attempt.isPartial) return fail("The state was not shipped eagerly");
  if (attempt.commands > 0) return fail("The counter does not replay");
  const { count } = attempt;
  const next = String(Number(count ?? "0") + 1);
  const seen = count === undefined ? bytesField(13, "") : bytesField(14, bytesField(1, count));
  const bytes = Buffer.concat([
    message(MESSAGE.getEagerState, [bytesField(1, COUNT_KEY), seen]),
    message(MESSAGE.setState, [bytesField(1, COUNT_KEY), bytesField(3, bytesField(1, next))]),
    outputAndEnd(next),
  ]);
  return { bytes, ends: true, commands: 2 };
}

/** Reads the count from eager state. */
function get(attempt: Attempt): Reaction {
  if (attempt.isPartial) return fail("The state was not shipped eagerly");
  return { bytes: outputAndEnd(attempt.count ?? "0"), ends: true, commands: 0 };
}

/** Runs steps one after the other; each waits for the result of the one before. */
function runSteps(attempt: Attempt, steps: number): Reaction {
  const { commands, completions } = attempt;
  if (completions >= steps) return DONE;
  const id = completions + 1;
  const proposal = message(
    MESSAGE.proposeRunCompletion,
    [varintField(1, id), bytesField(14, STEP_RESULT)],
    REQUIRES_ACK,
  );
  if (commands > completions) return { bytes: proposal, ends: false, commands: 0 };
  const run = message(MESSAGE.run, [varintField(11, id), bytesField(12, "step")]);
  return { bytes: Buffer.concat([run, proposal]), ends: false, commands: 1 };
}

/** Makes calls one after the other. */
function calls(attempt: Attempt): Reaction {
  const { commands, completions } = attempt;
  if (completions >= CALLS) return DONE;
  if (commands > completions) return WAIT;
  const call = message(MESSAGE.call, [
    bytesField(1, SERVICES.callee),
    bytesField(2, "echo"),
    bytesField(3, ANSWER),
    varintField(10, completions * 2 + 1),
    varintField(11, completions * 2 + 2),
  ]);
  return { bytes: call, ends: false, commands: 1 };
}

const WAIT: Reaction = { bytes: new Uint8Array(0), ends: false, commands: 0 };

/** Sends many plain calls for the time given as input, in milliseconds since 1970. */
function sendMany(attempt: Attempt): Reaction {
  if (attempt.commands >= SENDS_PER_CALL) return DONE;
  const commands: Buffer[] = [];
  for (let i = attempt.commands; i < SENDS_PER_CALL; i += 1) {
    commands.push(
      message(MESSAGE.oneWayCall, [
        bytesField(1, SERVICES.bench),
        bytesField(2, "timer"),
        bytesField(3, ANSWER),
        varintField(4, Number(attempt.input)),
        varintField(10, i + 1),
      ]),
    );
  }
  const bytes = Buffer.concat([...commands, OUTPUT_AND_END]);
  return { bytes, ends: true, commands: commands.length };
}

/** Waits for an awakeable that nobody completes. */
function hold(attempt: Attempt): Reaction {
  countArrival();
  return { bytes: suspension(attempt.version, [], SIGNAL_AWAKEABLE), ends: true, commands: 0 };
}

function suspension(version: number, completions: readonly number[], signal: number): Buffer {
  const lists = [
    bytesField(1, Uint8Array.from(completions)),
    bytesField(2, Uint8Array.of(signal, SIGNAL_CANCEL)),
  ];
  const firstCompleted = varintField(5, 1);
  const fields = version < 7 ? lists : [bytesField(4, Buffer.concat([...lists, firstCompleted]))];
  return message(MESSAGE.suspension, fields);
}

function fail(text: string): Reaction {
  return { bytes: errorMessage(text), ends: true, commands: 0 };
}

const HANDLERS: ReadonlyMap<string, LightHandler> = new Map([
  [`/invoke/${SERVICES.bench}/plain`, plain],
  [`/invoke/${SERVICES.bench}/timer`, timer],
  [`/invoke/${SERVICES.bench}/steps`, (attempt) => runSteps(attempt, STEPS)],
  [`/invoke/${SERVICES.bench}/manySteps`, (attempt) => runSteps(attempt, Number(attempt.input))],
  [`/invoke/${SERVICES.bench}/calls`, calls],
  [`/invoke/${SERVICES.bench}/sendMany`, sendMany],
  [`/invoke/${SERVICES.bench}/hold`, hold],
  [`/invoke/${SERVICES.callee}/echo`, plain],
  [`/invoke/${SERVICES.counter}/add`, add],
  [`/invoke/${SERVICES.counter}/get`, get],
]);

const reader = new FieldReader();
const inner = new FieldReader();

/** One attempt: reads the messages of the server, lets the handler react. */
class AttemptStream implements LightStream, Attempt {
  readonly version: number;
  readonly #handler: LightHandler;
  readonly #responder: LightResponder;
  readonly #head: Buffer;
  #isHeadSent = false;
  count: string | undefined;
  isPartial = false;
  input = "";
  commands = 0;
  completions = 0;
  #entriesLeft = -1;
  #rest: Buffer | undefined;
  #ended = false;

  constructor(handler: LightHandler, request: LightRequest, responder: LightResponder) {
    this.#handler = handler;
    this.#responder = responder;
    this.#head = headBlockOf(request.contentType);
    this.version = Number(request.contentType.at(-1));
  }

  onData(chunk: Buffer, start: number, end: number): void {
    let source = chunk;
    let position = start;
    let limit = end;
    if (this.#rest !== undefined) {
      source = Buffer.concat([this.#rest, chunk.subarray(start, end)]);
      this.#rest = undefined;
      position = 0;
      limit = source.length;
    }
    while (limit - position >= MESSAGE_HEADER_BYTES && !this.#ended) {
      const bodyStart = position + MESSAGE_HEADER_BYTES;
      const bodyEnd = bodyStart + source.readUInt32BE(position + 4);
      if (bodyEnd > limit) break;
      this.#onMessage(source.readUInt16BE(position), source, bodyStart, bodyEnd);
      position = bodyEnd;
    }
    if (position < limit) this.#rest = Buffer.from(source.subarray(position, limit));
  }

  /** The server wants the invocation suspended. */
  onEnd(): void {
    if (this.#ended || this.#entriesLeft !== 0) return;
    // Ids of results are dense, except that a call takes two.
    const ids = [this.completions + 1, this.completions * 2 + 2];
    this.#react({
      bytes: suspension(this.version, ids, SIGNAL_CANCEL),
      ends: true,
      commands: 0,
    });
  }

  onReset(): void {
    this.#ended = true;
  }

  #onMessage(type: number, source: Buffer, start: number, end: number): void {
    if (type === MESSAGE.start) {
      this.#readStart(source, start, end);
      return;
    }
    if (type === MESSAGE.input) this.#readInput(source, start, end);
    else if (type < 0x8000 && type > MESSAGE.input) this.commands += 1;
    const isResult =
      type === MESSAGE.runCompletion ||
      type === MESSAGE.callCompletion ||
      type === MESSAGE.proposeRunCompletionAck;
    if (isResult) this.completions += 1;
    if (this.#entriesLeft > 0) {
      this.#entriesLeft -= 1;
      if (this.#entriesLeft === 0) this.#react(this.#handler(this));
    } else if (isResult) {
      this.#react(this.#handler(this));
    }
  }

  #readStart(source: Buffer, start: number, end: number): void {
    reader.reset(source, start, end);
    while (reader.next()) {
      if (reader.field === 3) this.#entriesLeft = reader.value;
      else if (reader.field === 4) this.#readState(source);
      else if (reader.field === 5) this.isPartial = reader.value !== 0;
    }
  }

  #readState(source: Buffer): void {
    inner.reset(source, reader.start, reader.end);
    let key = "";
    let value = "";
    while (inner.next()) {
      const text = source.toString("latin1", inner.start, inner.end);
      if (inner.field === 1) key = text;
      else if (inner.field === 2) value = text;
    }
    if (key === COUNT_KEY) this.count = value;
  }

  #readInput(source: Buffer, start: number, end: number): void {
    reader.reset(source, start, end);
    while (reader.next()) {
      if (reader.field !== 14) continue;
      inner.reset(source, reader.start, reader.end);
      while (inner.next()) {
        if (inner.field === 1) this.input = source.toString("latin1", inner.start, inner.end);
      }
    }
  }

  #react(reaction: Reaction): void {
    if (!this.#isHeadSent) {
      this.#isHeadSent = true;
      this.#responder.head(this.#head);
    }
    this.commands += reaction.commands;
    if (reaction.ends) {
      this.#ended = true;
      this.#responder.end(reaction.bytes);
    } else if (reaction.bytes.length > 0) {
      this.#responder.data(reaction.bytes);
    }
  }
}

/** A stream for whatever nobody serves. */
class AnswerStream implements LightStream {
  constructor(responder: LightResponder, block: Uint8Array, body: Uint8Array) {
    responder.head(block);
    responder.end(body);
  }

  onData(): void {}

  onEnd(): void {}

  onReset(): void {}
}

const NOT_FOUND_HEAD = Uint8Array.of(0x8d);
const MANIFEST_HEAD = headBlock("application/vnd.restate.endpointmanifest.v3+json");
const MANIFEST = Buffer.from(
  JSON.stringify({
    protocolMode: "BIDI_STREAM",
    minProtocolVersion: 5,
    maxProtocolVersion: 7,
    services: [
      service(SERVICES.bench, "SERVICE", [
        ...["plain", "timer", "steps", "manySteps", "calls", "sendMany", "hold"],
      ]),
      service(SERVICES.callee, "SERVICE", ["echo"]),
      {
        name: SERVICES.counter,
        ty: "VIRTUAL_OBJECT",
        handlers: [
          { name: "add", ty: "EXCLUSIVE" },
          { name: "get", ty: "SHARED" },
        ],
      },
    ],
  }),
);

function service(name: string, ty: string, handlers: readonly string[]): object {
  return { name, ty, handlers: handlers.map((handler) => ({ name: handler })) };
}

/** Serves discovery and every handler. */
export function openLightStream(request: LightRequest, responder: LightResponder): LightStream {
  const handler = HANDLERS.get(request.path);
  if (handler !== undefined) return new AttemptStream(handler, request, responder);
  if (request.path === "/discover") return new AnswerStream(responder, MANIFEST_HEAD, MANIFEST);
  return new AnswerStream(responder, NOT_FOUND_HEAD, new Uint8Array(0));
}
