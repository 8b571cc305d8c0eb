/** Facts of a log line, printed as fields beside the message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log sink. Messages start with a capital and carry their facts as fields. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}
