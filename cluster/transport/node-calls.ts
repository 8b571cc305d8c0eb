/** The side of a call that answers it. */
export interface IncomingCall {
  /**
   * Runs the callback once if nobody waits for the answer any more: the caller gave up, timed out
   * or is not connected. The answer is dropped then. Replaces an earlier callback.
   */
  onAbandoned(callback: () => void): void;
}

/**
 * Answers the calls of one service on this node; payloads are opaque.
 *
 * May take any time. The payload is a view of a larger buffer: a handler that keeps a small part of
 * it for long copies that part. An error with a `code` (and `details`) reaches the caller as such;
 * every other error arrives with the code `INTERNAL`.
 *
 * @param fromNode node id of the caller; 0 for tools and for nodes that are not members yet
 */
export type NodeCallHandler = (
  payload: Uint8Array,
  fromNode: number,
  call: IncomingCall,
) => Promise<Uint8Array>;

/** Bounds of one call. */
export interface NodeCallOptions {
  /**
   * Milliseconds after which the call fails with `CALL_TIMED_OUT`. Left out: no deadline, but the
   * call fails with `NODE_UNREACHABLE` as soon as the connection to the node is lost.
   */
  readonly timeoutMs?: number | undefined;
  /** Gives the call up: it fails with `CALL_ABANDONED` and the handler is told. */
  readonly signal?: AbortSignal | undefined;
}

/** Request and reply between nodes, by service name. */
export interface NodeCalls {
  /** Registers the handler of a service; a second one for the same name is a defect. */
  register(service: string, handler: NodeCallHandler): void;
  /**
   * Calls a service on a node, this node included.
   *
   * The handler runs at most once per call. After `NODE_UNREACHABLE`, `CALL_TIMED_OUT` and
   * `CALL_ABANDONED` nobody knows whether it ran.
   *
   * @param payload must not be changed while the call runs
   * @throws ClusterError `NODE_UNREACHABLE`, `SERVICE_UNKNOWN`, `CALL_TIMED_OUT`, `CALL_ABANDONED`,
   *         `OVERLOADED` (too much waits for the node already) or the error of the handler, as
   *         `ClusterError` when its code is one, else as `RemoteCallError`
   */
  call(
    target: { readonly nodeId: number; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions,
  ): Promise<Uint8Array>;
}

/** Calls by address, where the node id is not known: joining by seed address, and tools. */
export interface AddressCalls {
  /**
   * Calls a service on whichever node answers at an address (`host:port`, or with `http://`).
   *
   * The connection is kept for a while. A target that belongs to another cluster refuses.
   *
   * @throws ClusterError like `NodeCalls.call`, or `CLUSTER_MISMATCH`, `PROTOCOL_MISMATCH`
   */
  callAddress(
    target: { readonly address: string; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions & { readonly timeoutMs: number },
  ): Promise<Uint8Array>;
}

/** An error that the handler on another node threw, with a code that the cluster does not know. */
export class RemoteCallError extends Error {
  override readonly name = "RemoteCallError";
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
