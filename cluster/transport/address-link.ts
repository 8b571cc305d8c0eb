import type { ScheduledCall } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import { CallClient } from "./call-client.ts";
import { dial, type NodeStream, toTarget } from "./grpc.ts";
import { createHello, findMismatch, type Hello } from "./hello.ts";
import type { LinkEnvironment } from "./link-environment.ts";
import type { NodeCallOptions } from "./node-calls.ts";
import { unreachable } from "./peer-dialer.ts";

/** Time after which an unused connection by address is closed. */
const IDLE_MS = 5000;
/** Connections by address at the same time; calls to further addresses are refused. */
const LINKS_MAX = 64;

/** Connections to nodes of which only the address is known. */
export class AddressLinks {
  readonly #environment: LinkEnvironment;
  readonly #links = new Map<string, AddressLink>();

  constructor(environment: LinkEnvironment) {
    this.#environment = environment;
  }

  call(
    { address, service }: { readonly address: string; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions,
  ): Promise<Uint8Array> {
    const target = toTarget(address);
    let link = this.#links.get(target);
    if (link === undefined) {
      if (this.#links.size >= LINKS_MAX) {
        const text = `Calls to ${LINKS_MAX} addresses are under way already`;
        return Promise.reject(new ClusterError("OVERLOADED", text, { details: { address } }));
      }
      link = new AddressLink(this.#environment, target, () => this.#links.delete(target));
      this.#links.set(target, link);
    }
    return link.call(service, payload, options);
  }

  /** Ends all connections. */
  close(makeError: () => Error): void {
    for (const link of [...this.#links.values()]) link.end(makeError);
  }
}

/** One connection; it is not made again when it ends. */
class AddressLink {
  readonly #environment: LinkEnvironment;
  readonly #address: string;
  readonly #onEnd: () => void;
  readonly #calls: CallClient;
  #stream: NodeStream | undefined;
  #timer: ScheduledCall | undefined;
  #isEnded = false;

  constructor(environment: LinkEnvironment, address: string, onEnd: () => void) {
    const { scheduler, defer, settings } = environment;
    this.#environment = environment;
    this.#address = address;
    this.#onEnd = onEnd;
    this.#calls = new CallClient({ node: address, scheduler, defer, limits: settings });
    this.#connect();
  }

  async call(service: string, payload: Uint8Array, options: NodeCallOptions): Promise<Uint8Array> {
    try {
      return await this.#calls.call(service, payload, options);
    } finally {
      this.#watchIdle();
    }
  }

  end(makeError: () => Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#timer?.cancel();
    this.#stream?.destroy();
    this.#onEnd();
    this.#calls.fail(makeError);
  }

  #connect(): void {
    const { scheduler, settings } = this.#environment;
    this.#timer = scheduler.after(settings.connectMs, () => {
      this.end(() => unreachable(this.#address, `no greeting within ${settings.connectMs} ms`));
    });
    this.#environment.grpc().then(
      (grpc) => {
        if (this.#isEnded) return;
        const hello = createHello(this.#environment.identity(), 0);
        this.#stream = dial(
          grpc,
          { address: this.#address, purpose: "calls", hello },
          {
            onOpen: (answer) => this.#greet(answer),
            onMessage: (bytes) => this.#receive(bytes),
            onEnd: (error) => this.end(() => error),
          },
        );
      },
      (cause: unknown) => this.end(() => unreachable(this.#address, String(cause))),
    );
  }

  #greet(hello: Hello): void {
    const mismatch = findMismatch(this.#environment.identity(), hello, "calls");
    if (mismatch !== undefined) {
      this.end(() => mismatch);
      return;
    }
    this.#timer?.cancel();
    if (this.#stream !== undefined) this.#calls.attach(this.#stream);
  }

  #receive(bytes: Uint8Array): void {
    try {
      this.#calls.receive(bytes);
    } catch (error) {
      this.end(() => error as Error);
    }
  }

  #watchIdle(): void {
    if (this.#isEnded || this.#calls.pendingCount > 0) return;
    this.#timer?.cancel();
    this.#timer = this.#environment.scheduler.after(IDLE_MS, () => {
      if (this.#calls.pendingCount === 0) this.end(() => unreachable(this.#address, "unused"));
    });
  }
}
