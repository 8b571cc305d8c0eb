/** A request head or body framing that is refused; the connection ends with this status. */
export class FramingError extends Error {
  override readonly name = "FramingError";
  readonly status: 400 | 408 | 414 | 431 | 501;

  constructor(status: FramingError["status"], message: string) {
    super(message);
    this.status = status;
  }
}
