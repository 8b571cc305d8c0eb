/** Why a duration could not be parsed; the text becomes part of the answer. */
export class DelayError extends Error {
  override readonly name = "DelayError";
}
