/** The row that says whether the tables of a partition can be used. */
import { bool, decode, encode, field, message, optional, uint } from "#base/wire-codec";
import { type KeyValueEngine, WriteBatch } from "#engine";
import { markerKey, partitionRange } from "./keys.ts";

/** Whose tables these are, and whether they are whole. */
export interface Marker {
  /** Rows of an image are being written: what is there is a part of a state. */
  readonly isRestoring: boolean;
  /** Replica whose log the tables follow; undefined in tables of builds that did not note it. */
  readonly replicaId: number | undefined;
}

const markerCodec = message<Marker>({
  isRestoring: field(1, bool),
  replicaId: optional(2, uint),
});

/** Reads the marker of a partition. */
export async function readMarker(
  engine: KeyValueEngine,
  partitionId: number,
): Promise<Marker | undefined> {
  const row = await engine.get(markerKey(partitionId));
  return row === undefined ? undefined : decode(markerCodec, row);
}

/** Adds the marker of a partition to a batch. */
export function putMarker(batch: WriteBatch, partitionId: number, marker: Marker): void {
  batch.put(markerKey(partitionId), encode(markerCodec, marker));
}

/**
 * Makes the tables of a partition fit to be opened by a replica: removes what a restore left
 * unfinished, and what belongs to an earlier replica.
 *
 * @param replicaId undefined takes the tables as they are
 * @returns true if rows were removed, so that the partition starts from nothing
 */
export async function preparePartition(
  engine: KeyValueEngine,
  partitionId: number,
  replicaId: number | undefined,
): Promise<boolean> {
  const marker = await readMarker(engine, partitionId);
  const isForeign = marker?.replicaId !== undefined && marker.replicaId !== replicaId;
  const isUseless = marker?.isRestoring === true || (replicaId !== undefined && isForeign);
  if (!isUseless && (replicaId === undefined || marker?.replicaId === replicaId)) return false;
  const batch = new WriteBatch();
  if (isUseless) {
    const { start, end } = partitionRange(partitionId);
    batch.deleteRange(start, end);
  }
  putMarker(batch, partitionId, { isRestoring: false, replicaId });
  await engine.write(batch);
  return isUseless;
}

/** Removes everything of a partition, durably. */
export async function wipePartition(engine: KeyValueEngine, partitionId: number): Promise<void> {
  const { start, end } = partitionRange(partitionId);
  const batch = new WriteBatch();
  batch.deleteRange(start, end);
  batch.delete(markerKey(partitionId));
  await engine.write(batch);
  await engine.flush();
}
