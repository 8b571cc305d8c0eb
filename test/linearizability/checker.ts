/**
 * Decides whether what clients saw of a key can be explained by operations that take effect one at
 * a time, each at some moment between its start and its end.
 *
 * The search of Wing and Gong with the memory of Lowe. Operations are tried in an order in which
 * they may have taken effect; a set of operations that led to a state is not tried again. One of
 * unknown outcome may take effect at any time after its start, or never.
 */
import type { History, Operation } from "./history.ts";
import { describeOperation } from "./history.ts";
import { applyTo, INITIAL_STATE, type State } from "./models.ts";

/** What is known of a history. */
export type Verdict =
  | { readonly kind: "linearizable"; readonly steps: number }
  /** `story` tells where every explanation ends. */
  | { readonly kind: "violation"; readonly steps: number; readonly story: readonly string[] }
  /** The search was given up: nothing is known. */
  | { readonly kind: "undecided"; readonly steps: number };

/** Operations tried before the search is given up: some seconds. */
export const STEPS_MAX = 3_000_000;

/** The start or the end of an operation, in a doubly linked list by time. */
interface Event {
  readonly operation: number;
  /** The end of the operation; `undefined` for an event that is an end itself. */
  readonly end: Event | undefined;
  previous: Event | undefined;
  next: Event | undefined;
}

/** Checks one key. */
export function checkHistory({ operations }: History, stepsMax: number = STEPS_MAX): Verdict {
  return new Search(operations.filter(matters)).run(stepsMax);
}

/** False for what cannot have changed anything and was not answered. */
function matters({ request, outcome }: Operation): boolean {
  if (outcome.kind === "failed") return false;
  return outcome.kind === "ok" || request.kind !== "read";
}

class Search {
  readonly #operations: readonly Operation[];
  /** Before the first event. */
  readonly #head: Event = { operation: -1, end: undefined, previous: undefined, next: undefined };
  /** One bit per operation that has taken effect. */
  readonly #done: Uint32Array;
  readonly #seen = new Set<string>();
  #longest: readonly number[] = [];

  constructor(operations: readonly Operation[]) {
    this.#operations = operations;
    this.#done = new Uint32Array(Math.ceil(operations.length / 32));
    this.#link();
  }

  run(stepsMax: number): Verdict {
    const applied: { readonly start: Event; readonly before: State }[] = [];
    let state = INITIAL_STATE;
    let event = this.#head.next;
    let steps = 0;
    for (;;) {
      // What is left has no known end: it need not have taken effect.
      if (event === undefined) return { kind: "linearizable", steps };
      if (++steps > stepsMax) return { kind: "undecided", steps };
      if (event.end !== undefined) {
        const after = this.#tryNow(event.operation, state);
        if (after === undefined) {
          event = event.next;
          continue;
        }
        applied.push({ start: event, before: state });
        state = after;
        unlink(event.end);
        unlink(event);
        event = this.#head.next;
        continue;
      }
      // An end is reached whose operation has not taken effect: the last choice was wrong.
      if (applied.length > this.#longest.length) {
        this.#longest = applied.map(({ start }) => start.operation);
      }
      const last = applied.pop();
      if (last === undefined) return { kind: "violation", steps, story: this.#tell() };
      state = last.before;
      this.#flip(last.start.operation);
      relink(last.start);
      if (last.start.end !== undefined) relink(last.start.end);
      event = last.start.next;
    }
  }

  /** Events by time; at the same moment starts come first, so that the two overlap. */
  #link(): void {
    const known = this.#operations.map((operation, index) => {
      const isKnown = operation.outcome.kind === "ok";
      return { index, startMs: operation.startMs, endMs: isKnown ? operation.endMs : undefined };
    });
    const events = known.flatMap(({ index, startMs, endMs }) => {
      const end: Event = { operation: index, end: undefined, previous: undefined, next: undefined };
      const start: Event = { operation: index, end, previous: undefined, next: undefined };
      const first = { event: start, atMs: startMs };
      // Without a known end there is nothing that the operation has to come before.
      return endMs === undefined ? [first] : [first, { event: end, atMs: endMs }];
    });
    events.sort(
      (left, right) =>
        left.atMs - right.atMs ||
        Number(left.event.end === undefined) - Number(right.event.end === undefined),
    );
    let last = this.#head;
    for (const { event } of events) {
      event.previous = last;
      last.next = event;
      last = event;
    }
  }

  /** Lets an operation take effect; `undefined` if it cannot, or has been tried from here. */
  #tryNow(operation: number, state: State): State | undefined {
    const after = applyTo(state, this.#operations[operation] as Operation);
    if (after === undefined) return undefined;
    this.#flip(operation);
    const key = `${after} ${this.#done.join()}`;
    if (this.#seen.has(key)) {
      this.#flip(operation);
      return undefined;
    }
    this.#seen.add(key);
    return after;
  }

  #flip(operation: number): void {
    const word = operation >>> 5;
    this.#done[word] = (this.#done[word] ?? 0) ^ (1 << (operation & 31));
  }

  /** The longest explanation, and what could not follow it. */
  #tell(): readonly string[] {
    const inOrder = this.#longest.map((index) => this.#operations[index] as Operation);
    const rest = this.#operations
      .filter((_, index) => !this.#longest.includes(index))
      .filter(({ outcome }) => outcome.kind === "ok")
      .toSorted((left, right) => left.endMs - right.endMs);
    return [
      `${inOrder.length} of ${this.#operations.length} operations can be put in order, ending with`,
      ...inOrder.slice(-SHOWN).map(describeOperation),
      "and none of these can be the next:",
      ...rest.slice(0, SHOWN).map(describeOperation),
    ];
  }
}

/** Operations shown on both sides of a violation. */
const SHOWN = 6;

function unlink({ previous, next }: Event): void {
  if (previous !== undefined) previous.next = next;
  if (next !== undefined) next.previous = previous;
}

/** Undoes `unlink`; in the reverse order of what was unlinked. */
function relink(event: Event): void {
  if (event.previous !== undefined) event.previous.next = event;
  if (event.next !== undefined) event.next.previous = event;
}
