import { ByteWriter } from "#base/byte-writer";

/** Where frames leave: a stream that takes one message at a time. */
export interface FrameSink {
  /** Writes one message; calls back when the next may follow. Keeps the bytes until then. */
  write(bytes: Uint8Array, onWritten: () => void): void;
}

/** How much may wait, and what happens then. */
export interface FrameQueueOptions {
  /** Bytes that may wait; the oldest frames are dropped beyond it. `Infinity` for no limit. */
  readonly bytesMax: number;
  /** Runs a function when the turn of the event loop ends. */
  readonly defer: (run: () => void) => void;
}

interface SealedBatch {
  readonly bytes: Uint8Array;
  readonly frameCount: number;
}

/** Size from which frames do not go into one message with later ones. */
const BATCH_BYTES = 256 * 1024;
const BUFFER_BYTES_MIN = 1024;
const BUFFER_BYTES_MAX = 64 * 1024;

/**
 * Gathers the frames of a turn into one message, and what comes while the stream is busy into the
 * next ones.
 *
 * A producer writes a frame into `writer` and calls `added`. One message is under way at a time.
 */
export class FrameQueue {
  readonly writer = new ByteWriter(BUFFER_BYTES_MIN);
  readonly #options: FrameQueueOptions;
  #sink: FrameSink | undefined;
  #sealed: SealedBatch[] = [];
  #sealedBytes = 0;
  #openFrames = 0;
  #isBusy = false;
  #isFlushDeferred = false;
  #droppedFrames = 0;
  #sentFrames = 0;
  #sentBatches = 0;

  constructor(options: FrameQueueOptions) {
    this.#options = options;
  }

  /** Bytes that have not been given to the stream. */
  get queuedBytes(): number {
    return this.#sealedBytes + this.writer.length;
  }

  /** Frames dropped since the queue exists, for want of room or of a connection. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** Frames given to a stream since the queue exists. */
  get sentFrames(): number {
    return this.#sentFrames;
  }

  /** Messages given to a stream since the queue exists. */
  get sentBatches(): number {
    return this.#sentBatches;
  }

  /**
   * Frames have been written into `writer`: they leave when the turn ends.
   *
   * @param frameCount how many of them statistics count
   */
  added(frameCount = 1): void {
    this.#openFrames += frameCount;
    if (this.writer.length >= BATCH_BYTES) this.#seal();
    if (this.#isFlushDeferred || this.#isBusy || this.#sink === undefined) return;
    this.#isFlushDeferred = true;
    this.#options.defer(() => {
      this.#isFlushDeferred = false;
      this.flush();
    });
  }

  /** Lets what waits leave now, unless the stream is busy or missing. */
  flush(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#isBusy) return;
    if (this.#sealed.length === 0) this.#seal();
    const batch = this.#sealed.shift();
    if (batch === undefined) return;
    this.#sealedBytes -= batch.bytes.length;
    this.#sentFrames += batch.frameCount;
    this.#sentBatches++;
    this.#isBusy = true;
    sink.write(batch.bytes, () => {
      // An answer of a stream that was replaced says nothing about the present one.
      if (this.#sink !== sink) return;
      this.#isBusy = false;
      this.flush();
    });
  }

  /** Connects the queue with a stream; what has gathered leaves at once. */
  attach(sink: FrameSink): void {
    this.#sink = sink;
    this.#isBusy = false;
    this.flush();
  }

  /** The stream is gone; what waits is kept for the next one. */
  detach(): void {
    this.#sink = undefined;
    this.#isBusy = false;
  }

  /** Drops everything that waits. */
  clear(): void {
    this.#seal();
    for (const { frameCount } of this.#sealed) this.#droppedFrames += frameCount;
    this.#sealed = [];
    this.#sealedBytes = 0;
  }

  /** Closes the open batch, and makes room for it. */
  #seal(): void {
    const length = this.writer.length;
    if (length === 0) return;
    const nextBytes = Math.min(Math.max(length, BUFFER_BYTES_MIN), BUFFER_BYTES_MAX);
    this.#sealed.push({ bytes: this.writer.detach(nextBytes), frameCount: this.#openFrames });
    this.#sealedBytes += length;
    this.#openFrames = 0;
    while (this.#sealedBytes > this.#options.bytesMax && this.#sealed.length > 1) {
      const dropped = this.#sealed.shift() as SealedBatch;
      this.#sealedBytes -= dropped.bytes.length;
      this.#droppedFrames += dropped.frameCount;
    }
  }
}
