/**
 * The tables of a partition as a stream of bytes: what one replica sends to another, and what an
 * export keeps.
 *
 * A sequence of blocks: kind (1 byte), length and CRC-32 of the body (4 bytes each), body. The
 * first names the format and the applied index; those that follow hold rows in order of their keys,
 * as length and key (without the partition), length and value; the last one the number of rows.
 */
import { crc32 } from "node:zlib";
import { ByteReader, WireFormatError } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { decode } from "#base/wire-codec";
import type { KeyValueEngine, KeyValueSnapshot } from "#engine";
import { factsCodec } from "./facts.ts";
import { partitionRange, TABLES, tablePrefix } from "./keys.ts";

const HEAD = 1;
const ROWS = 2;
const END = 3;
const FORMAT = "stet-partition-1";
const BLOCK_HEAD_BYTES = 9;
/** Bytes of rows after which a block ends; one row may be larger. */
const BLOCK_BYTES = 128 * 1024;
/** Bytes of the partition in every key, which an image leaves out. */
const PARTITION_BYTES = 2;

/** One row of an image; the key starts with the table. */
export interface ImageRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

interface Block {
  readonly kind: number;
  readonly body: Uint8Array;
}

/** A consistent view of a partition that can be sent. Close it in any case. */
export class PartitionImage {
  /** Applied index that the image is of. */
  readonly index: number;
  readonly #snapshot: KeyValueSnapshot;
  readonly #partitionId: number;

  /** Takes the tables as the engine holds them now: flush the store first. */
  static async take(engine: KeyValueEngine, partitionId: number): Promise<PartitionImage> {
    const snapshot = engine.snapshot();
    try {
      const facts = await snapshot.get(tablePrefix(partitionId, TABLES.facts));
      const index = facts === undefined ? 0 : decode(factsCodec, facts).appliedIndex;
      return new PartitionImage(snapshot, partitionId, index);
    } catch (error) {
      await snapshot.release();
      throw error;
    }
  }

  private constructor(snapshot: KeyValueSnapshot, partitionId: number, index: number) {
    this.#snapshot = snapshot;
    this.#partitionId = partitionId;
    this.index = index;
  }

  /** The image in pieces of about 128 KiB, or of one row if that is larger. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const writer = new ByteWriter(2 * BLOCK_BYTES);
    writer.writeString(FORMAT);
    writer.writeVarint(this.index);
    yield blockOf(HEAD, writer.finish());
    let rowCount = 0;
    for await (const { key, value } of this.#snapshot.iterate(partitionRange(this.#partitionId))) {
      writer.writeBytes(key.subarray(PARTITION_BYTES));
      writer.writeBytes(value);
      rowCount++;
      if (writer.length >= BLOCK_BYTES) yield blockOf(ROWS, writer.finish());
    }
    if (writer.length > 0) yield blockOf(ROWS, writer.finish());
    writer.writeVarint(rowCount);
    yield blockOf(END, writer.finish());
  }

  close(): Promise<void> {
    return this.#snapshot.release();
  }
}

/**
 * Reads the rows of an image while it arrives; holds one block and one chunk.
 *
 * @throws WireFormatError when the image is damaged, ends early, or is of another index
 */
export async function* readImage(
  chunks: AsyncIterable<Uint8Array>,
  index: number,
): AsyncGenerator<ImageRow> {
  let rowCount = 0;
  let last = 0;
  for await (const { kind, body } of readBlocks(chunks)) {
    const reader = new ByteReader(body);
    if ((last === 0) !== (kind === HEAD) || last === END) {
      throw new WireFormatError("The blocks of a partition image are out of order");
    }
    if (kind === HEAD) {
      checkHead(reader, index);
    } else if (kind === ROWS) {
      while (reader.position < body.length) {
        yield { key: reader.readBytes(), value: reader.readBytes() };
        rowCount++;
      }
    } else if (kind !== END || reader.readVarint() !== rowCount) {
      throw new WireFormatError("A partition image has lost rows");
    }
    last = kind;
  }
  if (last !== END) throw new WireFormatError("A partition image ends early");
}

function checkHead(reader: ByteReader, expected: number): void {
  if (reader.readString() !== FORMAT) {
    throw new WireFormatError("The bytes are not a partition image of this format");
  }
  const index = reader.readVarint();
  if (index === expected) return;
  throw new WireFormatError(`A partition image is of index ${index}, not of ${expected}`);
}

/** Puts blocks together from chunks that may be cut anywhere. */
async function* readBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let needed = BLOCK_HEAD_BYTES;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    while (length >= needed) {
      const joined = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
      const end = BLOCK_HEAD_BYTES + new DataView(joined.buffer, joined.byteOffset).getUint32(1);
      if (length >= end) yield readBlock(joined.subarray(0, end));
      const isWhole = length >= end;
      parts = [isWhole ? joined.subarray(end) : joined];
      length = isWhole ? length - end : length;
      needed = isWhole ? BLOCK_HEAD_BYTES : end;
    }
  }
  if (length > 0) throw new WireFormatError("A partition image ends within a block");
}

function readBlock(block: Uint8Array): Block {
  const body = block.subarray(BLOCK_HEAD_BYTES);
  const view = new DataView(block.buffer, block.byteOffset);
  if (view.getUint32(5) !== crc32(body)) throw new WireFormatError("A partition image is damaged");
  return { kind: view.getUint8(0), body };
}

function blockOf(kind: number, body: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK_HEAD_BYTES + body.length);
  const view = new DataView(block.buffer);
  view.setUint8(0, kind);
  view.setUint32(1, body.length);
  view.setUint32(5, crc32(body));
  block.set(body, BLOCK_HEAD_BYTES);
  return block;
}
