/** How a node of a future tree combines its children (service protocol v7). */
export type Combinator =
  | "unknown"
  | "first-completed"
  | "all-completed"
  | "first-succeeded-or-all-failed"
  | "all-succeeded-or-first-failed";

/** What a suspended invocation waits for. Protocol v5 and v6 lists become one `unknown` node. */
export interface Future {
  readonly combinator: Combinator;
  readonly completions: readonly number[];
  readonly signals: readonly number[];
  readonly namedSignals: readonly string[];
  readonly nested: readonly Future[];
}
