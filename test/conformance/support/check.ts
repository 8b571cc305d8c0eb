/**
 * What a check is: one observable fact of the references, executed against a running server.
 *
 * A check uses names of its own (keys, services, scopes), so that all checks of a run can share one
 * server and run side by side in any order. It waits for conditions with a deadline and never
 * asserts how long something took.
 */

import type { CheckContext } from "./context.ts";

/** One fact, checked against every target. */
export interface Check {
  /** Statement of the reference (`LC-1`) or its section (`SP-5.2a`); unique in the suite. */
  readonly id: string;
  /** Reference document and section. */
  readonly reference: string;
  /** The fact, as a sentence without a period. */
  readonly name: string;
  /** Why Stet answers differently on purpose; the check then expects each target's own answer. */
  readonly differs?: string;
  /** Starts early because it waits for timers or for a server of its own. */
  readonly slow?: boolean;
  run(context: CheckContext): Promise<void>;
}

/** Options of a check besides its identity. */
export interface CheckOptions {
  readonly differs?: string;
  readonly slow?: boolean;
}

/** Collects the checks of one topic, all citing the same reference document. */
export class CheckList {
  readonly checks: Check[] = [];
  readonly #document: string;

  constructor(document: string) {
    this.#document = document;
  }

  /** Adds a check; `id` is `"<id> <section>"`, for example `"LC-1 2.2"`. */
  add(id: string, name: string, run: (context: CheckContext) => Promise<void>): void {
    this.addWith(id, name, {}, run);
  }

  /** Adds a check that is slow or on which the targets differ on purpose. */
  addWith(
    id: string,
    name: string,
    options: CheckOptions,
    run: (context: CheckContext) => Promise<void>,
  ): void {
    const [handle = "", section = ""] = id.split(" ");
    const reference = `${this.#document} ${section}`.trim();
    this.checks.push({ id: handle, reference, name, ...options, run });
  }
}
