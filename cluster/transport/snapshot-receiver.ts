import { crc32 } from "node:zlib";

import type { ScheduledCall } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { ServedStream } from "./grpc.ts";
import type { LinkEnvironment } from "./link-environment.ts";
import { decodeSnapshotFrame, encodeSnapshotFrame, type SnapshotFrame } from "./snapshot-codec.ts";
import type { SnapshotHandler } from "./snapshot-transport.ts";

/** Chunks that may wait for the handler before the stream is held back. */
const WAITING_CHUNKS_MAX = 4;
/** The sender hears that the handler is at work this often within its idle time. */
const WORKING_PER_IDLE_TIME = 4;

/** What receiving takes. */
export interface SnapshotReceiverOptions {
  readonly environment: LinkEnvironment;
  readonly fromNode: number;
  readonly handler: SnapshotHandler;
  /** Resolves when there is room for another transfer; the result gives the room back. */
  acquire(): Promise<() => void>;
}

/** One snapshot on its way from another node. */
export class SnapshotReceiver {
  readonly #options: SnapshotReceiverOptions;
  readonly #frames: SnapshotFrame[] = [];
  #stream: ServedStream | undefined;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  #isHeldBack = false;

  constructor(options: SnapshotReceiverOptions) {
    this.#options = options;
  }

  /** Takes the snapshot that the stream brings; never rejects. */
  async run(stream: ServedStream): Promise<void> {
    this.#stream = stream;
    let release: (() => void) | undefined;
    try {
      const header = await this.#next();
      if (header.kind !== "header") throw aborted("The sender began without a header");
      release = await this.#options.acquire();
      if (this.#error !== undefined) throw this.#error;
      this.#write({ kind: "accepted" });
      await this.#handle(header);
      this.#write({ kind: "done" });
    } catch (error) {
      const { logger } = this.#options.environment;
      logger.warn("A snapshot was not taken", { fromNode: this.#options.fromNode, error });
      this.#write({ kind: "failed", error: error as Error });
    } finally {
      release?.();
    }
  }

  /** Takes what the stream brings. */
  receive(bytes: Uint8Array): void {
    try {
      this.#frames.push(decodeSnapshotFrame(bytes));
    } catch (error) {
      this.abort(error as Error);
      return;
    }
    if (this.#frames.length >= WAITING_CHUNKS_MAX && !this.#isHeldBack) {
      this.#isHeldBack = true;
      this.#stream?.pause();
    }
    this.#wake?.();
  }

  /** The stream is gone: the handler's chunks end with an error. */
  abort(error: Error = aborted("The connection to the sender was lost")): void {
    this.#error ??= error;
    this.#wake?.();
  }

  async #handle(header: SnapshotFrame & { readonly kind: "header" }): Promise<void> {
    const { environment, fromNode, handler } = this.#options;
    const { scheduler, settings } = environment;
    const { group, message } = header;
    let working: ScheduledCall | undefined;
    const repeat = () => {
      working = scheduler.after(settings.snapshotIdleMs / WORKING_PER_IDLE_TIME, () => {
        this.#write({ kind: "working" });
        repeat();
      });
    };
    repeat();
    try {
      await handler({ fromNode, group, message, chunks: this.#chunks() });
    } finally {
      working?.cancel();
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void> {
    let bytes = 0;
    let checksum = 0;
    while (true) {
      const frame = await this.#next();
      if (frame.kind === "end") {
        if (frame.bytes === bytes && frame.crc32 === checksum) return;
        throw aborted(`The image has ${bytes} bytes with checksum ${checksum}, not as sent`);
      }
      if (frame.kind !== "chunk") throw aborted(`The sender sent "${frame.kind}" among chunks`);
      bytes += frame.bytes.length;
      checksum = crc32(frame.bytes, checksum);
      yield frame.bytes;
    }
  }

  /** The next frame; only waiting for the sender counts as idle. */
  async #next(): Promise<SnapshotFrame> {
    const { scheduler, settings } = this.#options.environment;
    let idle: ScheduledCall | undefined;
    while (this.#frames.length === 0 && this.#error === undefined) {
      idle ??= scheduler.after(settings.snapshotIdleMs, () => {
        this.abort(aborted(`The sender was idle for ${settings.snapshotIdleMs} ms`));
      });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    idle?.cancel();
    if (this.#error !== undefined) throw this.#error;
    const frame = this.#frames.shift() as SnapshotFrame;
    if (this.#isHeldBack && this.#frames.length < WAITING_CHUNKS_MAX) {
      this.#isHeldBack = false;
      this.#stream?.resume();
    }
    return frame;
  }

  #write(frame: SnapshotFrame): void {
    if (this.#error === undefined || frame.kind === "failed") {
      this.#stream?.write(encodeSnapshotFrame(frame), () => undefined);
    }
  }
}

function aborted(text: string): ClusterError {
  return new ClusterError("SNAPSHOT_ABORTED", text);
}
