import type { ScheduledCall } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import { dial, type Grpc, type NodeStream, toTarget } from "./grpc.ts";
import { createHello, findMismatch, type Hello, type LinkPurpose } from "./hello.ts";
import type { LinkEnvironment } from "./link-environment.ts";

/** The streams to a peer: one connection each, so that bulk on one does not delay the other. */
export interface PeerStreams {
  readonly raft: NodeStream;
  readonly calls: NodeStream;
}

/** What a dialer reports and asks. */
export interface PeerDialerEvents {
  /** Why the node that answered is not the peer; `undefined` when it is. */
  check(hello: Hello): ClusterError | undefined;
  onOpen(streams: PeerStreams): void;
  onCalls(bytes: Uint8Array): void;
  /** An open connection broke or was dropped. */
  onLost(error: ClusterError): void;
  /** An attempt failed; the next follows after a delay. */
  onFailed(error: ClusterError): void;
}

const DELAY_MS_MIN = 50;
const DELAY_MS_MAX = 1000;
const DELAY_GROWTH = 1.5;
/** One after the other, so that an attempt that fails costs one connection. */
const PURPOSES: readonly LinkPurpose[] = ["raft", "calls"];

/**
 * Keeps the streams to one peer open.
 *
 * | state   | on                    | next                                   |
 * |---------|-----------------------|----------------------------------------|
 * | waiting | delay over, `hurry`   | dialing                                |
 * | dialing | both greetings fit    | open                                   |
 * | dialing | an end, or `connectMs`| waiting                                |
 * | open    | an end of either      | dialing                                |
 * | open    | `reset`               | waiting                                |
 * | any     | `close`               | closed                                 |
 */
export class PeerDialer {
  readonly #environment: LinkEnvironment;
  readonly #events: PeerDialerEvents;
  readonly #nodeId: number;
  #address: string;
  #state: "waiting" | "dialing" | "open" | "closed" = "waiting";
  #streams = new Map<LinkPurpose, NodeStream>();
  #timer: ScheduledCall | undefined;
  #failures = 0;
  /** Sets late answers of earlier attempts apart. */
  #attempt = 0;

  constructor(
    environment: LinkEnvironment,
    target: { readonly nodeId: number; readonly address: string },
    events: PeerDialerEvents,
  ) {
    this.#environment = environment;
    this.#nodeId = target.nodeId;
    this.#address = target.address;
    this.#events = events;
  }

  get address(): string {
    return this.#address;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isDialing(): boolean {
    return this.#state === "dialing";
  }

  /** Connects now instead of after the delay; nothing happens when it is connected. */
  hurry(): void {
    if (this.#state !== "waiting") return;
    this.#timer?.cancel();
    this.#failures = 0;
    this.#dial();
  }

  /** Goes to another address from now on. */
  moveTo(address: string): void {
    if (toTarget(address) === toTarget(this.#address)) return;
    this.#address = address;
    this.restart();
  }

  /** Connects anew. */
  restart(): void {
    if (this.#state === "closed") return;
    this.reset();
    this.hurry();
  }

  /** Drops the connection; the next attempt follows after a delay. */
  reset(): void {
    if (this.#state === "closed" || this.#state === "waiting") return;
    const wasOpen = this.#state === "open";
    this.#drop();
    this.#wait();
    if (wasOpen) this.#events.onLost(unreachable(this.#address, "the connection was dropped"));
  }

  /** Drops the connection for good. */
  close(): void {
    this.#drop();
    this.#state = "closed";
  }

  #dial(): void {
    this.#state = "dialing";
    const attempt = ++this.#attempt;
    const { scheduler, settings } = this.#environment;
    this.#timer = scheduler.after(settings.connectMs, () => {
      this.#end(unreachable(this.#address, `no greeting within ${settings.connectMs} ms`));
    });
    this.#environment.grpc().then(
      (grpc) => this.#open(grpc, attempt),
      (cause: unknown) => {
        if (attempt === this.#attempt) this.#end(unreachable(this.#address, String(cause)));
      },
    );
  }

  /** Opens the next stream of an attempt. */
  #open(grpc: Grpc, attempt: number): void {
    const purpose = PURPOSES[this.#streams.size];
    if (attempt !== this.#attempt || purpose === undefined) return;
    const hello = createHello(this.#environment.identity(), this.#nodeId);
    const options = { address: this.#address, purpose, hello };
    const stream = dial(grpc, options, {
      onOpen: (answer) => {
        if (attempt === this.#attempt) this.#greet(grpc, purpose, answer);
      },
      onMessage: (bytes) => {
        if (purpose === "calls" && attempt === this.#attempt) this.#events.onCalls(bytes);
      },
      onEnd: (error) => {
        if (attempt === this.#attempt) this.#end(error);
      },
    });
    this.#streams.set(purpose, stream);
  }

  #greet(grpc: Grpc, purpose: LinkPurpose, hello: Hello): void {
    const own = this.#environment.identity();
    const attempt = this.#attempt;
    const mismatch = findMismatch(own, hello, purpose) ?? this.#events.check(hello);
    if (attempt !== this.#attempt) return;
    if (mismatch !== undefined) {
      const { code, message } = mismatch;
      const fields = { address: this.#address, nodeId: this.#nodeId, code, reason: message };
      const key = `answers ${this.#address} ${code}`;
      this.#environment.warnings.warn(key, "Another node answers than was called", fields);
      this.#end(unreachable(this.#address, mismatch.message));
      return;
    }
    if (this.#streams.size < PURPOSES.length) {
      this.#open(grpc, attempt);
      return;
    }
    this.#timer?.cancel();
    this.#state = "open";
    this.#failures = 0;
    this.#events.onOpen({
      raft: this.#streams.get("raft") as NodeStream,
      calls: this.#streams.get("calls") as NodeStream,
    });
  }

  #end(error: ClusterError): void {
    const wasOpen = this.#state === "open";
    this.#drop();
    if (wasOpen) {
      this.#dial();
      this.#events.onLost(error);
    } else {
      this.#wait();
      this.#events.onFailed(error);
    }
  }

  #wait(): void {
    this.#state = "waiting";
    const delayMs = Math.min(DELAY_MS_MIN * DELAY_GROWTH ** this.#failures++, DELAY_MS_MAX);
    // Up to a fifth longer, so that nodes that lost each other do not keep in step.
    const jitterMs = this.#environment.random.nextBelow(Math.ceil(delayMs / 5));
    this.#timer = this.#environment.scheduler.after(delayMs + jitterMs, () => this.#dial());
  }

  #drop(): void {
    this.#attempt++;
    this.#timer?.cancel();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.destroy();
  }
}

/** The error of a node that cannot be reached. */
export function unreachable(target: string, reason: string): ClusterError {
  return new ClusterError("NODE_UNREACHABLE", `No connection to ${target}: ${reason}`, {
    details: { target },
  });
}
