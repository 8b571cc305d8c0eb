import { decodeBase64Url, encodeBase64Url } from "./base64-url.ts";
import type { InvocationId } from "./ids.ts";
import {
  INVOCATION_ID_BYTES,
  invocationIdFromBytes,
  invocationIdToBytes,
} from "./invocation-id.ts";
import { checkIdPrefix, idError, type ParsedId } from "./resource-id.ts";

/** What an awakeable id names. */
export interface AwakeableId {
  /** `signal` (`sign_1…`), or a completion by entry index of old invocations (`prom_1…`). */
  readonly kind: "signal" | "legacy";
  readonly invocationId: InvocationId;
  /** Signal index, or legacy entry index. */
  readonly index: number;
}

const PAYLOAD_BYTES = INVOCATION_ID_BYTES + 4;

/** Formats the awakeable id of a signal index. */
export function formatAwakeableId(invocationId: InvocationId, signalIndex: number): string {
  const bytes = new Uint8Array(PAYLOAD_BYTES);
  bytes.set(invocationIdToBytes(invocationId));
  new DataView(bytes.buffer).setUint32(INVOCATION_ID_BYTES, signalIndex);
  return `sign_1${encodeBase64Url(bytes)}`;
}

/** Parses an awakeable id; errors are those that the original answers with. */
export function parseAwakeableId(text: string): ParsedId<AwakeableId> {
  const signal = checkIdPrefix(text, "sign");
  if (signal.ok) {
    const parsed = parsePayload(text, signal.value, "signal");
    return parsed.ok ? parsed : idError("id doesn't match the expected type");
  }
  const legacy = checkIdPrefix(text, "prom");
  return legacy.ok ? parsePayload(text, legacy.value, "legacy") : legacy;
}

function parsePayload(
  text: string,
  start: number,
  kind: AwakeableId["kind"],
): ParsedId<AwakeableId> {
  const bytes = decodeBase64Url(text, start);
  if (bytes === undefined) return idError("base62 decode error");
  if (bytes.length !== PAYLOAD_BYTES) return idError("bad length");
  const invocationId = invocationIdFromBytes(bytes);
  const index = new DataView(bytes.buffer).getUint32(INVOCATION_ID_BYTES);
  return { ok: true, value: { kind, invocationId, index } };
}
