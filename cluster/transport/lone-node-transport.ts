import { assert } from "#base/assert";
import type { ScheduledCall, Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { IncomingCall, NodeCallHandler, NodeCallOptions, NodeCalls } from "./node-calls.ts";
import type { RaftMessageHandler, RaftTransport } from "./raft-transport.ts";

/** A call within the process: its caller waits until the deadline and cannot be lost. */
const LOCAL_CALL: IncomingCall = { onAbandoned: () => undefined };

/** Transport of a cluster of one: calls to itself run here, everything else is unreachable. */
export class LoneNodeTransport implements NodeCalls, RaftTransport {
  readonly #nodeId: number;
  readonly #scheduler: Scheduler;
  readonly #handlers = new Map<string, NodeCallHandler>();

  constructor(nodeId: number, scheduler: Scheduler) {
    this.#nodeId = nodeId;
    this.#scheduler = scheduler;
  }

  register(service: string, handler: NodeCallHandler): void {
    assert(!this.#handlers.has(service), "a service has one handler per node");
    this.#handlers.set(service, handler);
  }

  async call(
    target: { readonly nodeId: number; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions,
  ): Promise<Uint8Array> {
    const { nodeId, service } = target;
    if (nodeId !== this.#nodeId) {
      throw new ClusterError("NODE_UNREACHABLE", `No connection to node ${nodeId}`, {
        details: { nodeId, service },
      });
    }
    const handler = this.#handlers.get(service);
    if (handler === undefined) {
      throw new ClusterError("SERVICE_UNKNOWN", `Node ${nodeId} has no service "${service}"`, {
        details: { nodeId, service },
      });
    }
    const { timeoutMs } = options;
    if (timeoutMs === undefined) return handler(payload, this.#nodeId, LOCAL_CALL);
    let timer: ScheduledCall | undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      timer = this.#scheduler.after(timeoutMs, () => {
        const message = `Call of "${service}" took longer than ${timeoutMs} ms`;
        reject(new ClusterError("CALL_TIMED_OUT", message, { details: { nodeId, service } }));
      });
    });
    try {
      return await Promise.race([handler(payload, this.#nodeId, LOCAL_CALL), expired]);
    } finally {
      timer?.cancel();
    }
  }

  send(): void {
    // A group of one addresses nobody else.
  }

  onMessage(_handler: RaftMessageHandler): void {
    // Nobody else can send anything.
  }
}
