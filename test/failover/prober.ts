/** A client that counts on one key without a pause, and knows what the count has to be. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "./client.ts";

/** A call that was answered; times as of `performance.now()`. */
export interface Success {
  /** When the call began that was answered; an impatient client makes several per addition. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** How a prober waits: until it is answered, or for a moment, and then asks again. */
export type Patience = "patient" | "impatient";

/** What a prober calls. */
export interface ProberOptions {
  readonly key: string;
  readonly ingress: string;
  readonly patience: Patience;
  /** Milliseconds between an answer and the next call. */
  readonly pauseMs: number;
}

/** How long the impatient wait, and how long anybody does. */
const IMPATIENT_TIMEOUT_MS = 300;
const PATIENT_TIMEOUT_MS = 90_000;
/** Violations and errors that are kept in words. */
const NOTES_MAX = 5;

/** Runs from `start` to `stop`. */
export class Prober {
  readonly options: ProberOptions;
  readonly successes: Success[] = [];
  /** Answers other than a success, and broken connections. */
  errorCount = 0;
  /** Effects that were lost or counted twice. */
  violationCount = 0;
  readonly notes: string[] = [];
  readonly #client = new Client();
  #expected = 0;
  #operations = 0;
  #isStopping = false;
  #running: Promise<void> | undefined;

  constructor(options: ProberOptions) {
    this.options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Lets the call under way end, then compares the count with what was answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
    const { ingress, key } = this.options;
    const timeoutMs = PATIENT_TIMEOUT_MS;
    const outcome = await this.#client.call({ ingress, path: `/Cell/${key}/get`, timeoutMs });
    if (outcome.kind !== "answered" || outcome.status !== 200) this.#countError(outcome);
    else if (Number(outcome.text) !== this.#expected) {
      this.#countViolation(`holds ${outcome.text} after ${this.#expected} additions`);
    }
    this.#client.close();
  }

  async #run(): Promise<void> {
    const { pauseMs } = this.options;
    while (!this.#isStopping) {
      await this.#add();
      await sleep(pauseMs);
    }
  }

  /** One addition; the impatient repeat it under its idempotency key until it is answered. */
  async #add(): Promise<void> {
    const { key, ingress, patience } = this.options;
    const idempotencyKey = `${key}-${this.#operations++}`;
    const deadlineMs = performance.now() + PATIENT_TIMEOUT_MS;
    while (performance.now() < deadlineMs) {
      const startedAtMs = performance.now();
      const outcome = await this.#client.call({
        ingress,
        path: `/Cell/${key}/add`,
        timeoutMs: patience === "patient" ? PATIENT_TIMEOUT_MS : IMPATIENT_TIMEOUT_MS,
        ...(patience === "impatient" && { idempotencyKey }),
      });
      if (outcome.kind === "answered" && outcome.status === 200) {
        this.successes.push({ startedAtMs, endedAtMs: performance.now() });
        this.#expected++;
        const count = Number(outcome.text);
        if (count !== this.#expected) {
          this.#countViolation(`counts ${count} instead of ${this.#expected}`);
          this.#expected = count;
        }
        return;
      }
      if (outcome.kind !== "timedOut" || patience === "patient") {
        this.#countError(outcome);
        // Without an idempotency key nobody knows whether it has counted.
        if (patience === "patient") return;
      }
    }
    this.#countError({ kind: "timedOut" });
  }

  #countError(error: object): void {
    this.errorCount++;
    this.#note(JSON.stringify(error));
  }

  #countViolation(text: string): void {
    this.violationCount++;
    this.#note(text);
  }

  #note(text: string): void {
    if (this.notes.length < NOTES_MAX) this.notes.push(`${this.options.key}: ${text}`);
  }
}

/** Milliseconds from `momentMs` to the first answer of a call that began after it. */
export function firstSuccessMs(
  successes: readonly Success[],
  momentMs: number,
): number | undefined {
  const first = successes.find(({ startedAtMs }) => startedAtMs >= momentMs);
  return first === undefined ? undefined : first.endedAtMs - momentMs;
}

/** Longest time without an answer between two moments; what is open at `endMs` ends there. */
export function longestGapMs(
  successes: readonly Success[],
  startMs: number,
  endMs: number,
): number {
  let previousMs: number | undefined;
  let longestMs = 0;
  for (const { endedAtMs } of successes) {
    const isInside = endedAtMs >= startMs;
    if (isInside && previousMs !== undefined) {
      longestMs = Math.max(longestMs, Math.min(endedAtMs, endMs) - previousMs);
    }
    if (endedAtMs > endMs) return longestMs;
    previousMs = endedAtMs;
  }
  return Math.max(longestMs, endMs - (previousMs ?? startMs));
}
