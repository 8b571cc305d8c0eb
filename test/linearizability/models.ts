/** What an object does when operations come one after the other. */
import type { Operation } from "./history.ts";

/** The state that is checked: the value of a register, or the sum of a counter. */
export type State = number;

export const INITIAL_STATE: State = 0;

/** Answers that nobody saw can be any. */
const ANY = undefined;

/**
 * The state after an operation; `undefined` when it cannot have been answered as it was.
 *
 * Operations of unknown outcome fit everywhere.
 */
export function applyTo(state: State, { request, outcome }: Operation): State | undefined {
  const seen = outcome.kind === "ok" ? outcome.value : ANY;
  switch (request.kind) {
    case "read":
      return fits(seen, state) ? state : undefined;
    case "write":
      return request.value;
    case "swap": {
      const isEqual = state === request.from;
      if (!fits(seen, isEqual ? 1 : 0)) return undefined;
      return isEqual ? request.to : state;
    }
    case "add":
      return fits(seen, state + 1) ? state + 1 : undefined;
  }
}

function fits(seen: number | undefined, expected: number): boolean {
  return seen === ANY || seen === expected;
}
