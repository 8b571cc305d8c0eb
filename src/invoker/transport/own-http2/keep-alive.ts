/**
 * Watches one connection: pings it when streams are open and nothing is heard, and notices when it
 * has been idle long enough. One timer per connection, whatever the number of streams.
 */

import type { TransportOptions } from "../transport-options.ts";

/** Pings come up to this part of the interval early, so that they do not all coincide. */
const JITTER = 0.2;
/** Spreads consecutive serials evenly over [0, 1). */
const GOLDEN_RATIO = 0.618_033_988_749_895;

export class KeepAlive {
  /** Set by the connection whenever bytes arrive. */
  heardFromPeer = false;
  /** Set by the connection when its first stream opens and its last one ends. */
  hasStreams = false;

  readonly #tickMs: number;
  readonly #timeoutMs: number;
  readonly #idleTicksMax: number;
  readonly #sendPing: (payload: Uint8Array) => void;
  readonly #onIdle: () => void;
  readonly #onTimeout: () => void;
  readonly #payload = Buffer.alloc(8);
  #ticker: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #idleTicks = 0;

  constructor(options: {
    readonly transport: TransportOptions;
    readonly serial: number;
    readonly sendPing: (payload: Uint8Array) => void;
    readonly onIdle: () => void;
    readonly onTimeout: () => void;
  }) {
    const { keepAliveIntervalMs, keepAliveTimeoutMs, idleCloseMs } = options.transport;
    const early = ((options.serial * GOLDEN_RATIO) % 1) * JITTER;
    this.#tickMs = Math.min(keepAliveIntervalMs * (1 - early), idleCloseMs);
    this.#timeoutMs = keepAliveTimeoutMs;
    this.#idleTicksMax = Math.max(1, Math.round(idleCloseMs / this.#tickMs));
    this.#sendPing = options.sendPing;
    this.#onIdle = options.onIdle;
    this.#onTimeout = options.onTimeout;
  }

  start(): void {
    this.#ticker = setInterval(() => this.#tick(), this.#tickMs);
    this.#ticker.unref();
  }

  stop(): void {
    clearInterval(this.#ticker);
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  /** The peer answered a ping; only the answer to the latest counts. */
  onPong(payload: Buffer): void {
    if (!this.#payload.equals(payload)) return;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  #tick(): void {
    const isQuiet = !this.heardFromPeer;
    this.heardFromPeer = false;
    // A connection that was used since the last tick has heard something, if only the response.
    this.#idleTicks = isQuiet && !this.hasStreams ? this.#idleTicks + 1 : 0;
    if (this.#idleTicks >= this.#idleTicksMax) {
      this.#onIdle();
      return;
    }
    if (!isQuiet || !this.hasStreams || this.#deadline !== undefined) return;
    this.#payload.writeUInt32BE((this.#payload.readUInt32BE(4) + 1) >>> 0, 4);
    this.#sendPing(this.#payload);
    this.#deadline = setTimeout(this.#onTimeout, this.#timeoutMs);
    this.#deadline.unref();
  }
}
