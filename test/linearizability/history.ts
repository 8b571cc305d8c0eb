/** What clients did and saw: the only thing that the checker knows of a cluster. */

/** What an operation asks for. */
export type Request =
  | { readonly kind: "read" }
  | { readonly kind: "write"; readonly value: number }
  /** Writes `to` if the register holds `from`. */
  | { readonly kind: "swap"; readonly from: number; readonly to: number }
  /** Adds one and answers the sum. */
  | { readonly kind: "add" };

/**
 * How an operation ended.
 *
 *   ok        answered with `value`; a swap that wrote answers 1, one that did not 0
 *   failed    certain to have had no effect
 *   unknown   has had its effect, will have it at some time, or never
 */
export type Outcome =
  | { readonly kind: "ok"; readonly value: number }
  | { readonly kind: "failed" }
  | { readonly kind: "unknown"; readonly reason?: string };

/** One operation of one client on one key; times are of one clock that never goes back. */
export interface Operation {
  readonly client: number;
  readonly key: string;
  readonly request: Request;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: Outcome;
}

/** Objects that operations are done on. All begin with 0. */
export type ObjectKind = "register" | "counter";

/** Everything that happened to one key, in any order. */
export interface History {
  readonly key: string;
  readonly kind: ObjectKind;
  readonly operations: readonly Operation[];
}

/** One line for people. */
export function describeOperation({ client, request, startMs, endMs, outcome }: Operation): string {
  const asked = Object.values(request).join(" ");
  const saw = outcome.kind === "ok" ? `-> ${outcome.value}` : outcome.kind;
  return `${startMs.toFixed(1)} to ${endMs.toFixed(1)} ms, client ${client}: ${asked} ${saw}`;
}
