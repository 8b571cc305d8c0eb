import { assert, assertPresent } from "#base/assert";
import type { Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { LogDisk, LogFile } from "./log-disk.ts";
import { encodeSegmentHeader, FORMAT_VERSION, SEGMENT_HEADER_BYTES } from "./record-format.ts";
import type { RecoveredSegment } from "./recovery.ts";
import { PREPARING_NAME, SPARE_NAME, segmentName } from "./segment-name.ts";

/** What the writer of segments needs. */
export interface SegmentWriterOptions {
  readonly disk: LogDisk;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly salt: number;
  readonly segmentBytes: number;
  /** Called when writing has to wait for space, and when it goes on. */
  onDiskFull(isFull: boolean): void;
  /** Called once, on a failure after which the contents of the disk are unknown. */
  onFailure(error: Error): void;
}

/** Called when a batch is durable, with where it lies. */
export type WrittenCallback = (segment: number, offset: number) => void;

/** The first segment of a node is small: a fresh node does not wait for zeros. */
const FIRST_SEGMENT_BYTES = 1024 * 1024;
const RETRY_MS = 1000;
const NO_SPACE_CODES: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

/**
 * Appends batches to the current segment, one at a time, and keeps a spare segment ready.
 *
 * A disk without space makes it wait and try again; any other failure is final, since after a
 * failed sync nobody knows what the disk holds.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #segments: RecoveredSegment[];
  #file: LogFile | undefined;
  #position = 0;
  #currentBytes = 0;
  #hasSpare: boolean;
  #isPreparing = false;
  /** Segments that are given up and still on disk. */
  readonly #removals: RecoveredSegment[] = [];
  #isRemoving = false;
  #isWriting = false;
  #onSpare: (() => void) | undefined;
  #isFull = false;
  #isClosed = false;
  /** Disk operations under way. */
  #runningCount = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: SegmentWriterOptions, segments: readonly RecoveredSegment[]) {
    this.#options = options;
    this.#segments = [...segments];
    this.#hasSpare = discardPartialFiles(options.disk, options.segmentBytes);
    const last = segments.at(-1);
    if (last === undefined) return;
    this.#file = options.disk.open(segmentName(last.sequence));
    this.#position = last.end;
    // Its header tells older builds that they can read all of it: nothing newer goes there.
    this.#currentBytes = last.formatVersion === FORMAT_VERSION ? last.bytes : last.end;
  }

  /** Sequence number of the segment that is written to; zero before the first batch. */
  get currentSegment(): number {
    return this.#segments.at(-1)?.sequence ?? 0;
  }

  /** Number of segments that hold records. */
  get segmentCount(): number {
    return this.#segments.length;
  }

  get oldestSegment(): number {
    return this.#segments[0]?.sequence ?? 0;
  }

  /** True when a batch of this size becomes the first one of a segment. */
  isFirstOfSegment(bytes: number): boolean {
    return !this.#hasRoomFor(bytes) || this.#position === SEGMENT_HEADER_BYTES;
  }

  /** Writes the batch that recovery found last once more, so that it is durable for sure. */
  rewrite(offset: number, callback: () => void): void {
    const file = assertPresent(this.#file, "a recovered log has a current segment");
    const isFirst = offset <= SEGMENT_HEADER_BYTES;
    const start = isFirst ? 0 : offset;
    const bytes = file.read(start, this.#position - start);
    this.#persist((done) => file.write(bytes, start, done), callback);
  }

  /** Writes one sealed batch; `bytes` must stay as they are until the callback. */
  write(bytes: Uint8Array, callback: WrittenCallback): void {
    if (!this.#hasRoomFor(bytes.length)) {
      this.#writeToNext(bytes, callback);
      return;
    }
    const file = assertPresent(this.#file, "a segment with room is open");
    const offset = this.#position;
    this.#isWriting = true;
    this.#persist(
      (done) => file.write(bytes, offset, done),
      () => {
        this.#position = offset + bytes.length;
        this.#finishWrite();
        callback(this.currentSegment, offset);
      },
    );
  }

  /** Reads bytes back from a segment. */
  read(segment: number, offset: number, length: number): Uint8Array {
    if (segment === this.currentSegment && this.#file !== undefined) {
      return this.#file.read(offset, length);
    }
    const file = this.#options.disk.open(segmentName(segment));
    try {
      return file.read(offset, length);
    } finally {
      file.close();
    }
  }

  /**
   * Gives up the segments below `sequence`, oldest first; one becomes the spare if none is.
   *
   * One after the other is gone: a crash in between must not leave a gap.
   */
  removeBelow(sequence: number): void {
    while (this.#segments.length > 1 && this.oldestSegment < sequence) {
      this.#removals.push(this.#segments.shift() as RecoveredSegment);
    }
    this.#removeNext();
  }

  /** Closes after the last write; waits for a spare that is being prepared. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#file?.close();
    this.#file = undefined;
    if (this.#runningCount === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#file !== undefined && this.#position + bytes <= this.#currentBytes;
  }

  #writeToNext(bytes: Uint8Array, callback: WrittenCallback): void {
    if (!this.#hasSpare) {
      // Set before preparing starts: a lack of space now stops the node from accepting.
      this.#onSpare = () => this.#writeToNext(bytes, callback);
      this.#prepareSpare();
      return;
    }
    const { disk } = this.#options;
    const sequence = this.currentSegment + 1;
    const name = segmentName(sequence);
    this.#isWriting = true;
    this.#persist(
      (done) => disk.rename(SPARE_NAME, name, done),
      () => {
        this.#hasSpare = false;
        const file = disk.open(name);
        const size = disk.list().find((info) => info.name === name)?.bytes ?? 0;
        const first = this.#firstWrite(sequence, bytes);
        this.#persist(
          (done) => file.write(first, 0, done),
          () => {
            const used = { bytes: Math.max(size, first.length), end: first.length };
            this.#startSegment({ sequence, ...used, formatVersion: FORMAT_VERSION }, file);
            this.#finishWrite();
            callback(sequence, SEGMENT_HEADER_BYTES);
          },
        );
      },
    );
  }

  #startSegment(segment: RecoveredSegment, file: LogFile): void {
    this.#file?.close();
    this.#file = file;
    this.#segments.push(segment);
    this.#position = segment.end;
    this.#currentBytes = segment.bytes;
  }

  #finishWrite(): void {
    this.#isWriting = false;
    this.#setFull(false);
    this.#prepareSpare();
  }

  /** Header and first batch, in one piece: the header is durable with the batch or not at all. */
  #firstWrite(sequence: number, bytes: Uint8Array): Uint8Array {
    const first = new Uint8Array(SEGMENT_HEADER_BYTES + bytes.length);
    const { salt } = this.#options;
    first.set(encodeSegmentHeader({ sequence, salt, previousEnd: this.#position }));
    first.set(bytes, SEGMENT_HEADER_BYTES);
    return first;
  }

  #prepareSpare(): void {
    if (this.#hasSpare || this.#isPreparing || this.#isClosed) return;
    const { disk, segmentBytes } = this.#options;
    const isFirst = this.#file === undefined;
    const bytes = isFirst ? Math.min(FIRST_SEGMENT_BYTES, segmentBytes) : segmentBytes;
    this.#isPreparing = true;
    const request = { name: PREPARING_NAME, bytes, isCancelled: () => this.#isClosed };
    this.#persist(
      (done) => disk.preallocate(request, done),
      () => {
        this.#persist(
          (done) => disk.rename(PREPARING_NAME, SPARE_NAME, done),
          () => {
            this.#isPreparing = false;
            this.#setSpare();
          },
        );
      },
    );
  }

  #setSpare(): void {
    this.#hasSpare = true;
    const waiting = this.#onSpare;
    this.#onSpare = undefined;
    waiting?.();
  }

  #removeNext(): void {
    if (this.#isRemoving || this.#isClosed) return;
    const segment = this.#removals.shift();
    if (segment === undefined) return;
    this.#isRemoving = true;
    this.#removeSegment(segment, () => {
      this.#isRemoving = false;
      this.#removeNext();
    });
  }

  #removeSegment(segment: RecoveredSegment, callback: () => void): void {
    const { disk, segmentBytes } = this.#options;
    const name = segmentName(segment.sequence);
    const isReusable = segment.bytes === segmentBytes && !this.#hasSpare && !this.#isPreparing;
    if (!isReusable) {
      this.#runningCount++;
      disk.remove(name, (error) => {
        this.#runningCount--;
        if (this.#isClosed && this.#runningCount === 0) this.#onIdle?.();
        // It stays until the next start, and so do those after it.
        if (error) this.#options.logger.warn("Could not remove a log segment", { name, error });
        else callback();
      });
      return;
    }
    this.#isPreparing = true;
    this.#persist(
      (done) => disk.rename(name, SPARE_NAME, done),
      () => {
        this.#isPreparing = false;
        this.#setSpare();
        callback();
      },
    );
  }

  /** Runs a disk operation until it succeeds; only a lack of space is waited for. */
  #persist(
    operation: (done: (error?: NodeJS.ErrnoException | null) => void) => void,
    callback: () => void,
  ): void {
    this.#runningCount++;
    operation((error) => {
      this.#runningCount--;
      if (this.#isClosed) {
        if (this.#runningCount === 0) this.#onIdle?.();
        return;
      }
      if (!error) return callback();
      if (!NO_SPACE_CODES.has(error.code)) return this.#options.onFailure(error);
      if (this.#isWriting || this.#onSpare !== undefined) this.#setFull(true);
      this.#options.scheduler.after(RETRY_MS, () => {
        if (!this.#isClosed) this.#persist(operation, callback);
      });
    });
  }

  #setFull(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    const { logger } = this.#options;
    if (isFull) logger.error("The disk of the log is full: nothing is accepted until it clears");
    else logger.info("The disk of the log has space again");
    this.#options.onDiskFull(isFull);
  }
}

/** Removes what a crash left half done; tells whether there is a usable spare. */
function discardPartialFiles(disk: LogDisk, segmentBytes: number): boolean {
  let hasSpare = false;
  for (const { name, bytes } of disk.list()) {
    if (name === SPARE_NAME && bytes === segmentBytes) hasSpare = true;
    else if (name === SPARE_NAME || name === PREPARING_NAME) disk.removeNow(name);
  }
  assert(segmentBytes > SEGMENT_HEADER_BYTES, "a segment holds more than its header");
  return hasSpare;
}
