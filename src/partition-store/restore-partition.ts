import { assert } from "#base/assert";
import { type KeyValueEngine, WriteBatch } from "#engine";
import { concat, partitionRange, TABLES } from "./keys.ts";
import { putMarker, readMarker } from "./marker.ts";
import { readImage } from "./partition-image.ts";

/** Bytes of rows that are written together. */
const BATCH_BYTES = 1024 * 1024;

/**
 * Replaces the tables of a partition by an image; resolves when that is durable.
 *
 * A crash at any moment, and an image that breaks off, leaves a marker behind, by which the next
 * start removes what was written. Nothing else may write to the partition meanwhile.
 *
 * @throws WireFormatError when the image is damaged, ends early, or is of another index
 */
export async function restorePartition(
  engine: KeyValueEngine,
  partitionId: number,
  image: { readonly chunks: AsyncIterable<Uint8Array>; readonly index: number },
): Promise<void> {
  const { start, end } = partitionRange(partitionId);
  const replicaId = (await readMarker(engine, partitionId))?.replicaId;
  const partition = start.subarray(0, 2);
  let batch = new WriteBatch();
  putMarker(batch, partitionId, { isRestoring: true, replicaId });
  batch.deleteRange(start, end);
  await engine.write(batch);
  batch = new WriteBatch();
  let facts: Uint8Array | undefined;
  for await (const { key, value } of readImage(image.chunks, image.index)) {
    if (batch.bytes >= BATCH_BYTES) {
      await engine.write(batch);
      batch = new WriteBatch();
    }
    // The applied index comes last, with the marker: without it the rows count for nothing.
    if (key[0] === TABLES.facts) facts = value.slice();
    else batch.put(concat(partition, key), value.slice());
  }
  assert(facts !== undefined || image.index === 0, "an image holds the facts of its partition");
  if (facts !== undefined) batch.put(concat(partition, Uint8Array.of(TABLES.facts)), facts);
  putMarker(batch, partitionId, { isRestoring: false, replicaId });
  await engine.write(batch);
  await engine.flush();
}
