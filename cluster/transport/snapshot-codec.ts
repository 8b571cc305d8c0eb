/** Snapshots on the wire: `SnapshotFrame` of proto/node.proto, one per stream message. */
import { ByteReader, WireFormatError } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { field, message, uint } from "#base/wire-codec";
import type { Message } from "#raft";
import { decodeError, encodeError } from "./calls-codec.ts";
import { readRaftEnvelope, writeRaftEnvelope } from "./raft-codec.ts";

/** The whole of an image, to be compared with what arrived. */
export interface SnapshotEnd {
  readonly bytes: number;
  readonly crc32: number;
}

/** What sender and receiver of a snapshot say to each other. */
export type SnapshotFrame =
  | { readonly kind: "header"; readonly group: number; readonly message: Message }
  | { readonly kind: "chunk"; readonly bytes: Uint8Array }
  | ({ readonly kind: "end" } & SnapshotEnd)
  /** The receiver has room: chunks may follow. */
  | { readonly kind: "accepted" }
  /** The receiver is still at work. */
  | { readonly kind: "working" }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: Error };

const FRAME_NUMBERS: Record<SnapshotFrame["kind"], number> = {
  header: 1,
  chunk: 2,
  end: 3,
  accepted: 4,
  working: 5,
  done: 6,
  failed: 7,
};
const EMPTY = new Uint8Array(0);
const FRAME_OVERHEAD_BYTES = 32;

const snapshotEnd = message<SnapshotEnd>({ bytes: field(1, uint), crc32: field(2, uint) });

/** Encodes one frame; a chunk is copied. */
export function encodeSnapshotFrame(frame: SnapshotFrame): Uint8Array {
  const sizeHint = frame.kind === "chunk" ? frame.bytes.length : 512;
  const writer = new ByteWriter(sizeHint + FRAME_OVERHEAD_BYTES);
  writer.writeVarint(FRAME_NUMBERS[frame.kind] * 8 + 2);
  if (frame.kind === "header") writeRaftEnvelope(writer, frame.group, frame.message);
  else if (frame.kind === "chunk") writer.writeBytes(frame.bytes);
  else if (frame.kind === "end") snapshotEnd.write(writer, frame);
  else if (frame.kind === "failed") writer.writeRaw(encodeError(frame.error));
  else writer.writeBytes(EMPTY);
  return writer.detach(0);
}

/** Reads one frame; a chunk is a view of the source. Throws `WireFormatError`. */
export function decodeSnapshotFrame(source: Uint8Array): SnapshotFrame {
  const reader = new ByteReader(source);
  switch (reader.readVarint()) {
    case FRAME_NUMBERS.header * 8 + 2:
      return { kind: "header", ...readRaftEnvelope(reader) };
    case FRAME_NUMBERS.chunk * 8 + 2:
      return { kind: "chunk", bytes: reader.readBytes() };
    case FRAME_NUMBERS.end * 8 + 2:
      return { kind: "end", ...snapshotEnd.read(reader) };
    case FRAME_NUMBERS.accepted * 8 + 2:
      return { kind: "accepted" };
    case FRAME_NUMBERS.working * 8 + 2:
      return { kind: "working" };
    case FRAME_NUMBERS.done * 8 + 2:
      return { kind: "done" };
    case FRAME_NUMBERS.failed * 8 + 2:
      return { kind: "failed", error: decodeError(source.subarray(reader.position)) };
    default:
      throw new WireFormatError("A snapshot holds an unknown frame");
  }
}
