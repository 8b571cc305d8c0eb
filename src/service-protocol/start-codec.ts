/** Wire form of the Start message (service protocol section 5.2), hand-written: every attempt. */
import {
  lengthDelimitedSize,
  ProtobufWriter,
  type Uint64Halves,
  utf8Length,
  varintSize,
} from "#model";
import { CONTROL_TYPES } from "./control-type.ts";
import { FRAME_HEADER_BYTES, writeFrameHeader } from "./frame-codec.ts";

/** Content of a Start message. */
export interface StartMessage {
  /** The 24 bytes of the invocation id. */
  readonly id: Uint8Array;
  /** The same id as text. */
  readonly debugId: string;
  /** Journal messages that follow, at least 1. */
  readonly knownEntries: number;
  readonly state: readonly (readonly [key: string, value: Uint8Array])[];
  readonly partialState: boolean;
  /** Object or workflow key; empty otherwise. */
  readonly key: string;
  readonly retryCount: number;
  readonly durationSinceLastEntryMs: number;
  readonly randomSeed: Uint64Halves;
  readonly scope: string | undefined;
  readonly limitKey: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** Encodes a Start message as a complete frame; state values are copied into it. */
export function encodeStartFrame(start: StartMessage): Uint8Array {
  const stateSizes = start.state.map(([key, value]) => stateEntrySize(key, value));
  const bodyBytes = startSize(start, stateSizes);
  const writer = new ProtobufWriter(FRAME_HEADER_BYTES + bodyBytes);
  const header = writer.reserve(FRAME_HEADER_BYTES);
  writeFrameHeader(header, 0, { type: CONTROL_TYPES.start, bodyBytes });
  writer.bytesField(0x0a, start.id);
  writer.stringField(0x12, start.debugId, start.debugId.length);
  writer.varintField(0x18, start.knownEntries);
  for (const [i, [key, value]] of start.state.entries()) {
    writer.varintField(0x22, stateSizes[i] as number);
    writeText(writer, 0x0a, key);
    if (value.length > 0) writer.bytesField(0x12, value);
  }
  if (start.partialState) writer.varintField(0x28, 1);
  writeText(writer, 0x32, start.key);
  if (start.retryCount > 0) writer.varintField(0x38, start.retryCount);
  const durationMs = start.durationSinceLastEntryMs;
  if (durationMs > 0) writer.varintField(0x40, durationMs);
  writeSeed(writer, start.randomSeed);
  writeOptionalText(writer, 0x52, start.scope);
  writeOptionalText(writer, 0x5a, start.limitKey);
  writeOptionalText(writer, 0x62, start.idempotencyKey);
  return writer.finish();
}

function startSize(start: StartMessage, stateSizes: readonly number[]): number {
  let size = lengthDelimitedSize(start.id.length);
  size += lengthDelimitedSize(start.debugId.length);
  size += 1 + varintSize(start.knownEntries);
  for (const stateSize of stateSizes) size += lengthDelimitedSize(stateSize);
  if (start.partialState) size += 2;
  size += textSize(start.key);
  if (start.retryCount > 0) size += 1 + varintSize(start.retryCount);
  const durationMs = start.durationSinceLastEntryMs;
  if (durationMs > 0) size += 1 + varintSize(durationMs);
  size += seedSize(start.randomSeed);
  size += optionalTextSize(start.scope);
  size += optionalTextSize(start.limitKey);
  return size + optionalTextSize(start.idempotencyKey);
}

function stateEntrySize(key: string, value: Uint8Array): number {
  return textSize(key) + (value.length === 0 ? 0 : lengthDelimitedSize(value.length));
}

function textSize(text: string): number {
  return text === "" ? 0 : lengthDelimitedSize(utf8Length(text));
}

function optionalTextSize(text: string | undefined): number {
  return text === undefined ? 0 : lengthDelimitedSize(utf8Length(text));
}

function writeText(writer: ProtobufWriter, tag: number, text: string): void {
  if (text !== "") writer.stringField(tag, text, utf8Length(text));
}

function writeOptionalText(writer: ProtobufWriter, tag: number, text: string | undefined): void {
  if (text !== undefined) writer.stringField(tag, text, utf8Length(text));
}

function seedSize({ high, low }: Uint64Halves): number {
  if (high === 0) return low === 0 ? 0 : 1 + varintSize(low);
  const bits = 64 - Math.clz32(high);
  return 1 + Math.ceil(bits / 7);
}

function writeSeed(writer: ProtobufWriter, { high, low }: Uint64Halves): void {
  if (high === 0 && low === 0) return;
  writer.varint(0x48);
  writer.varint64(high, low);
}
