import { ClusterError } from "#base/cluster-error";
import type { CallLimits } from "./call-client.ts";
import { CALL_BYTES_MAX, readCallBatch, writeFailure, writeReply } from "./calls-codec.ts";
import { FrameQueue, type FrameSink } from "./frame-queue.ts";
import type { LocalServices } from "./local-services.ts";
import type { IncomingCall } from "./node-calls.ts";

/** What answering the calls of one stream takes. */
export interface CallServerOptions {
  readonly services: LocalServices;
  /** Node at the other end; 0 when it has no id. */
  readonly fromNode: number;
  readonly defer: (run: () => void) => void;
  readonly limits: CallLimits;
}

/** Answers the calls that come over one stream, for as long as it lasts. */
export class CallServer {
  readonly #options: CallServerOptions;
  readonly #queue: FrameQueue;
  readonly #calls = new Map<number, ServedCall>();
  #isClosed = false;

  constructor(options: CallServerOptions) {
    this.#options = options;
    this.#queue = new FrameQueue({ bytesMax: Number.POSITIVE_INFINITY, defer: options.defer });
  }

  /** Sets where replies go. */
  attach(sink: FrameSink): void {
    this.#queue.attach(sink);
  }

  /** Takes what the stream brings; throws `WireFormatError`. */
  receive(batch: Uint8Array): void {
    readCallBatch(batch, {
      request: (id, service, payload) => this.#start(id, service, payload),
      abandoned: (id) => this.#abandon(id),
      reply: () => undefined,
      failure: () => undefined,
    });
  }

  /** The caller is gone: handlers hear that nobody waits, and their answers are dropped. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.detach();
    this.#queue.clear();
    for (const id of [...this.#calls.keys()]) this.#abandon(id);
  }

  #start(id: number, service: string, payload: Uint8Array): void {
    const { services, fromNode, limits } = this.#options;
    if (this.#calls.size >= limits.pendingCallsMax) {
      this.#fail(id, overloaded(`Node ${fromNode} has too many calls under way here`));
      return;
    }
    const call = new ServedCall();
    this.#calls.set(id, call);
    services.run({ service, fromNode }, payload, call).then(
      (reply) => {
        if (this.#calls.delete(id)) this.#reply(id, reply);
      },
      (error: unknown) => {
        if (this.#calls.delete(id)) this.#fail(id, error);
      },
    );
  }

  #abandon(id: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    call.abandon();
  }

  #reply(id: number, payload: Uint8Array): void {
    const { callQueueBytesMax } = this.#options.limits;
    if (payload.length > CALL_BYTES_MAX) {
      this.#fail(
        id,
        overloaded(`A reply has ${payload.length} bytes, more than ${CALL_BYTES_MAX}`),
      );
    } else if (this.#queue.queuedBytes + payload.length > callQueueBytesMax) {
      this.#fail(id, overloaded("Too many replies wait for their caller to read"));
    } else {
      writeReply(this.#queue.writer, id, payload);
      this.#queue.added();
    }
  }

  #fail(id: number, error: unknown): void {
    writeFailure(this.#queue.writer, id, error);
    this.#queue.added();
  }
}

/** One call under way. */
class ServedCall implements IncomingCall {
  #callback: (() => void) | undefined;
  #isAbandoned = false;

  onAbandoned(callback: () => void): void {
    this.#callback = callback;
    if (this.#isAbandoned) this.#run();
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#run();
  }

  #run(): void {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.();
  }
}

function overloaded(text: string): ClusterError {
  return new ClusterError("OVERLOADED", text);
}
