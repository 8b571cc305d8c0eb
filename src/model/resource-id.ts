import { decodeBase62, encodeBase62 } from "./base62.ts";
import type { DeploymentId } from "./ids.ts";

/** Why a textual id was refused; the text is part of the public error messages. */
export type IdError =
  | "bad length"
  | "base62 decode error"
  | "bad format"
  | "unrecognized codec version"
  | "id doesn't match the expected type"
  | `unrecognized resource type: ${string}`;

/** Result of parsing an id: the value, or the text of the error. */
export type ParsedId<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: IdError };

const RESOURCE_TYPES = new Set(["inv", "dp", "sub", "snap", "mut", "vq", "sign", "prom"]);
const ULID_DIGITS = 22;

/** Wraps an error as the outcome of a parser. */
export function idError(error: IdError): { readonly ok: false; readonly error: IdError } {
  return { ok: false, error };
}

/**
 * Checks `<type>_1` at the start of an id, and returns the index of the payload.
 *
 * The order of the checks is that of the original: it decides which error a caller sees.
 */
export function checkIdPrefix(text: string, type: string): ParsedId<number> {
  const separator = text.indexOf("_");
  if (separator < 0) return idError("bad format");
  const actual = text.slice(0, separator);
  if (!RESOURCE_TYPES.has(actual)) return idError(`unrecognized resource type: ${actual}`);
  const version = text.charCodeAt(separator + 1);
  if (Number.isNaN(version) || version >= 0x80) return idError("bad length");
  if (version !== 0x31) return idError("unrecognized codec version");
  if (actual !== type) return idError("id doesn't match the expected type");
  return { ok: true, value: separator + 2 };
}

/** Resources that are named by a ULID alone. */
export type UlidResource = "dp" | "sub" | "snap";

/** Formats 16 bytes (a ULID) as `<type>_1` and 22 digits. */
export function formatResourceId(type: UlidResource, ulid: Uint8Array): string {
  return `${type}_1${encodeBase62(ulid, 0, 16)}`;
}

/** Parses `<type>_1` and 22 digits into 16 bytes. */
export function parseResourceId(type: UlidResource, text: string): ParsedId<Uint8Array> {
  const payload = checkIdPrefix(text, type);
  if (!payload.ok) return payload;
  if (text.length - payload.value !== ULID_DIGITS) return idError("bad length");
  const target = new Uint8Array(16);
  if (!decodeBase62(text, payload.value, { target, offset: 0, byteCount: 16 })) {
    return idError("base62 decode error");
  }
  return { ok: true, value: target };
}

/** Makes a deployment id from a fresh ULID. */
export function deploymentIdFromUlid(ulid: Uint8Array): DeploymentId {
  // The brand marks that the text came from here or from the parser.
  return formatResourceId("dp", ulid) as DeploymentId;
}

/** Parses a deployment id. */
export function parseDeploymentId(text: string): ParsedId<DeploymentId> {
  const parsed = parseResourceId("dp", text);
  return parsed.ok ? { ok: true, value: text as DeploymentId } : parsed;
}
