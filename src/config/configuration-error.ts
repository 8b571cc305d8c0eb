/** The configuration cannot be used; names every problem that was found, not just the first. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  /** The code that the original reports for the same situation. */
  readonly code = "RT0002";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}
