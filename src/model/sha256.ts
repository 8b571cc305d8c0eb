/** SHA-256 (FIPS 180-4), pure, for the short inputs of id derivation. */
const BLOCK_BYTES = 64;

const K = new Int32Array(64);
const INITIAL = new Int32Array(8);
fillConstants();
const schedule = new Int32Array(64);
const state = new Int32Array(8);

/** The first 32 bits of the fractional parts of square and cube roots of primes. */
function fillConstants(): void {
  let count = 0;
  for (let candidate = 2; count < 64; candidate++) {
    if (!isPrime(candidate)) continue;
    if (count < 8) INITIAL[count] = fractionOfRoot(candidate, 2);
    K[count] = fractionOfRoot(candidate, 3);
    count++;
  }
}

function isPrime(candidate: number): boolean {
  for (let factor = 2; factor * factor <= candidate; factor++) {
    if (candidate % factor === 0) return false;
  }
  return true;
}

/** floor(frac(value^(1/degree)) * 2^32), exact: an integer root of value * 2^(32 * degree). */
function fractionOfRoot(value: number, degree: 2 | 3): number {
  const scaled = BigInt(value) << BigInt(32 * degree);
  let root = 0n;
  for (let bit = 37n; bit >= 0n; bit--) {
    const trial = root | (1n << bit);
    if (trial ** BigInt(degree) <= scaled) root = trial;
  }
  return Number(root & 0xffffffffn) | 0;
}

/** SHA-256 of the input, 32 bytes; the caller owns them. */
export function sha256(input: Uint8Array): Uint8Array {
  const paddedBytes = (Math.floor((input.length + 8) / BLOCK_BYTES) + 1) * BLOCK_BYTES;
  const padded = new Uint8Array(paddedBytes);
  padded.set(input);
  padded[input.length] = 0x80;
  const bitCount = input.length * 8;
  writeWord(padded, paddedBytes - 8, Math.floor(bitCount / 0x100000000));
  writeWord(padded, paddedBytes - 4, bitCount | 0);
  state.set(INITIAL);
  for (let start = 0; start < paddedBytes; start += BLOCK_BYTES) compress(padded, start);
  const digest = new Uint8Array(32);
  for (let i = 0; i < 8; i++) writeWord(digest, 4 * i, state[i] as number);
  return digest;
}

function compress(bytes: Uint8Array, start: number): void {
  expand(bytes, start);
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i++) {
    const sigma1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const first = (h + sigma1 + choice + (K[i] as number) + (schedule[i] as number)) | 0;
    const sigma0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + sigma0 + majority) | 0;
  }
  addToState(0, a, b, c, d);
  addToState(4, e, f, g, h);
}

function addToState(at: number, ...words: readonly number[]): void {
  for (const [i, word] of words.entries()) state[at + i] = (state[at + i] as number) + word;
}

function expand(bytes: Uint8Array, start: number): void {
  for (let i = 0; i < 16; i++) {
    const at = start + 4 * i;
    schedule[i] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
  }
  for (let i = 16; i < 64; i++) {
    const early = schedule[i - 15] as number;
    const late = schedule[i - 2] as number;
    const small0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const small1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[i] = (schedule[i - 16] as number) + small0 + (schedule[i - 7] as number) + small1;
  }
}

function rotate(value: number, count: number): number {
  return (value >>> count) | (value << (32 - count));
}

function writeWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
