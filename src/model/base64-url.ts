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

/** Decodes base64url without padding from `start`; undefined if it is not canonical. */
export function decodeBase64Url(text: string, start = 0): Uint8Array | undefined {
  const characterCount = text.length - start;
  if (characterCount % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((characterCount * 3) / 4));
  let position = 0;
  let bits = 0;
  let bitCount = 0;
  for (let i = start; i < text.length; i++) {
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
