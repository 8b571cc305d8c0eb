/** How to take back what the current record has changed, newest last. */
export class UndoLog {
  readonly #steps: (() => void)[] = [];

  push(step: () => void): void {
    this.#steps.push(step);
  }

  /** The record is applied: its changes stay. */
  clear(): void {
    this.#steps.length = 0;
  }

  /** Takes back all changes since the last `clear`. */
  rollBack(): void {
    for (let i = this.#steps.length - 1; i >= 0; i--) (this.#steps[i] as () => void)();
    this.#steps.length = 0;
  }
}
