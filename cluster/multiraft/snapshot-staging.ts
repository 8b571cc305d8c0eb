import { crc32 } from "node:zlib";

import { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { DiskCallback, LogDisk, LogFile } from "../log-store/log-disk.ts";

/** An image of a group's state that is completely and durably on this node's disk. */
export interface StagedSnapshot {
  readonly group: number;
  /** Log index that the image is of. */
  readonly index: number;
}

const PARTIAL_SUFFIX = ".partial";
const COMPLETE_SUFFIX = ".snapshot";
const COMPLETE_NAME = /^(\d+)-(\d+)\.snapshot$/;
/** Length and checksum. */
const FRAME_HEADER_BYTES = 8;

/**
 * Images that have been received and not yet been taken over by their state machines, one file per
 * group and index.
 *
 * A file is a sequence of frames: length, checksum of all bytes of the image so far, bytes; a frame
 * of length zero ends it. It carries its final name once all of it is durable.
 */
export class SnapshotStaging {
  readonly #disk: LogDisk;

  constructor(disk: LogDisk) {
    this.#disk = disk;
  }

  /** Removes what a crash left unfinished; to be called before the first `stage`. */
  discardUnfinished(): void {
    for (const { name } of this.#disk.list()) {
      if (name.endsWith(PARTIAL_SUFFIX)) this.#disk.removeNow(name);
    }
  }

  /** The image of a group at an index, when it is here. */
  find(group: number, index: number): StagedSnapshot | undefined {
    return this.#staged().find((staged) => staged.group === group && staged.index === index);
  }

  /**
   * Writes an image; resolves when it is durable under its final name.
   *
   * One at a time per group. When `chunks` or the disk fail, nothing is left and the error passes.
   */
  async stage(staged: StagedSnapshot, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const partial = nameOf(staged, PARTIAL_SUFFIX);
    const file = this.#disk.open(partial);
    try {
      await writeFrames(file, chunks);
    } catch (error) {
      file.close();
      await settled((done) => this.#disk.remove(partial, done)).catch(() => undefined);
      throw error;
    }
    file.close();
    await settled((done) => this.#disk.rename(partial, nameOf(staged, COMPLETE_SUFFIX), done));
  }

  /**
   * Reads an image back.
   *
   * @throws ClusterError `LOG_CORRUPTED` when it is damaged
   */
  async *read(staged: StagedSnapshot): AsyncIterable<Uint8Array> {
    const file = this.#disk.open(nameOf(staged, COMPLETE_SUFFIX));
    try {
      let position = 0;
      let checksum = 0;
      for (;;) {
        const header = file.read(position, FRAME_HEADER_BYTES);
        if (header.length < FRAME_HEADER_BYTES) throw damaged(staged, position);
        const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
        const length = view.getUint32(0, true);
        const bytes = file.read(position + FRAME_HEADER_BYTES, length);
        checksum = crc32(bytes, checksum);
        const isWhole = bytes.length === length && view.getUint32(4, true) === checksum;
        if (!isWhole) throw damaged(staged, position);
        if (length === 0) return;
        position += FRAME_HEADER_BYTES + length;
        yield bytes;
      }
    } finally {
      file.close();
    }
  }

  /** Removes the images of a group, except that at index `kept`. */
  async removeAll(group: number, kept?: number): Promise<void> {
    for (const staged of this.#staged()) {
      if (staged.group !== group || staged.index === kept) continue;
      await settled((done) => this.#disk.remove(nameOf(staged, COMPLETE_SUFFIX), done));
    }
  }

  /** Removes what an earlier run left and nobody needs, in the background. */
  discardOthers(group: number, kept: number | undefined, logger: Logger): void {
    this.removeAll(group, kept).catch((error: unknown) => {
      logger.warn("Could not remove an old snapshot", { group, error });
    });
  }

  #staged(): StagedSnapshot[] {
    const found: StagedSnapshot[] = [];
    for (const { name } of this.#disk.list()) {
      const match = COMPLETE_NAME.exec(name);
      if (match !== null) found.push({ group: Number(match[1]), index: Number(match[2]) });
    }
    return found;
  }
}

async function writeFrames(file: LogFile, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let position = 0;
  let checksum = 0;
  const writeFrame = async (bytes: Uint8Array): Promise<void> => {
    const frame = new Uint8Array(FRAME_HEADER_BYTES + bytes.length);
    checksum = crc32(bytes, checksum);
    const view = new DataView(frame.buffer);
    view.setUint32(0, bytes.length, true);
    view.setUint32(4, checksum, true);
    frame.set(bytes, FRAME_HEADER_BYTES);
    const start = position;
    position += frame.length;
    await settled((done) => file.write(frame, start, done));
  };
  for await (const chunk of chunks) {
    // A frame without bytes would be the end.
    if (chunk.length > 0) await writeFrame(chunk);
  }
  await writeFrame(new Uint8Array(0));
}

function settled(operation: (done: DiskCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    operation((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function nameOf({ group, index }: StagedSnapshot, suffix: string): string {
  return `${group}-${index}${suffix}`;
}

function damaged(staged: StagedSnapshot, offset: number): ClusterError {
  const name = nameOf(staged, COMPLETE_SUFFIX);
  return new ClusterError(
    "LOG_CORRUPTED",
    `The received snapshot ${name} is damaged at offset ${offset}. Remove this replica`,
    { details: { ...staged, offset } },
  );
}
