/**
 * Fixed-width base62 of little-endian integers, as textual resource ids use it (service protocol
 * section 14.1). Works on 16-bit limbs in doubles: no BigInt on the way.
 */
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const CODES = Array.from(ALPHABET, (character) => character.charCodeAt(0));
const NOT_A_DIGIT = 255;
const DIGITS = new Uint8Array(128).fill(NOT_A_DIGIT);
for (const [digit, code] of CODES.entries()) DIGITS[code] = digit;

/** Digits handled per pass over the limbs: 62^5 times a limb stays a safe integer. */
const DIGITS_PER_PASS = 5;
const BASE_OF_PASS = 62 ** DIGITS_PER_PASS;

const limbs = new Float64Array(8);
const digits = new Uint8Array(25);
/** Character codes of the text that is being made. */
const shortText: number[] = new Array<number>(11).fill(0);
const longText: number[] = new Array<number>(22).fill(0);

/**
 * Writes `bytes[start, end)`, read as a little-endian integer, as exactly `width` digits.
 *
 * @param byteCount 8 for 11 digits or 16 for 22 digits
 */
export function encodeBase62(bytes: Uint8Array, start: number, byteCount: 8 | 16): string {
  const limbCount = byteCount / 2;
  const width = byteCount === 8 ? 11 : 22;
  for (let i = 0; i < limbCount; i++) {
    const low = start + 2 * (limbCount - 1 - i);
    limbs[i] = (bytes[low] as number) + (bytes[low + 1] as number) * 256;
  }
  const text = byteCount === 8 ? shortText : longText;
  let first = 0;
  for (let position = width - 1; position >= 0; position -= DIGITS_PER_PASS) {
    let remainder = divideLimbs(first, limbCount);
    while (first < limbCount && limbs[first] === 0) first++;
    for (let i = 0; i < DIGITS_PER_PASS && position - i >= 0; i++) {
      const quotient = Math.floor(remainder / 62);
      text[position - i] = CODES[remainder - quotient * 62] as number;
      remainder = quotient;
    }
  }
  // One call makes one flat string: concatenation would leave a tree for whoever hashes it.
  return String.fromCharCode(...text);
}

/** Divides the limbs by 62^5 in place and returns the remainder. */
function divideLimbs(first: number, limbCount: number): number {
  let remainder = 0;
  for (let i = first; i < limbCount; i++) {
    const value = remainder * 65536 + (limbs[i] as number);
    const quotient = Math.floor(value / BASE_OF_PASS);
    limbs[i] = quotient;
    remainder = value - quotient * BASE_OF_PASS;
  }
  return remainder;
}

/**
 * Reads the digits at `text[start…]` into `target` at `offset`, least significant byte first.
 *
 * @returns false if a character is not a digit or the value does not fit
 */
export function decodeBase62(
  text: string,
  start: number,
  output: { readonly target: Uint8Array; readonly offset: number; readonly byteCount: 8 | 16 },
): boolean {
  const limbCount = output.byteCount / 2;
  const width = output.byteCount === 8 ? 11 : 22;
  limbs.fill(0);
  for (let i = 0; i < width; i++) {
    const digit = DIGITS[text.charCodeAt(start + i)] ?? NOT_A_DIGIT;
    if (digit === NOT_A_DIGIT) return false;
    digits[i] = digit;
  }
  // The first pass takes what is left over, so that all others are full.
  let position = width % DIGITS_PER_PASS;
  multiplyLimbs(limbCount, 1, readDigits(0, position));
  for (; position < width; position += DIGITS_PER_PASS) {
    const chunk = readDigits(position, position + DIGITS_PER_PASS);
    if (!multiplyLimbs(limbCount, BASE_OF_PASS, chunk)) return false;
  }
  for (let i = 0; i < limbCount; i++) {
    const limb = limbs[limbCount - 1 - i] as number;
    output.target[output.offset + 2 * i] = limb & 0xff;
    output.target[output.offset + 2 * i + 1] = limb >>> 8;
  }
  return true;
}

function readDigits(start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 62 + (digits[i] as number);
  return value;
}

/** Computes limbs * factor + addend in place; false on overflow. */
function multiplyLimbs(limbCount: number, factor: number, addend: number): boolean {
  let carry = addend;
  for (let i = limbCount - 1; i >= 0; i--) {
    const value = (limbs[i] as number) * factor + carry;
    carry = Math.floor(value / 65536);
    limbs[i] = value - carry * 65536;
  }
  return carry === 0;
}

/**
 * Returns the four least significant bytes of an 11-digit value: for an invocation id, the bytes
 * 0 to 3 of its partition key. Assumes valid digits; costs eleven multiplications.
 */
export function lowWordOfBase62(text: string, start: number): number {
  let value = 0;
  for (let i = start; i < start + 11; i++) {
    value = (Math.imul(value, 62) + (DIGITS[text.charCodeAt(i)] as number)) | 0;
  }
  return value >>> 0;
}
