/** Images in the store: cut into parts of bounded size, each an object with a checksum. */
import { createHash } from "node:crypto";
import type { ObjectStore } from "./object-store/object-store.ts";
import { damaged, type ImagePart, partName, type SnapshotMetadata } from "./snapshot-format.ts";

/** Bytes of a part; one per export is in memory. */
export const PART_BYTES = 8 * 1024 * 1024;

/** An image as it was written. */
export type StoredImage = Omit<SnapshotMetadata["image"], "format">;

/**
 * Writes an image part by part into a folder of the store.
 *
 * Checksums are computed while the chunks come, so that the event loop is never held up by a part.
 */
export async function writeImage(
  store: ObjectStore,
  folder: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<StoredImage> {
  const whole = createHash("sha256");
  const parts: ImagePart[] = [];
  let bytes = 0;
  let buffer = Buffer.allocUnsafe(PART_BYTES);
  let filled = 0;
  let hash = createHash("sha256");
  const finishPart = async (): Promise<void> => {
    const sha256 = hash.digest("hex");
    const name = partName(parts.length);
    await store.put(`${folder}/${name}`, buffer.subarray(0, filled), { sha256 });
    parts.push({ name, bytes: filled, sha256 });
    buffer = Buffer.allocUnsafe(PART_BYTES);
    filled = 0;
    hash = createHash("sha256");
  };
  for await (const chunk of chunks) {
    let rest = chunk;
    while (rest.length > 0) {
      const piece = rest.subarray(0, PART_BYTES - filled);
      buffer.set(piece, filled);
      hash.update(piece);
      whole.update(piece);
      filled += piece.length;
      bytes += piece.length;
      rest = rest.subarray(piece.length);
      if (filled === PART_BYTES) await finishPart();
    }
  }
  if (filled > 0 || parts.length === 0) await finishPart();
  return { bytes, sha256: whole.digest("hex"), parts };
}

/**
 * Reads an image back; the next part is fetched while one is used.
 *
 * A part is handed out when its checksum is right.
 *
 * @throws ServerError `SNAPSHOT_DAMAGED`, or the store's error
 */
export async function* readImageParts(
  store: ObjectStore,
  folder: string,
  image: StoredImage,
): AsyncGenerator<Uint8Array> {
  const whole = createHash("sha256");
  const fetch = (part: ImagePart | undefined) => {
    const fetched = part && readPart(store, `${folder}/${part.name}`, part);
    // Awaited below, unless the reader has given up by then.
    fetched?.catch(() => undefined);
    return fetched;
  };
  let next = fetch(image.parts[0]);
  for (let position = 0; position < image.parts.length; position++) {
    const bytes = await next;
    next = fetch(image.parts[position + 1]);
    if (bytes === undefined) continue;
    whole.update(bytes);
    yield bytes;
  }
  if (whole.digest("hex") !== image.sha256) throw damaged(folder, "its image is another one");
}

async function readPart(store: ObjectStore, key: string, part: ImagePart): Promise<Uint8Array> {
  const object = await store.get(key, part.bytes);
  if (object === undefined) throw damaged(key, "it is missing");
  const { bytes } = object;
  const isWhole = bytes.length === part.bytes;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (!isWhole || sha256 !== part.sha256) throw damaged(key, "its checksum is wrong");
  return bytes;
}
