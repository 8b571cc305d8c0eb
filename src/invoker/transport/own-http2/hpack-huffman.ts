/**
 * The Huffman code of HPACK (RFC 7541, appendix B): decoding only, since we never compress.
 *
 * The code is canonical: within a length, codes count upwards in the order of symbols, and each
 * length continues where the one before stopped. The lengths therefore determine the whole code.
 * Decoding walks the code tree four bits at a time through a table built once.
 */

import { ConnectionFault, HTTP2_ERROR } from "./protocol.ts";

/** Code length in bits of the symbols 0 to 255 and of EOS (256). */
const CODE_LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5,
  6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6,
  7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23,
  23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22,
  22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22,
  23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27,
  27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25,
  24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

const SYMBOL_END = 256;
const CODE_BITS_MAX = 30;
/** Inner nodes of a full binary tree with 257 leaves. */
const NODE_COUNT = 256;

/** Layout of a transition: bits 0 to 7 the next node, 8 to 15 the symbol, then these flags. */
const EMITS = 0x1_0000;
const FAILS = 0x2_0000;
const SYMBOL_SHIFT = 8;

/** Codes in symbol order, derived from the lengths. */
function canonicalCodes(): number[] {
  const codes = new Array<number>(CODE_LENGTHS.length).fill(0);
  let code = 0;
  for (let bits = 1; bits <= CODE_BITS_MAX; bits += 1) {
    for (const [symbol, length] of CODE_LENGTHS.entries()) {
      if (length === bits) {
        codes[symbol] = code;
        code += 1;
      }
    }
    code *= 2;
  }
  return codes;
}

/** Children of each node, two per node: a node index, or minus one minus the symbol for a leaf. */
function buildTree(): Int32Array {
  const children = new Int32Array(NODE_COUNT * 2);
  const codes = canonicalCodes();
  let nodeCount = 1;
  for (const [symbol, length] of CODE_LENGTHS.entries()) {
    const code = codes[symbol] ?? 0;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit -= 1) {
      const slot = node * 2 + ((code >>> bit) & 1);
      if (children[slot] === 0) {
        children[slot] = nodeCount;
        nodeCount += 1;
      }
      node = children[slot] ?? 0;
    }
    children[node * 2 + (code & 1)] = -1 - symbol;
  }
  return children;
}

/** One transition per node and four bits: at most one symbol ends within four bits. */
function buildTransitions(children: Int32Array): Uint32Array {
  const transitions = new Uint32Array(NODE_COUNT * 16);
  for (let start = 0; start < NODE_COUNT; start += 1) {
    for (let nibble = 0; nibble < 16; nibble += 1) {
      let node = start;
      let result = 0;
      for (let bit = 3; bit >= 0; bit -= 1) {
        const child = children[node * 2 + ((nibble >>> bit) & 1)] ?? 0;
        node = Math.max(child, 0);
        if (child === -1 - SYMBOL_END) result = FAILS;
        else if (child < 0) result |= EMITS | ((-1 - child) << SYMBOL_SHIFT);
      }
      transitions[start * 16 + nibble] = result | node;
    }
  }
  return transitions;
}

/** Nodes in which a string may end: up to seven bits, all ones, into a code (the start of EOS). */
function buildAccepting(children: Int32Array): Uint8Array {
  const accepting = new Uint8Array(NODE_COUNT);
  let node = 0;
  for (let bits = 0; bits <= 7; bits += 1) {
    accepting[node] = 1;
    node = children[node * 2 + 1] ?? 0;
  }
  return accepting;
}

const TREE = buildTree();
const TRANSITIONS = buildTransitions(TREE);
const ACCEPTING = buildAccepting(TREE);

/** The shortest code has five bits, so a byte yields at most 8/5 symbols. */
function decodedBytesMax(encodedBytes: number): number {
  return Math.ceil((encodedBytes * 8) / 5);
}

const scratch = Buffer.allocUnsafeSlow(4096);

/**
 * Decodes a Huffman-coded string literal into a string of one character per byte (latin1).
 *
 * @throws ConnectionFault COMPRESSION_ERROR on the EOS symbol or on padding that is not a prefix
 *   of it shorter than eight bits
 */
export function decodeHuffman(source: Uint8Array, start: number, end: number): string {
  const bytesMax = decodedBytesMax(end - start);
  // A larger scratch is used once and dropped: header blocks that large are rare.
  const target = bytesMax <= scratch.length ? scratch : Buffer.allocUnsafeSlow(bytesMax);
  let node = 0;
  let length = 0;
  for (let i = start; i < end; i += 1) {
    const byte = source[i] ?? 0;
    const high = TRANSITIONS[node * 16 + (byte >>> 4)] ?? FAILS;
    if ((high & EMITS) !== 0) target[length++] = (high >>> SYMBOL_SHIFT) & 0xff;
    const low = TRANSITIONS[(high & 0xff) * 16 + (byte & 0xf)] ?? FAILS;
    if ((low & EMITS) !== 0) target[length++] = (low >>> SYMBOL_SHIFT) & 0xff;
    if (((high | low) & FAILS) !== 0) {
      throw new ConnectionFault(HTTP2_ERROR.COMPRESSION_ERROR, "Huffman code contains EOS");
    }
    node = low & 0xff;
  }
  if (ACCEPTING[node] !== 1) {
    throw new ConnectionFault(HTTP2_ERROR.COMPRESSION_ERROR, "Huffman code is badly padded");
  }
  return target.toString("latin1", 0, length);
}
