/** A stream whose transport is not chosen yet: it records calls and replays them. */

import {
  type OpenRequest,
  type RequestStream,
  type StreamHandlers,
  type Transport,
  TransportError,
} from "./transport.ts";
import { WRITE_HIGH_WATER_BYTES } from "./transport-options.ts";

export class DeferredStream implements RequestStream {
  readonly #request: OpenRequest;
  readonly #handlers: StreamHandlers;
  readonly #bytesMax: number;
  #inner: RequestStream | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #needsDrain = false;
  #isEnded = false;
  #isOver = false;
  #isPaused = false;

  /** @param options.bytesMax body bytes recorded; beyond, the stream fails (SEND_QUEUE_FULL) */
  constructor(options: {
    readonly request: OpenRequest;
    readonly handlers: StreamHandlers;
    readonly bytesMax: number;
  }) {
    this.#request = options.request;
    this.#handlers = options.handlers;
    this.#bytesMax = options.bytesMax;
  }

  get bufferedBytes(): number {
    return this.#inner?.bufferedBytes ?? this.#waitingBytes;
  }

  /** True once it was reset or has failed before a transport was chosen. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Opens the request on the chosen transport and replays what was recorded. */
  attach(transport: Transport): void {
    if (this.#isOver) return;
    const inner = transport.open(this.#request, this.#handlers);
    this.#inner = inner;
    if (this.#isPaused) inner.pauseReading();
    const isFlowing = inner.write(this.#waiting);
    this.#waiting = [];
    if (this.#isEnded) inner.end();
    // The inner stream reports the drain itself when it holds data back.
    if (this.#needsDrain && isFlowing) this.#handlers.onDrain?.();
  }

  /** No transport could be chosen. */
  fail(error: TransportError): void {
    if (this.#isOver || this.#inner !== undefined) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#handlers.onError(error);
  }

  write(data: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.#inner !== undefined) return this.#inner.write(data);
    if (this.#isOver || this.#isEnded) return true;
    const chunks = data instanceof Uint8Array ? [data] : data;
    for (const chunk of chunks) {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
    }
    if (this.#waitingBytes > this.#bytesMax) {
      const message = `Request body waits with more than ${this.#bytesMax} bytes`;
      process.nextTick(() => this.fail(new TransportError("SEND_QUEUE_FULL", message)));
    }
    if (this.#waitingBytes <= WRITE_HIGH_WATER_BYTES) return true;
    this.#needsDrain = true;
    return false;
  }

  end(): void {
    this.#isEnded = true;
    this.#inner?.end();
  }

  reset(): void {
    if (this.#inner !== undefined) {
      this.#inner.reset();
      return;
    }
    this.#isOver = true;
    this.#waiting = [];
  }

  pauseReading(): void {
    this.#isPaused = true;
    this.#inner?.pauseReading();
  }

  resumeReading(): void {
    this.#isPaused = false;
    this.#inner?.resumeReading();
  }
}
