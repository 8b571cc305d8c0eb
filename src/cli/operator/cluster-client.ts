import { OperatorError } from "./operator-error.ts";

/** Calls to nodes by address; what the transport between nodes offers to tools. */
export interface OperatorCalls {
  callAddress(
    target: { readonly address: string; readonly service: string },
    payload: Uint8Array,
    options: { readonly timeoutMs: number },
  ): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Which nodes to ask, and how long to wait. */
export interface ClusterClientOptions {
  /** Tried in order. */
  readonly addresses: readonly string[];
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Loads the transport; called at most once. */
  openCalls(options: { readonly connectTimeoutMs: number }): Promise<OperatorCalls>;
}

/** The node that answers, and whether it belongs to a cluster. */
export interface AnsweringNode {
  readonly address: string;
  readonly isMember: boolean;
}

/** Answered by every node, member or not, and without effect when it is a dry run. */
const PROBE_SERVICE = "cluster.provision";

/** Calls of one command: to the first of its addresses where a member answers. */
export class ClusterClient {
  readonly #options: ClusterClientOptions;
  #calls: Promise<OperatorCalls> | undefined;
  #node: Promise<AnsweringNode> | undefined;

  constructor(options: ClusterClientOptions) {
    this.#options = options;
  }

  /**
   * Finds a node that answers: a member if there is one, else one that waits for a cluster.
   *
   * @throws OperatorError `UNREACHABLE`
   */
  connect(): Promise<AnsweringNode> {
    this.#node ??= this.#connect();
    return this.#node;
  }

  /**
   * Calls a service of a member.
   *
   * @throws OperatorError `UNREACHABLE`, `NOT_PROVISIONED`, or the error of the service
   */
  async call<T>(service: string, request: object = {}, timeoutMs?: number): Promise<T> {
    const { address, isMember } = await this.connect();
    if (!isMember) {
      throw new OperatorError(
        "NOT_PROVISIONED",
        `The node at ${address} belongs to no cluster yet. "stet cluster provision" creates one`,
      );
    }
    return this.callAt<T>(address, service, request, timeoutMs);
  }

  /** Calls a service of the node at an address. */
  async callAt<T>(
    address: string,
    service: string,
    request: object,
    timeoutMs = this.#options.requestTimeoutMs,
  ): Promise<T> {
    const calls = await this.#open();
    const payload = new TextEncoder().encode(JSON.stringify(request));
    try {
      const reply = await calls.callAddress({ address, service }, payload, { timeoutMs });
      return JSON.parse(new TextDecoder().decode(reply)) as T;
    } catch (error) {
      if ((error as { code?: string }).code !== "SERVICE_UNKNOWN") throw error;
      throw new OperatorError(
        "NOT_SUPPORTED",
        `The node at ${address} does not answer "${service}": it is still starting, or of a ` +
          "version without it",
      );
    }
  }

  async close(): Promise<void> {
    await (await this.#calls)?.close();
  }

  async #connect(): Promise<AnsweringNode> {
    const { addresses } = this.#options;
    const failures: string[] = [];
    let waiting: AnsweringNode | undefined;
    for (const address of addresses) {
      const result = await this.#probe(address);
      if (typeof result === "string") failures.push(`${address}: ${result}`);
      else if (result) return { address, isMember: true };
      else waiting ??= { address, isMember: false };
    }
    if (waiting !== undefined) return waiting;
    throw new OperatorError(
      "UNREACHABLE",
      `No node answers. Name one with --address or STET_ADDRESS\n  ${failures.join("\n  ")}`,
    );
  }

  /** True for a member, false for a node without a cluster, else why nobody answers. */
  async #probe(address: string): Promise<boolean | string> {
    const calls = await this.#open();
    const payload = new TextEncoder().encode(JSON.stringify({ isDryRun: true }));
    const timeoutMs = this.#options.connectTimeoutMs;
    try {
      await calls.callAddress({ address, service: PROBE_SERVICE }, payload, { timeoutMs });
      return false;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === "ALREADY_PROVISIONED" || code === "SERVICE_UNKNOWN") return true;
      // Its settings make no cluster, which matters to `provision` alone.
      if (code === "INVALID_REQUEST") return false;
      return plainReason(message);
    }
  }

  #open(): Promise<OperatorCalls> {
    const { connectTimeoutMs } = this.#options;
    this.#calls ??= this.#options.openCalls({ connectTimeoutMs });
    return this.#calls;
  }
}

/** What a system's error code means, instead of the story of how the transport heard of it. */
function plainReason(message: string): string {
  if (message.includes("ECONNREFUSED")) return "nobody listens there";
  if (message.includes("ENOTFOUND") || message.includes("Name resolution failed")) {
    return "there is no such host";
  }
  return message;
}
