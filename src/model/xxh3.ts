/**
 * XXH3-64 with seed 0, for any length (xxHash specification 0.2, "XXH3").
 *
 * 64-bit values are pairs of unsigned 32-bit halves; products go through 16-bit pieces. A result
 * of a helper is left in `high` and `low`, which avoids an allocation per step.
 */
const SECRET_HEX =
  "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f" +
  "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c" +
  "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8" +
  "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364" +
  "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e" +
  "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e";
const SECRET_BYTES = 192;
const SECRET = new Uint8Array(SECRET_BYTES);
for (let i = 0; i < SECRET_BYTES; i++) {
  SECRET[i] = Number.parseInt(SECRET_HEX.slice(2 * i, 2 * i + 2), 16);
}

const PRIME32_1 = 0x9e3779b1;
const PRIME32_2 = 0x85ebca77;
const PRIME32_3 = 0xc2b2ae3d;
const STRIPE_BYTES = 64;
const STRIPES_PER_BLOCK = (SECRET_BYTES - STRIPE_BYTES) / 8;
const BLOCK_BYTES = STRIPE_BYTES * STRIPES_PER_BLOCK;

let high = 0;
let low = 0;
let sumHigh = 0;
let sumLow = 0;

/** Hashes `input[start, end)` and writes the result big-endian at `offset` of `output`. */
export function xxh3Into(
  input: Uint8Array,
  range: { readonly start: number; readonly end: number },
  output: { readonly target: Uint8Array; readonly offset: number },
): void {
  hash(input, range.start, range.end);
  const { target, offset } = output;
  target[offset] = high >>> 24;
  target[offset + 1] = high >>> 16;
  target[offset + 2] = high >>> 8;
  target[offset + 3] = high;
  target[offset + 4] = low >>> 24;
  target[offset + 5] = low >>> 16;
  target[offset + 6] = low >>> 8;
  target[offset + 7] = low;
}

/** Hashes the whole input. */
export function xxh3(input: Uint8Array): bigint {
  hash(input, 0, input.length);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Lower 32 bits of the hash of `input[start, end)`. */
export function xxh3Low32(input: Uint8Array, start: number, end: number): number {
  hash(input, start, end);
  return low;
}

function hash(input: Uint8Array, start: number, end: number): void {
  const length = end - start;
  if (length > 240) hashLong(input, start, length);
  else if (length > 128) hashUpTo240(input, start, length);
  else if (length > 16) hashUpTo128(input, start, length);
  else if (length > 8) hashUpTo16(input, start, length);
  else if (length >= 4) hashUpTo8(input, start, length);
  else if (length > 0) hashUpTo3(input, start, length);
  else {
    high = (secretWord(60) ^ secretWord(68)) >>> 0;
    low = (secretWord(56) ^ secretWord(64)) >>> 0;
    avalanche64();
  }
}

function hashUpTo3(input: Uint8Array, start: number, length: number): void {
  const first = input[start] as number;
  const middle = input[start + (length >> 1)] as number;
  const last = input[start + length - 1] as number;
  const combined = ((first << 16) | (middle << 24) | last | (length << 8)) >>> 0;
  low = (combined ^ secretWord(0) ^ secretWord(4)) >>> 0;
  high = 0;
  avalanche64();
}

function hashUpTo8(input: Uint8Array, start: number, length: number): void {
  const first = word(input, start);
  const last = word(input, start + length - 4);
  const flipHigh = (secretWord(12) ^ secretWord(20)) >>> 0;
  const flipLow = (secretWord(8) ^ secretWord(16)) >>> 0;
  const keyedHigh = (first ^ flipHigh) >>> 0;
  const keyedLow = (last ^ flipLow) >>> 0;
  // x ^= rotl(x, 49) ^ rotl(x, 24); rotl by 49 is rotl by 17 of the swapped halves.
  high =
    (keyedHigh ^
      ((keyedLow << 17) | (keyedHigh >>> 15)) ^
      ((keyedHigh << 24) | (keyedLow >>> 8))) >>>
    0;
  low =
    (keyedLow ^
      ((keyedHigh << 17) | (keyedLow >>> 15)) ^
      ((keyedLow << 24) | (keyedHigh >>> 8))) >>>
    0;
  multiply64(high, low, 0x9fb21c65, 0x1e98df25);
  // x ^= (x >> 35) + length
  low = (low ^ ((high >>> 3) + length)) >>> 0;
  multiply64(high, low, 0x9fb21c65, 0x1e98df25);
  low = (low ^ ((high << 4) | (low >>> 28))) >>> 0;
  high = (high ^ (high >>> 28)) >>> 0;
}

function hashUpTo16(input: Uint8Array, start: number, length: number): void {
  const tail = start + length - 8;
  const firstHigh = (secretWord(28) ^ secretWord(36) ^ word(input, start + 4)) >>> 0;
  const firstLow = (secretWord(24) ^ secretWord(32) ^ word(input, start)) >>> 0;
  const lastHigh = (secretWord(44) ^ secretWord(52) ^ word(input, tail + 4)) >>> 0;
  const lastLow = (secretWord(40) ^ secretWord(48) ^ word(input, tail)) >>> 0;
  sumHigh = 0;
  sumLow = length;
  addToSum(swapBytes(firstLow), swapBytes(firstHigh));
  addToSum(lastHigh, lastLow);
  fold128(firstHigh, firstLow, lastHigh, lastLow);
  addToSum(high, low);
  avalancheSum();
}

function hashUpTo128(input: Uint8Array, start: number, length: number): void {
  startSum(length);
  const end = start + length;
  for (let i = Math.min(3, (length - 1) >> 5); i >= 0; i--) {
    mix16(input, start + 16 * i, 32 * i);
    mix16(input, end - 16 * (i + 1), 32 * i + 16);
  }
  avalancheSum();
}

function hashUpTo240(input: Uint8Array, start: number, length: number): void {
  startSum(length);
  const rounds = length >> 4;
  for (let i = 0; i < 8; i++) mix16(input, start + 16 * i, 16 * i);
  avalancheSum();
  sumHigh = high;
  sumLow = low;
  for (let i = 8; i < rounds; i++) mix16(input, start + 16 * i, 16 * (i - 8) + 3);
  mix16(input, start + length - 16, 136 - 17);
  avalancheSum();
}

// Accumulators of the long form: eight 64-bit lanes as halves, lane i at 2i (low) and 2i+1 (high).
const lanes = new Uint32Array(16);
const INITIAL_LANES = [
  PRIME32_3,
  0,
  0x85ebca87,
  0x9e3779b1,
  0x27d4eb4f,
  0xc2b2ae3d,
  0x9e3779f9,
  0x165667b1,
  0xc2b2ae63,
  0x85ebca77,
  PRIME32_2,
  0,
  0x165667c5,
  0x27d4eb2f,
  PRIME32_1,
  0,
];

function hashLong(input: Uint8Array, start: number, length: number): void {
  lanes.set(INITIAL_LANES);
  const blockCount = Math.floor((length - 1) / BLOCK_BYTES);
  for (let block = 0; block < blockCount; block++) {
    const blockStart = start + block * BLOCK_BYTES;
    for (let i = 0; i < STRIPES_PER_BLOCK; i++) {
      accumulate(input, blockStart + i * STRIPE_BYTES, i * 8);
    }
    scramble();
  }
  const lastStart = start + blockCount * BLOCK_BYTES;
  const stripeCount = Math.floor((length - 1 - blockCount * BLOCK_BYTES) / STRIPE_BYTES);
  for (let i = 0; i < stripeCount; i++) accumulate(input, lastStart + i * STRIPE_BYTES, i * 8);
  accumulate(input, start + length - STRIPE_BYTES, SECRET_BYTES - STRIPE_BYTES - 7);
  startSum(length);
  for (let i = 0; i < 4; i++) {
    const lane = 4 * i;
    const secret = 11 + 16 * i;
    fold128(
      ((lanes[lane + 1] as number) ^ secretWord(secret + 4)) >>> 0,
      ((lanes[lane] as number) ^ secretWord(secret)) >>> 0,
      ((lanes[lane + 3] as number) ^ secretWord(secret + 12)) >>> 0,
      ((lanes[lane + 2] as number) ^ secretWord(secret + 8)) >>> 0,
    );
    addToSum(high, low);
  }
  avalancheSum();
}

function accumulate(input: Uint8Array, start: number, secret: number): void {
  for (let i = 0; i < 8; i++) {
    const dataLow = word(input, start + 8 * i);
    const dataHigh = word(input, start + 8 * i + 4);
    addToLane(i ^ 1, dataHigh, dataLow);
    const keyLow = (dataLow ^ secretWord(secret + 8 * i)) >>> 0;
    const keyHigh = (dataHigh ^ secretWord(secret + 8 * i + 4)) >>> 0;
    multiply32(keyLow, keyHigh);
    addToLane(i, high, low);
  }
}

function addToLane(lane: number, addHigh: number, addLow: number): void {
  const sum = (lanes[2 * lane] as number) + addLow;
  lanes[2 * lane] = sum;
  lanes[2 * lane + 1] = (lanes[2 * lane + 1] as number) + addHigh + (sum > 0xffffffff ? 1 : 0);
}

function scramble(): void {
  for (let i = 0; i < 8; i++) {
    const laneLow = lanes[2 * i] as number;
    const laneHigh = lanes[2 * i + 1] as number;
    const secret = SECRET_BYTES - STRIPE_BYTES + 8 * i;
    // x ^= x >> 47, then x ^= secret, then x *= PRIME32_1
    const mixedLow = (laneLow ^ (laneHigh >>> 15) ^ secretWord(secret)) >>> 0;
    const mixedHigh = (laneHigh ^ secretWord(secret + 4)) >>> 0;
    multiply64(mixedHigh, mixedLow, 0, PRIME32_1);
    lanes[2 * i] = low;
    lanes[2 * i + 1] = high;
  }
}

/** sum = length * PRIME64_1 */
function startSum(length: number): void {
  multiply64(0, length, 0x9e3779b1, 0x85ebca87);
  sumHigh = high;
  sumLow = low;
}

function mix16(input: Uint8Array, start: number, secret: number): void {
  fold128(
    (word(input, start + 4) ^ secretWord(secret + 4)) >>> 0,
    (word(input, start) ^ secretWord(secret)) >>> 0,
    (word(input, start + 12) ^ secretWord(secret + 12)) >>> 0,
    (word(input, start + 8) ^ secretWord(secret + 8)) >>> 0,
  );
  addToSum(high, low);
}

function addToSum(addHigh: number, addLow: number): void {
  const sum = sumLow + addLow;
  sumLow = sum >>> 0;
  sumHigh = (sumHigh + addHigh + (sum > 0xffffffff ? 1 : 0)) >>> 0;
}

/** XXH3_avalanche of the sum. */
function avalancheSum(): void {
  low = (sumLow ^ (sumHigh >>> 5)) >>> 0;
  high = sumHigh;
  multiply64(high, low, 0x16566791, 0x9e3779f9);
  low = (low ^ high) >>> 0;
}

/** XXH64_avalanche of `high` and `low`. */
function avalanche64(): void {
  low = (low ^ (high >>> 1)) >>> 0;
  multiply64(high, low, 0xc2b2ae3d, 0x27d4eb4f);
  low = (low ^ ((high << 3) | (low >>> 29))) >>> 0;
  high = (high ^ (high >>> 29)) >>> 0;
  multiply64(high, low, 0x165667b1, 0x9e3779f9);
  low = (low ^ high) >>> 0;
}

/** Product of two unsigned 32-bit values. */
function multiply32(a: number, b: number): void {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const lowProduct = aLow * bLow;
  const middle = aLow * bHigh + aHigh * bLow + Math.floor(lowProduct / 65536);
  low = (((middle & 0xffff) << 16) | (lowProduct & 0xffff)) >>> 0;
  high = (aHigh * bHigh + Math.floor(middle / 65536)) >>> 0;
}

/** Lower 64 bits of a 64-bit product. */
function multiply64(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  multiply32(aLow, bLow);
  high = (high + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) >>> 0;
}

/** Upper half XOR lower half of the 128-bit product. */
function fold128(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  multiply32(aLow, bLow);
  const word0 = low;
  let carry = high;
  multiply32(aHigh, bLow);
  let middle = carry + low;
  let top = high + (middle > 0xffffffff ? 1 : 0);
  middle >>>= 0;
  multiply32(aLow, bHigh);
  carry = middle + low;
  const word1 = carry >>> 0;
  top += high + (carry > 0xffffffff ? 1 : 0);
  multiply32(aHigh, bHigh);
  const word2 = low + (top % 0x100000000);
  const word3 = high + Math.floor(top / 0x100000000) + (word2 > 0xffffffff ? 1 : 0);
  low = (word0 ^ word2) >>> 0;
  high = (word1 ^ word3) >>> 0;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

function secretWord(at: number): number {
  return word(SECRET, at);
}

function swapBytes(value: number): number {
  return (
    ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
  );
}
