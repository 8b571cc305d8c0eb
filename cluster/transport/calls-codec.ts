/**
 * Calls between nodes on the wire: `CallBatch` and `CallError` of proto/node.proto.
 *
 * Services go by name, so that nodes of different versions need not agree on numbers. JSON occurs
 * in the details of errors only.
 */
import { ByteReader } from "#base/byte-reader";
import type { ByteWriter } from "#base/byte-writer";
import { CLUSTER_ERROR_CODES, ClusterError, type ClusterErrorCode } from "#base/cluster-error";
import { decode, encode, field, message, string } from "#base/wire-codec";
import { RemoteCallError } from "./node-calls.ts";

/** Takes what a batch of calls holds, in order; payloads are views of the batch. */
export interface CallBatchVisitor {
  request(id: number, service: string, payload: Uint8Array): void;
  reply(id: number, payload: Uint8Array): void;
  failure(id: number, error: Error): void;
  abandoned(id: number): void;
}

/** Bytes of one request or reply; larger ones are refused. */
export const CALL_BYTES_MAX: number = 64 * 1024 * 1024;

/** An error as it travels. */
interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details: string;
}

const wireError = message<WireError>({
  code: field(1, string),
  message: field(2, string),
  details: field(3, string),
});

const REQUEST_TAG = 1 * 8 + 2;
const REPLY_TAG = 2 * 8 + 2;
const ABANDONED_TAG = 3 * 8;
const EMPTY = new Uint8Array(0);
const MESSAGE_CHARACTERS_MAX = 4096;
const CLUSTER_CODES: ReadonlySet<string> = new Set(CLUSTER_ERROR_CODES);

/** A request on its way. */
export interface CallRequest {
  readonly id: number;
  readonly service: string;
  readonly payload: Uint8Array;
}

/** Appends a request to a batch. */
export function writeRequest(writer: ByteWriter, { id, service, payload }: CallRequest): void {
  writer.writeVarint(REQUEST_TAG);
  const mark = writer.beginLength();
  writer.writeVarint(1 * 8);
  writer.writeVarint(id);
  writer.writeVarint(2 * 8 + 2);
  writer.writeString(service);
  writer.writeVarint(3 * 8 + 2);
  writer.writeBytes(payload);
  writer.endLength(mark);
}

/** Appends a reply to a batch. */
export function writeReply(writer: ByteWriter, id: number, payload: Uint8Array): void {
  writer.writeVarint(REPLY_TAG);
  const mark = writer.beginLength();
  writer.writeVarint(1 * 8);
  writer.writeVarint(id);
  writer.writeVarint(2 * 8 + 2);
  writer.writeBytes(payload);
  writer.endLength(mark);
}

/** Appends the error of a call to a batch. */
export function writeFailure(writer: ByteWriter, id: number, error: unknown): void {
  writer.writeVarint(REPLY_TAG);
  const mark = writer.beginLength();
  writer.writeVarint(1 * 8);
  writer.writeVarint(id);
  writer.writeVarint(3 * 8 + 2);
  wireError.write(writer, toWireError(error));
  writer.endLength(mark);
}

/** Appends to a batch that nobody waits for the reply to a request any more. */
export function writeAbandoned(writer: ByteWriter, id: number): void {
  writer.writeVarint(ABANDONED_TAG);
  writer.writeVarint(id);
}

/** Reads a batch and hands out its parts in order; throws `WireFormatError`. */
export function readCallBatch(batch: Uint8Array, visitor: CallBatchVisitor): void {
  const reader = new ByteReader(batch);
  while (reader.position < batch.length) {
    const tag = reader.readVarint();
    if (tag === REQUEST_TAG) readRequest(reader, visitor);
    else if (tag === REPLY_TAG) readReply(reader, visitor);
    else if (tag === ABANDONED_TAG) visitor.abandoned(reader.readVarint());
    else reader.skip(tag & 7);
  }
}

/** An error by itself: why a connection is refused, or a snapshot. */
export function encodeError(error: unknown): Uint8Array {
  return encode(wireError, toWireError(error));
}

/** Reads what `encodeError` wrote. */
export function decodeError(source: Uint8Array): Error {
  return fromWireError(decode(wireError, source));
}

function readRequest(reader: ByteReader, visitor: CallBatchVisitor): void {
  const end = reader.readEnd();
  let id = 0;
  let service = "";
  let payload: Uint8Array = EMPTY;
  while (reader.position < end) {
    const tag = reader.readVarint();
    if (tag === 1 * 8) id = reader.readVarint();
    else if (tag === 2 * 8 + 2) service = reader.readString();
    else if (tag === 3 * 8 + 2) payload = reader.readBytes();
    else reader.skip(tag & 7);
  }
  visitor.request(id, service, payload);
}

function readReply(reader: ByteReader, visitor: CallBatchVisitor): void {
  const end = reader.readEnd();
  let id = 0;
  let payload: Uint8Array = EMPTY;
  let error: WireError | undefined;
  while (reader.position < end) {
    const tag = reader.readVarint();
    if (tag === 1 * 8) id = reader.readVarint();
    else if (tag === 2 * 8 + 2) payload = reader.readBytes();
    else if (tag === 3 * 8 + 2) error = wireError.read(reader);
    else reader.skip(tag & 7);
  }
  if (error === undefined) visitor.reply(id, payload);
  else visitor.failure(id, fromWireError(error));
}

function toWireError(error: unknown): WireError {
  const facts = (error ?? {}) as { code?: unknown; message?: unknown; details?: unknown };
  const text = typeof facts.message === "string" ? facts.message : String(error);
  return {
    code: typeof facts.code === "string" ? facts.code : "INTERNAL",
    message: text.slice(0, MESSAGE_CHARACTERS_MAX),
    details: typeof facts.details === "object" ? stringify(facts.details) : "",
  };
}

function fromWireError({ code, message: text, details }: WireError): Error {
  const facts = parseDetails(details);
  return CLUSTER_CODES.has(code)
    ? new ClusterError(code as ClusterErrorCode, text, { details: facts })
    : new RemoteCallError(code, text, facts);
}

function parseDetails(details: string): Readonly<Record<string, unknown>> {
  if (details === "") return {};
  try {
    return JSON.parse(details) as Readonly<Record<string, unknown>>;
  } catch {
    return { unreadableDetails: details };
  }
}

/** Details are for people and may hold anything; what JSON cannot say is left out. */
function stringify(details: unknown): string {
  try {
    return JSON.stringify(details, (_key, value) =>
      typeof value === "bigint" ? value.toString() : value,
    );
  } catch {
    return "";
  }
}
