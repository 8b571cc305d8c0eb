import { createHash, type Hash } from "node:crypto";
import { decode } from "#base/wire-codec";
import type { KeyValueReader, KeyValueRow } from "#engine";
import { numberOfKey, partitionRange, TABLE_PREFIX_BYTES, TABLES } from "./keys.ts";
import { journalChunkCodec } from "./row-codec.ts";

/** Rows after which the caller may take a break. */
const ROWS_PER_STEP = 256;
const ID_BYTES = 24;
const DIGEST_BYTES = 16;

/**
 * Digest of all tables of a partition, as hex: equal for replicas that have applied the same log,
 * however their rows were flushed.
 *
 * @param reader a snapshot of the engine at the index in question
 * @param pause  called after every few hundred rows, so that live work is not held up
 */
export async function partitionDigest(
  reader: KeyValueReader,
  partitionId: number,
  pause: () => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256");
  let count = 0;
  for await (const row of reader.iterate(partitionRange(partitionId))) {
    addRow(hash, row);
    if (++count % ROWS_PER_STEP === 0) await pause();
  }
  return hash.digest("hex").slice(0, 2 * DIGEST_BYTES);
}

function addRow(hash: Hash, { key, value }: KeyValueRow): void {
  if (key[TABLE_PREFIX_BYTES - 1] !== TABLES.journal) {
    hash.update(lengths(key.length, value.length));
    hash.update(key);
    hash.update(value);
    return;
  }
  // Which entries share a row depends on when they were flushed.
  const id = key.subarray(0, TABLE_PREFIX_BYTES + ID_BYTES);
  const first = numberOfKey(key);
  for (const [offset, { type, body, appendedAtMs }] of decode(
    journalChunkCodec,
    value,
  ).entries.entries()) {
    hash.update(lengths(id.length, body.length, first + offset, type, appendedAtMs));
    hash.update(id);
    hash.update(body);
  }
}

function lengths(...numbers: readonly number[]): Uint8Array {
  const floats = Float64Array.from(numbers);
  return new Uint8Array(floats.buffer);
}
