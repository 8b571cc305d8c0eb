/** Why a text is no duration; the words of the original, for answers. */
export class DurationError extends Error {
  override readonly name = "DurationError";
}
