/** A page that takes longer waits for something else than the event loop: others may go on. */
const TURN_MS_MAX = 100;

/**
 * Lets one page be read at a time, over all queries, in the order in which they ask.
 *
 * Reading and sending a page runs on the event loop that serves the partitions. Pages of several
 * queries that follow each other without a gap would hold up every invocation for as many pages;
 * this way several queries cost invocations no more than one does.
 */
export class PageGate {
  readonly #turnMsMax: number;
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  constructor(turnMsMax: number = TURN_MS_MAX) {
    this.#turnMsMax = turnMsMax;
  }

  /** Runs a step when it is its turn. */
  async run<T>(step: () => Promise<T>): Promise<T> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    let isOver = false;
    const endTurn = (): void => {
      if (isOver) return;
      isOver = true;
      this.#next();
    };
    const timer = setTimeout(endTurn, this.#turnMsMax);
    try {
      return await step();
    } finally {
      clearTimeout(timer);
      // The event loop serves what arrived meanwhile before the next page is read.
      setImmediate(endTurn);
    }
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}
