import { decodeBase62, encodeBase62, lowWordOfBase62 } from "./base62.ts";
import type { InvocationId } from "./ids.ts";
import { checkIdPrefix, idError, type ParsedId } from "./resource-id.ts";

/** Bytes of an invocation id: partition key (8, big-endian), then a uuid (16). */
export const INVOCATION_ID_BYTES = 24;

const PREFIX = "inv_1";
const TEXT_LENGTH = 38;
const UUID_START = PREFIX.length + 11;
const keyBytes = new Uint8Array(8);

/** Formats the 24 bytes of an invocation id. */
export function invocationIdFromBytes(bytes: Uint8Array): InvocationId {
  const text = PREFIX + encodeBase62(bytes, 0, 8) + encodeBase62(bytes, 8, 16);
  // The brand marks that the text came from here or from the parser.
  return text as InvocationId;
}

/** The 24 bytes of an invocation id; the caller owns them. */
export function invocationIdToBytes(id: InvocationId): Uint8Array {
  const target = new Uint8Array(INVOCATION_ID_BYTES);
  decodePayload(id, target);
  return target;
}

/** Parses an invocation id; the errors are those of service protocol section 14.1. */
export function parseInvocationId(text: string): ParsedId<InvocationId> {
  const payload = checkIdPrefix(text, "inv");
  if (!payload.ok) return payload;
  if (text.length !== TEXT_LENGTH) return idError("bad length");
  const target = new Uint8Array(INVOCATION_ID_BYTES);
  if (!decodePayload(text, target)) return idError("base62 decode error");
  return { ok: true, value: text as InvocationId };
}

function decodePayload(text: string, target: Uint8Array): boolean {
  return (
    decodeBase62(text, PREFIX.length, { target, offset: 0, byteCount: 8 }) &&
    decodeBase62(text, UUID_START, { target, offset: 8, byteCount: 16 })
  );
}

/** Partition key of an invocation id; off the hot path, see `partitionKeyHigh32`. */
export function partitionKeyOf(id: InvocationId): bigint {
  decodeBase62(id, PREFIX.length, { target: keyBytes, offset: 0, byteCount: 8 });
  return readUint64BigEndian(keyBytes, 0);
}

/** Lower 32 bits of the partition key. */
export function partitionKeyLow32(id: InvocationId): number {
  decodeBase62(id, PREFIX.length, { target: keyBytes, offset: 0, byteCount: 8 });
  const outer = ((keyBytes[4] as number) << 24) | ((keyBytes[5] as number) << 16);
  return (outer | ((keyBytes[6] as number) << 8) | (keyBytes[7] as number)) >>> 0;
}

/** Upper 32 bits of the partition key, which decide the partition. Costs no allocation. */
export function partitionKeyHigh32(id: InvocationId): number {
  const swapped = lowWordOfBase62(id, PREFIX.length);
  const outer = ((swapped & 0xff) << 24) | (swapped >>> 24);
  const inner = ((swapped & 0xff00) << 8) | ((swapped >>> 8) & 0xff00);
  return (outer | inner) >>> 0;
}

/** Builds the id of a partition key (8 bytes, big-endian) and a uuid (16 bytes). */
export function invocationIdFromParts(partitionKey: Uint8Array, uuid: Uint8Array): InvocationId {
  const text = PREFIX + encodeBase62(partitionKey, 0, 8) + encodeBase62(uuid, 0, 16);
  return text as InvocationId;
}

/** An id with the same partition key and another uuid, as restart-as-new needs it. */
export function withUuid(id: InvocationId, uuid: Uint8Array): InvocationId {
  return (id.slice(0, UUID_START) + encodeBase62(uuid, 0, 16)) as InvocationId;
}

/** Reads eight big-endian bytes. */
export function readUint64BigEndian(bytes: Uint8Array, offset: number): bigint {
  let value = 0n;
  for (let i = 0; i < 8; i++) value = (value << 8n) | BigInt(bytes[offset + i] as number);
  return value;
}
