import type { DestinationStream } from "pino";
import { pino } from "pino";
import type { LogFields, Logger } from "#base/logger";
import type { LogFilter, LogLevel } from "./log-filter.ts";
import { LOG_LEVELS, parseLogFilter } from "./log-filter.ts";
import type { LogFormat, LogLine } from "./log-line.ts";
import { formatLine } from "./log-line.ts";

/** How logs look and where they go. */
export interface LoggerOptions {
  readonly logFilter: string;
  /** `undefined` chooses: pretty on a terminal, JSON otherwise. */
  readonly logFormat: LogFormat | undefined;
  readonly ansiCodes: boolean;
  readonly isTerminal: boolean;
  /** Takes finished lines; the process's own streams when left out. */
  readonly write?: (level: LogLevel, line: string) => void;
}

/** Fields that a line carries at its top, beside the ones that describe the event. */
const COMPONENT_FIELD = "component";

/**
 * Creates the root logger. Warnings and errors go to stderr, the rest to stdout; lines are written
 * before the call returns, so that the last words of a crash are not lost.
 */
export function createLogger(options: LoggerOptions): Logger {
  const format = options.logFormat ?? (options.isTerminal ? "pretty" : "json");
  const colours = options.ansiCodes && options.isTerminal;
  const write = options.write ?? writeToProcess();
  const destination: DestinationStream & { [key: symbol]: unknown; lastLevel?: number } = {
    // Asks pino to leave the number of the level in `lastLevel` before each write.
    [Symbol.for("pino.metadata")]: true,
    write(json: string): void {
      const level = LOG_LEVELS[LEVEL_NUMBERS.indexOf(destination.lastLevel ?? 0)] ?? "info";
      const line: LogLine | undefined = format === "json" ? undefined : JSON.parse(json);
      write(level, line ? `${formatLine(line, format, colours)}\n` : json);
    },
  };
  const sink = pino(
    {
      level: "trace",
      base: null,
      nestedKey: "fields",
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    destination,
  );
  return new PinoLogger(sink, parseLogFilter(options.logFilter), {});
}

/** Numbers that pino gives to the levels, in the order of `LOG_LEVELS`. */
const LEVEL_NUMBERS = [Number.POSITIVE_INFINITY, 50, 40, 30, 20, 10];

class PinoLogger implements Logger {
  /** Children start from here: pino would repeat `target` in the child of a child. */
  readonly #root: pino.Logger;
  readonly #sink: pino.Logger;
  readonly #filter: LogFilter;
  readonly #bound: LogFields;
  readonly #rank: number;

  constructor(root: pino.Logger, filter: LogFilter, bound: LogFields) {
    this.#root = root;
    this.#filter = filter;
    this.#bound = bound;
    const component = String(bound[COMPONENT_FIELD] ?? "node");
    this.#sink = root.child({ target: `stet::${component}` });
    this.#rank = LOG_LEVELS.indexOf(filter.levelOf(component));
  }

  error(message: string, fields?: LogFields): void {
    if (this.#rank >= 1) this.#sink.error(this.#fieldsOf(message, fields));
  }

  warn(message: string, fields?: LogFields): void {
    if (this.#rank >= 2) this.#sink.warn(this.#fieldsOf(message, fields));
  }

  info(message: string, fields?: LogFields): void {
    if (this.#rank >= 3) this.#sink.info(this.#fieldsOf(message, fields));
  }

  debug(message: string, fields?: LogFields): void {
    if (this.#rank >= 4) this.#sink.debug(this.#fieldsOf(message, fields));
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.#root, this.#filter, { ...this.#bound, ...fields });
  }

  #fieldsOf(message: string, fields: LogFields | undefined): Record<string, unknown> {
    const all: Record<string, unknown> = { message, ...this.#bound, ...fields };
    delete all[COMPONENT_FIELD];
    for (const [name, value] of Object.entries(all)) {
      if (value instanceof Error) all[name] = describeError(value);
      else if (typeof value === "bigint") all[name] = value.toString();
    }
    return all;
  }
}

/** Depth of `cause` chains that is printed; beyond it the chain is more likely a loop. */
const CAUSES_MAX = 5;

function describeError(error: Error, depth = 0): Record<string, unknown> {
  const described: Record<string, unknown> = { name: error.name, message: error.message };
  if ("code" in error) described["code"] = error.code;
  if ("details" in error) described["details"] = error.details;
  if (error.stack !== undefined) described["stack"] = error.stack;
  if (error.cause instanceof Error && depth < CAUSES_MAX) {
    described["cause"] = describeError(error.cause, depth + 1);
  }
  return described;
}

function writeToProcess(): (level: LogLevel, line: string) => void {
  const output = pino.destination({ fd: 1, sync: true });
  const problems = pino.destination({ fd: 2, sync: true });
  return (level, line) => {
    const stream = level === "error" || level === "warn" ? problems : output;
    stream.write(line);
  };
}
