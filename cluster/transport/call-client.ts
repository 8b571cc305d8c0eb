import type { Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import { CALL_BYTES_MAX, readCallBatch, writeAbandoned, writeRequest } from "./calls-codec.ts";
import { FrameQueue, type FrameSink } from "./frame-queue.ts";
import type { NodeCallOptions } from "./node-calls.ts";
import { PendingCalls } from "./pending-calls.ts";

/** Bounds of the calls to one node. */
export interface CallLimits {
  readonly callQueueBytesMax: number;
  readonly pendingCallsMax: number;
}

/** What the calls to one node take. */
export interface CallClientOptions {
  /** The node, as people call it. */
  readonly node: string;
  readonly scheduler: Scheduler;
  readonly defer: (run: () => void) => void;
  readonly limits: CallLimits;
}

/** Calls to one node, over whichever stream leads there at the moment. */
export class CallClient {
  readonly #options: CallClientOptions;
  readonly #queue: FrameQueue;
  readonly #pending: PendingCalls;

  constructor(options: CallClientOptions) {
    this.#options = options;
    this.#queue = new FrameQueue({ bytesMax: Number.POSITIVE_INFINITY, defer: options.defer });
    this.#pending = new PendingCalls(options.scheduler, (id) => {
      writeAbandoned(this.#queue.writer, id);
      this.#queue.added();
    });
  }

  /** Calls that wait for their answer. */
  get pendingCount(): number {
    return this.#pending.count;
  }

  /** Bytes that have not left. */
  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  /** Makes a call; without a stream it waits for one, or for `fail`. */
  call(service: string, payload: Uint8Array, options: NodeCallOptions): Promise<Uint8Array> {
    const { node, limits } = this.#options;
    const isFull =
      this.#queue.queuedBytes + payload.length > limits.callQueueBytesMax ||
      this.#pending.count >= limits.pendingCallsMax;
    if (isFull || payload.length > CALL_BYTES_MAX) {
      const text = isFull
        ? `Too many calls wait for ${node}`
        : `A call of "${service}" has ${payload.length} bytes, more than ${CALL_BYTES_MAX}`;
      return Promise.reject(
        new ClusterError("OVERLOADED", text, {
          details: { node, service, queuedBytes: this.queuedBytes, pending: this.pendingCount },
        }),
      );
    }
    return this.#pending.add({ service, node }, options, (id) => {
      writeRequest(this.#queue.writer, { id, service, payload });
      this.#queue.added();
    });
  }

  /** Connects the calls with a stream; those that wait leave at once. */
  attach(sink: FrameSink): void {
    this.#queue.attach(sink);
  }

  /** Takes what the stream brings; throws `WireFormatError`. */
  receive(batch: Uint8Array): void {
    readCallBatch(batch, {
      request: () => undefined,
      abandoned: () => undefined,
      reply: (id, payload) => this.#pending.resolve(id, payload),
      failure: (id, error) => this.#pending.reject(id, error),
    });
  }

  /** The stream is gone or cannot be had: all calls fail. */
  fail(makeError: () => Error): void {
    this.#queue.detach();
    this.#queue.clear();
    this.#pending.rejectAll(makeError);
  }
}
