import { assertPresent } from "#base/assert";
import { ClusterError } from "#base/cluster-error";
import { requireReadable } from "#base/format-version";
import { type LogRecord, readBatch } from "./batch-reader.ts";
import type { LogDisk, LogFile } from "./log-disk.ts";
import {
  ALIGNMENT_BYTES,
  alignUp,
  BATCH_MAGIC,
  decodeBatchHeader,
  decodeSegmentHeader,
  FORMAT_VERSION,
  SEGMENT_HEADER_BYTES,
  type StoredSegmentHeader,
} from "./record-format.ts";
import { segmentName, segmentSequenceOf } from "./segment-name.ts";

/** A segment with contents. */
export interface RecoveredSegment {
  readonly sequence: number;
  /** Size of the file. */
  readonly bytes: number;
  /** Where its last batch ends, aligned: the next batch goes there. */
  readonly end: number;
  /** Format of its records; a segment holds one format. */
  readonly formatVersion: number;
}

/** What recovery found. */
export interface RecoveredLog {
  /** Random number of this log; `undefined` when there is no log yet. */
  readonly salt: number | undefined;
  readonly segments: readonly RecoveredSegment[];
  readonly nextBatchSequence: number;
  /**
   * Offset of the last batch in the last segment, zero when that has none. A crash after a failed
   * sync may have left it in the page cache only: it must be written again before anything relies
   * on it.
   */
  readonly lastBatchOffset: number;
  /** True when a batch at the end was unfinished, never acknowledged, and was cut. */
  readonly isCut: boolean;
}

/** Takes each record, in the order in which they were written. */
export type RecordVisitor = (record: LogRecord, place: RecordPlace) => void;

/** Where a visited record lies. */
export interface RecordPlace {
  readonly segment: number;
  readonly batch: number;
}

interface SegmentFile {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly header: StoredSegmentHeader | undefined;
}

interface Scan {
  readonly salt: number;
  nextBatchSequence: number | undefined;
  lastBatchOffset: number;
}

/**
 * Reads all segments and visits their records.
 *
 * The end of the last segment may be torn: one write was under way, nobody relied on it, it is cut.
 * An invalid batch before a valid one, or before the end that the next segment's header records,
 * was durable once: that is corruption.
 *
 * @throws ClusterError `LOG_CORRUPTED` with segment and offset, `FORMAT_UNSUPPORTED`
 */
export function recoverLog(disk: LogDisk, visit: RecordVisitor): RecoveredLog {
  const sequences = segmentSequences(disk);
  const segments: RecoveredSegment[] = [];
  let scan: Scan | undefined;
  let isCut = false;
  let previousEnd: number | undefined;
  for (let i = 0; i < sequences.length; i++) {
    const sequence = sequences[i] as number;
    const isLast = i === sequences.length - 1;
    const file = readSegment(disk, sequence);
    if (file.header === undefined) {
      assertUnused(file, scan, isLast);
      disk.removeNow(segmentName(sequence));
      break;
    }
    assertFollows(file, scan, previousEnd);
    scan ??= { salt: file.header.salt, nextBatchSequence: undefined, lastBatchOffset: 0 };
    const end = visitBatches(file, scan, visit);
    if (isLast) {
      assertTorn(file, scan, end);
      isCut = decodeBatchHeader(file.bytes, end, scan.salt) !== undefined;
    }
    previousEnd = end;
    const { formatVersion } = file.header;
    segments.push({ sequence, bytes: file.bytes.length, end, formatVersion });
  }
  return {
    salt: scan?.salt,
    segments,
    nextBatchSequence: scan?.nextBatchSequence ?? 1,
    lastBatchOffset: scan?.lastBatchOffset ?? 0,
    isCut,
  };
}

function segmentSequences(disk: LogDisk): number[] {
  const sequences: number[] = [];
  for (const { name } of disk.list()) {
    const sequence = segmentSequenceOf(name);
    if (sequence !== undefined) sequences.push(sequence);
  }
  sequences.sort((left, right) => left - right);
  for (let i = 1; i < sequences.length; i++) {
    const expected = (sequences[i - 1] as number) + 1;
    if (sequences[i] !== expected) throw corruption(expected, 0, "the segment is missing");
  }
  return sequences;
}

function readSegment(disk: LogDisk, sequence: number): SegmentFile {
  const name = segmentName(sequence);
  const size = assertPresent(
    disk.list().find((file) => file.name === name)?.bytes,
    "a listed segment exists",
  );
  const file: LogFile = disk.open(name);
  try {
    const bytes = file.read(0, size);
    const header = decodeSegmentHeader(bytes);
    // A recycled segment carries the header of its earlier life until its first batch is written.
    const isStarted = header !== undefined && header.sequence === sequence;
    if (isStarted) {
      const what = `Segment ${name} of the log`;
      requireReadable(header, { what, formatVersion: FORMAT_VERSION });
    }
    return { sequence, bytes, header: isStarted ? header : undefined };
  } finally {
    file.close();
  }
}

/** A segment without a header may only be the last one, prepared and never written to. */
function assertUnused(file: SegmentFile, scan: Scan | undefined, isLast: boolean): void {
  if (!isLast) throw corruption(file.sequence, 0, "the header is damaged");
  const header = file.bytes.subarray(0, SEGMENT_HEADER_BYTES);
  const isBlank = header.every((byte) => byte === 0);
  const earlier = decodeSegmentHeader(header);
  const isRecycled = earlier !== undefined && earlier.sequence < file.sequence;
  if (!isBlank && !isRecycled) throw corruption(file.sequence, 0, "the header is damaged");
  if (scan !== undefined) assertTorn(file, scan, 0);
  else if (!isZero(file.bytes)) {
    throw corruption(file.sequence, 0, "the header is missing");
  }
}

function assertFollows(
  file: SegmentFile,
  scan: Scan | undefined,
  previousEnd: number | undefined,
): void {
  if (scan === undefined || previousEnd === undefined) return;
  const header = assertPresent(file.header, "a used segment has a header");
  if (header.salt !== scan.salt) {
    throw corruption(file.sequence, 0, "the segment belongs to another log");
  }
  if (header.previousEnd !== previousEnd) {
    throw corruption(
      file.sequence - 1,
      previousEnd,
      `a batch is damaged; the segment was written up to ${header.previousEnd}`,
    );
  }
}

/** Visits the valid batches; returns where the first invalid one, or the free space, starts. */
function visitBatches(file: SegmentFile, scan: Scan, visit: RecordVisitor): number {
  let offset = SEGMENT_HEADER_BYTES;
  scan.lastBatchOffset = 0;
  for (;;) {
    const batch = readBatch(file.bytes, offset, scan.salt);
    if (batch === undefined) return offset;
    const { sequence } = batch.header;
    if (scan.nextBatchSequence !== undefined && sequence !== scan.nextBatchSequence) return offset;
    const place = { segment: file.sequence, batch: sequence };
    for (const record of batch.records) visit(record, place);
    scan.nextBatchSequence = sequence + 1;
    scan.lastBatchOffset = offset;
    offset = alignUp(batch.end);
  }
}

/**
 * Checks that no batch was written after `end`: each is written after the one before is durable,
 * so the header of a later one proves that what is invalid at `end` was durable.
 */
function assertTorn(file: SegmentFile, scan: Scan, end: number): void {
  const bytes = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(BATCH_MAGIC);
  const next = scan.nextBatchSequence ?? 1;
  for (let at = bytes.indexOf(magic, end); at !== -1; at = bytes.indexOf(magic, at + 1)) {
    if (at % ALIGNMENT_BYTES !== 0 || at === end) continue;
    const header = decodeBatchHeader(bytes, at, scan.salt);
    if (header === undefined || header.sequence < next) continue;
    throw corruption(file.sequence, end, `a batch is damaged; batch ${header.sequence} follows`);
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

function corruption(segment: number, offset: number, reason: string): ClusterError {
  const name = segmentName(segment);
  return new ClusterError(
    "LOG_CORRUPTED",
    `The log is damaged in segment ${name} at offset ${offset}: ${reason}. ` +
      "Restore the data directory, or start this node anew under another name",
    { details: { segment: name, offset } },
  );
}
