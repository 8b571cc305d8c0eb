import { ClusterError } from "#base/cluster-error";
import type { ConfState, Entry } from "#raft";
import { ENTRY_TYPES, REPLICA_FATES, type ReplicaFate } from "./log-batch.ts";
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  batchSeed,
  checksum,
  decodeBatchHeader,
  RECORD_HEADER_BYTES,
  RecordKind,
  readUint64,
  viewOf,
} from "./record-format.ts";

const EMPTY_BYTES = new Uint8Array(0);

/** Bytes of a record and the seed its checksum was made with. */
export interface RecordSource {
  readonly bytes: Uint8Array;
  /** Where the record starts in `bytes`. */
  readonly offset: number;
  readonly seed: number;
}

/** A record as read from disk; which fields matter depends on the kind. */
export type LogRecord =
  | {
      readonly kind: "entries";
      readonly group: number;
      readonly firstIndex: number;
      readonly term: number;
      readonly commit: number;
      readonly count: number;
      /** Offset of the record in the bytes it was read from, and its length. */
      readonly offset: number;
      readonly bytes: number;
    }
  | {
      readonly kind: "hard-state";
      readonly group: number;
      readonly term: number;
      readonly vote: number;
      readonly commit: number;
    }
  | {
      readonly kind: "compaction" | "reset";
      readonly group: number;
      readonly index: number;
      readonly term: number;
    }
  | {
      readonly kind: "configuration";
      readonly group: number;
      readonly index: number;
      readonly confState: ConfState;
    }
  | {
      readonly kind: "replica";
      readonly group: number;
      readonly replicaId: number;
      readonly fate: ReplicaFate;
    };

/** A whole batch whose every checksum holds. */
export interface ReadBatch {
  readonly header: BatchHeader;
  readonly records: readonly LogRecord[];
  /** Offset right after the last record, before padding. */
  readonly end: number;
}

/** Reads the batch at `offset`; `undefined` when it is not there in full. */
export function readBatch(bytes: Uint8Array, offset: number, salt: number): ReadBatch | undefined {
  const header = decodeBatchHeader(bytes, offset, salt);
  if (header === undefined) return undefined;
  const end = offset + BATCH_HEADER_BYTES + header.bodyBytes;
  if (end > bytes.length) return undefined;
  const seed = batchSeed(salt, header.sequence);
  const records: LogRecord[] = [];
  let position = offset + BATCH_HEADER_BYTES;
  while (position < end && records.length < header.recordCount) {
    const length = verifiedLength({ bytes, offset: position, seed }, end);
    if (length === undefined) return undefined;
    records.push(decodeRecord(bytes, position, length));
    position += length;
  }
  const isWhole = position === end && records.length === header.recordCount;
  return isWhole ? { header, records, end } : undefined;
}

/**
 * Decodes the entries of one record, checksum verified; `undefined` when it does not hold.
 *
 * Payloads are copied, so that they do not pin the bytes they were read from.
 */
export function readEntries(source: RecordSource): Entry[] | undefined {
  const { bytes, offset } = source;
  if (verifiedLength(source, bytes.length) === undefined) return undefined;
  const view = viewOf(bytes);
  const body = offset + RECORD_HEADER_BYTES;
  if (view.getUint32(body, true) !== RecordKind.entries) return undefined;
  const firstIndex = readUint64(view, body + 8);
  const term = readUint64(view, body + 16);
  const count = view.getUint32(body + 32, true);
  const entries: Entry[] = [];
  let position = body + 36;
  for (let i = 0; i < count; i++) {
    const type = ENTRY_TYPES[view.getUint8(position)] ?? "normal";
    const length = view.getUint32(position + 1, true);
    const start = position + 5;
    const data = length === 0 ? EMPTY_BYTES : bytes.slice(start, start + length);
    entries.push({ term, index: firstIndex + i, type, data });
    position = start + length;
  }
  return entries;
}

/** Length of the record with its header, when its checksum holds. */
function verifiedLength(source: RecordSource, end: number): number | undefined {
  const { bytes, offset, seed } = source;
  if (offset + RECORD_HEADER_BYTES > end) return undefined;
  const view = viewOf(bytes);
  const length = RECORD_HEADER_BYTES + view.getUint32(offset + 4, true);
  if (offset + length > end || length < RECORD_HEADER_BYTES + 8) return undefined;
  const expected = checksum(bytes.subarray(offset + 4, offset + length), seed);
  return view.getUint32(offset, true) === expected ? length : undefined;
}

function decodeRecord(bytes: Uint8Array, offset: number, length: number): LogRecord {
  const view = viewOf(bytes);
  const body = offset + RECORD_HEADER_BYTES;
  const kind = view.getUint32(body, true);
  const group = view.getUint32(body + 4, true);
  switch (kind) {
    case RecordKind.entries:
      return {
        kind: "entries",
        group,
        firstIndex: readUint64(view, body + 8),
        term: readUint64(view, body + 16),
        commit: readUint64(view, body + 24),
        count: view.getUint32(body + 32, true),
        offset,
        bytes: length,
      };
    case RecordKind.hardState:
      return {
        kind: "hard-state",
        group,
        term: readUint64(view, body + 8),
        vote: readUint64(view, body + 16),
        commit: readUint64(view, body + 24),
      };
    case RecordKind.compaction:
    case RecordKind.reset:
      return {
        kind: kind === RecordKind.reset ? "reset" : "compaction",
        group,
        index: readUint64(view, body + 8),
        term: readUint64(view, body + 16),
      };
    case RecordKind.configuration:
      return {
        kind: "configuration",
        group,
        index: readUint64(view, body + 8),
        confState: decodeConfState(view, body + 16),
      };
    case RecordKind.replica:
      return {
        kind: "replica",
        group,
        replicaId: readUint64(view, body + 8),
        fate: REPLICA_FATES[view.getUint32(body + 16, true)] ?? "gone",
      };
    default:
      // The checksum holds, so this is no damage: a newer version wrote it.
      throw new ClusterError("LOG_CORRUPTED", `Unknown record kind ${kind} in the log`);
  }
}

function decodeConfState(view: DataView, start: number): ConfState {
  const autoLeave = view.getUint32(start, true) === 1;
  let offset = start + 4;
  const readIds = (): number[] => {
    const count = view.getUint32(offset, true);
    offset += 4;
    const ids: number[] = [];
    for (let i = 0; i < count; i++) {
      ids.push(readUint64(view, offset));
      offset += 8;
    }
    return ids;
  };
  return {
    voters: readIds(),
    learners: readIds(),
    votersOutgoing: readIds(),
    learnersNext: readIds(),
    autoLeave,
  };
}
