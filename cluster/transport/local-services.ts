import { assert } from "#base/assert";
import { ClusterError } from "#base/cluster-error";
import type { IncomingCall, NodeCallHandler } from "./node-calls.ts";

/** The services of this node, by name. */
export class LocalServices {
  readonly #handlers = new Map<string, NodeCallHandler>();

  register(service: string, handler: NodeCallHandler): void {
    assert(!this.#handlers.has(service), "a service has one handler per node");
    this.#handlers.set(service, handler);
  }

  /** Runs the handler of a service; rejects with `SERVICE_UNKNOWN`, or as the handler does. */
  async run(
    { service, fromNode }: { readonly service: string; readonly fromNode: number },
    payload: Uint8Array,
    call: IncomingCall,
  ): Promise<Uint8Array> {
    const handler = this.#handlers.get(service);
    if (handler === undefined) {
      throw new ClusterError("SERVICE_UNKNOWN", `This node has no service "${service}"`, {
        details: { service },
      });
    }
    return handler(payload, fromNode, call);
  }
}
