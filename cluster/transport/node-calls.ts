/** Answers the calls of one service on this node; payloads are opaque. */
export type NodeCallHandler = (payload: Uint8Array, fromNode: number) => Promise<Uint8Array>;

/** Bounds of one call. */
export interface NodeCallOptions {
  /** Milliseconds after which the call fails with `CALL_TIMED_OUT`. */
  readonly timeoutMs: number;
}

/** Request and reply between nodes, by service name. */
export interface NodeCalls {
  /** Registers the handler of a service; a second one for the same name is a defect. */
  register(service: string, handler: NodeCallHandler): void;
  /**
   * Calls a service on a node, this node included.
   *
   * @throws ClusterError `NODE_UNREACHABLE`, `SERVICE_UNKNOWN` or `CALL_TIMED_OUT`; an error of the
   *         handler passes through
   */
  call(
    target: { readonly nodeId: number; readonly service: string },
    payload: Uint8Array,
    options: NodeCallOptions,
  ): Promise<Uint8Array>;
}
