/**
 * Layout of the shared log on disk. All numbers are little-endian.
 *
 * A segment is a 64-byte header followed by batches at offsets divisible by eight. A batch is what
 * one write made durable: a 32-byte header and records. A record is checksum, length, body; the
 * body starts with kind and group. Every checksum is seeded with the salt of this log and the
 * sequence number of its batch, so bytes left over from a segment's earlier life never pass.
 */
import { crc32 } from "node:zlib";

import type { StoredFormat } from "#base/format-version";

/** What a record says about its group. */
export const RecordKind = {
  /** Entries of one term from an index on; whatever was there from that index on is gone. */
  entries: 1,
  hardState: 2,
  /** Entries up to an index are no longer needed. */
  compaction: 3,
  /** Membership as of an index. */
  configuration: 4,
  /** The log was emptied; it continues after an index (a snapshot was installed). */
  reset: 5,
  /** Which replica of the group this node holds, or has destroyed. */
  replica: 7,
} as const;

/** `STLG` */
export const SEGMENT_MAGIC = 0x474c_5453;
/** `BTCH` */
export const BATCH_MAGIC = 0x4843_5442;
/**
 * Format of the segments that this build writes. 1: the first; 2: records that name the replica.
 * Raised with every kind of record that an older build does not know.
 */
export const FORMAT_VERSION = 2;
export const SEGMENT_HEADER_BYTES = 64;
export const BATCH_HEADER_BYTES = 32;
/** Checksum and length. */
export const RECORD_HEADER_BYTES = 8;
export const ALIGNMENT_BYTES = 8;

const TWO_32 = 2 ** 32;

/** What the header of a segment says. */
export interface SegmentHeader {
  readonly sequence: number;
  /** Random number of this log, the same in all its segments. */
  readonly salt: number;
  /** Where the batches of the segment before this one end; zero in the first. */
  readonly previousEnd: number;
}

/** A header as read, with the format of everything in its segment. */
export interface StoredSegmentHeader extends SegmentHeader, StoredFormat {}

/** What the header of a batch says. */
export interface BatchHeader {
  readonly sequence: number;
  /** Bytes of all records, padding excluded. */
  readonly bodyBytes: number;
  readonly recordCount: number;
}

/** Rounds up to the next offset at which a batch may start. */
export function alignUp(offset: number): number {
  return Math.ceil(offset / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/** Seed of all checksums of a batch. */
export function batchSeed(salt: number, sequence: number): number {
  return (salt ^ Math.imul(sequence % TWO_32, 0x9e37_79b1) ^ Math.floor(sequence / TWO_32)) >>> 0;
}

/** Seeded checksum of all of `bytes`. */
export function checksum(bytes: Uint8Array, seed: number): number {
  return crc32(bytes, seed);
}

/** Writes an unsigned safe integer as eight bytes. */
export function writeUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % TWO_32, true);
  view.setUint32(offset + 4, Math.floor(value / TWO_32), true);
}

/** Reads eight bytes; a value above the safe integers comes back as NaN. */
export function readUint64(view: DataView, offset: number): number {
  const value = view.getUint32(offset + 4, true) * TWO_32 + view.getUint32(offset, true);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** Encodes the header of a segment. */
export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, SEGMENT_MAGIC, true);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, header.salt, true);
  writeUint64(view, 16, header.sequence);
  writeUint64(view, 24, header.previousEnd);
  view.setUint32(32, FORMAT_VERSION, true);
  view.setUint32(4, checksum(bytes.subarray(8, SEGMENT_HEADER_BYTES), SEGMENT_MAGIC), true);
  return bytes;
}

/** Decodes the header of a segment, of any format; `undefined` when it is none. */
export function decodeSegmentHeader(bytes: Uint8Array): StoredSegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== SEGMENT_MAGIC) return undefined;
  const expected = checksum(bytes.subarray(8, SEGMENT_HEADER_BYTES), SEGMENT_MAGIC);
  if (view.getUint32(4, true) !== expected) return undefined;
  const formatVersion = view.getUint32(8, true);
  return {
    formatVersion,
    // Format 1 left this field zero.
    minReaderVersion: view.getUint32(32, true) || formatVersion,
    salt: view.getUint32(12, true),
    sequence: readUint64(view, 16),
    previousEnd: readUint64(view, 24),
  };
}

/** Writes the header of a batch at the start of `bytes`. */
export function encodeBatchHeader(bytes: Uint8Array, salt: number, header: BatchHeader): void {
  const view = viewOf(bytes);
  view.setUint32(0, BATCH_MAGIC, true);
  view.setUint32(8, header.bodyBytes, true);
  view.setUint32(12, header.recordCount, true);
  writeUint64(view, 16, header.sequence);
  writeUint64(view, 24, 0);
  const seed = batchSeed(salt, header.sequence);
  view.setUint32(4, checksum(bytes.subarray(8, BATCH_HEADER_BYTES), seed), true);
}

/** Decodes the header of a batch at `offset`; `undefined` when there is none. */
export function decodeBatchHeader(
  bytes: Uint8Array,
  offset: number,
  salt: number,
): BatchHeader | undefined {
  if (offset + BATCH_HEADER_BYTES > bytes.length) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(offset, true) !== BATCH_MAGIC) return undefined;
  const sequence = readUint64(view, offset + 16);
  if (Number.isNaN(sequence)) return undefined;
  const seed = batchSeed(salt, sequence);
  const expected = checksum(bytes.subarray(offset + 8, offset + BATCH_HEADER_BYTES), seed);
  if (view.getUint32(offset + 4, true) !== expected) return undefined;
  return {
    sequence,
    bodyBytes: view.getUint32(offset + 8, true),
    recordCount: view.getUint32(offset + 12, true),
  };
}

/** A view over exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
