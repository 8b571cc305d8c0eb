/** A value that cannot be read; the loader adds which key it belongs to and where it came from. */
export class ValueError extends Error {
  override readonly name = "ValueError";

  /** @param expected what would have been accepted, as a noun phrase */
  constructor(expected: string, value: unknown) {
    super(`Expected ${expected}, got ${JSON.stringify(value) ?? String(value)}`);
  }
}
