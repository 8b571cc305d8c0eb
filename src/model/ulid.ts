const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Bytes of randomness in a ULID. */
export const ULID_RANDOM_BYTES = 10;

/**
 * Builds the 16 bytes of a ULID.
 *
 * @param timeMs milliseconds since the Unix epoch
 * @param random ten random bytes; copied
 */
export function ulidFromParts(timeMs: number, random: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  let rest = timeMs;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  for (let i = 0; i < ULID_RANDOM_BYTES; i++) bytes[6 + i] = random[i] as number;
  return bytes;
}

/** Formats a ULID as its usual 26 characters. */
export function formatUlid(bytes: Uint8Array): string {
  let text = "";
  // 130 bits for 128: the first character carries three bits only.
  let bits = 0;
  let bitCount = 2;
  for (let i = 0; i < 16; i++) {
    bits = (bits << 8) | (bytes[i] as number);
    bitCount += 8;
    while (bitCount >= 5) {
      bitCount -= 5;
      text += CROCKFORD[(bits >>> bitCount) & 31];
    }
    bits &= (1 << bitCount) - 1;
  }
  return text;
}
