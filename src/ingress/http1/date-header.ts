import type { Clock } from "#base/clock";

const SECOND_MS = 1_000;

/** Text of the `date` header, built once per second. */
export class DateHeader {
  readonly #clock: Clock;
  #second = -1;
  #text = "";

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get text(): string {
    const nowMs = this.#clock.nowMs();
    const second = Math.floor(nowMs / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(nowMs).toUTCString();
    }
    return this.#text;
  }
}
