const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** Encodes bytes as base64url without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    bitCount += 8;
    while (bitCount >= 6) {
      bitCount -= 6;
      text += ALPHABET[(bits >>> bitCount) & 63];
    }
    bits &= (1 << bitCount) - 1;
  }
  return bitCount > 0 ? text + ALPHABET[(bits << (6 - bitCount)) & 63] : text;
}

/**
 * Decodes base64url from `start`; undefined if it is not canonical.
 *
 * Padding may be there, be incomplete or be missing: the SDK for Java writes it, the others do not.
 */
export function decodeBase64Url(text: string, start = 0): Uint8Array | undefined {
  const end = endWithoutPadding(text, start);
  const characterCount = end - start;
  if (characterCount % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((characterCount * 3) / 4));
  let position = 0;
  let bits = 0;
  let bitCount = 0;
  for (let i = start; i < end; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? -1;
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes[position++] = (bits >>> bitCount) & 0xff;
      bits &= (1 << bitCount) - 1;
    }
  }
  return bits === 0 ? bytes : undefined;
}

/** Where the padding begins; characters beyond what completes a group of four are none. */
function endWithoutPadding(text: string, start: number): number {
  let end = text.length;
  while (end > start && text.endsWith("=", end)) end -= 1;
  const paddingMax = (4 - ((end - start) % 4)) % 4;
  return text.length - end <= paddingMax ? end : text.length;
}
