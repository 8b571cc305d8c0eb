import { encodeBase64Url } from "./base64-url.ts";
import { sha256 } from "./sha256.ts";
import { utf8Length, writeUtf8 } from "./utf8.ts";

/**
 * Fingerprint of the whole state of a key, as the command line computes it: SHA-256 in URL-safe
 * base64 over the entries in byte order of their keys, each as its position (8 bytes big-endian),
 * 0x01, key, 0x02, value, 0x03.
 */
export function stateVersion(values: ReadonlyMap<string, Uint8Array>): string {
  const entries = [...values].map(([key, value]) => ({ key: toUtf8(key), value }));
  entries.sort((a, b) => compareBytes(a.key, b.key));
  const total = entries.reduce((sum, { key, value }) => sum + 11 + key.length + value.length, 0);
  const input = new Uint8Array(total);
  const view = new DataView(input.buffer);
  let at = 0;
  for (const [index, { key, value }] of entries.entries()) {
    view.setUint32(at + 4, index);
    input[at + 8] = 1;
    input.set(key, at + 9);
    at += 9 + key.length;
    input[at] = 2;
    input.set(value, at + 1);
    at += 1 + value.length;
    input[at++] = 3;
  }
  return encodeBase64Url(sha256(input));
}

function toUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** Compares two byte strings, the shorter first when one is a prefix of the other. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
