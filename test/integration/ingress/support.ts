/** An ingress on loopback with a fake partition, and clients that send exact bytes. */
import { connect, type Socket } from "node:net";
import { createIngress, type Ingress, type IngressLimits, type IngressOptions } from "#ingress";
import {
  FAKE_CLOCK,
  FakeLogger,
  FakePartitions,
  FakeRandom,
  FakeSchema,
} from "../../unit/ingress/support.ts";

/** A running ingress. */
export class TestIngress {
  readonly schema = new FakeSchema();
  readonly partitions = new FakePartitions();
  readonly ingress: Ingress;
  port = 0;

  constructor(options: Partial<IngressOptions> = {}, limits: Partial<IngressLimits> = {}) {
    this.ingress = createIngress({
      schema: () => this.schema,
      partitions: this.partitions,
      random: new FakeRandom(),
      clock: FAKE_CLOCK,
      logger: new FakeLogger(),
      limits: {
        requestBytesMax: 1_000_000,
        concurrentRequestsMax: undefined,
        http2ConcurrentStreamsMax: 200,
        ...limits,
      },
      ...options,
    });
  }

  async start(): Promise<this> {
    const bound = await this.ingress.listen({ host: "127.0.0.1", port: 0 });
    this.port = "port" in bound ? bound.port : 0;
    return this;
  }
}

/** A TCP client that collects what it receives. */
export class RawClient {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #waiters: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    for (const event of ["end", "close", "error"]) {
      this.socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  get text(): string {
    return this.#received.toString("latin1");
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends text, one byte per character. */
  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Waits until the condition holds for what was received, or the server has closed. */
  async until(condition: (text: string) => boolean): Promise<string> {
    while (!condition(this.text) && !this.#ended) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    return this.text;
  }

  /** Everything until the server closes the connection. */
  async untilEnd(): Promise<string> {
    return this.until(() => false);
  }

  /** Waits for `count` complete responses, all with a content length. */
  async responses(count: number): Promise<RawResponse[]> {
    await this.until((text) => parseResponses(text).length >= count);
    return parseResponses(this.text);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

/** A response as it was on the wire. */
export interface RawResponse {
  readonly statusLine: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Cuts complete responses out of a stream; interim ones are included. */
export function parseResponses(text: string): RawResponse[] {
  const responses: RawResponse[] = [];
  let rest = text;
  for (;;) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd < 0) return responses;
    const [statusLine = "", ...lines] = rest.slice(0, headEnd).split("\r\n");
    const pairs = lines.map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)] as const;
    });
    const headers = Object.fromEntries(pairs);
    const length = Number(headers["content-length"] ?? 0);
    if (rest.length < headEnd + 4 + length) return responses;
    responses.push({ statusLine, headers, body: rest.slice(headEnd + 4, headEnd + 4 + length) });
    rest = rest.slice(headEnd + 4 + length);
  }
}
