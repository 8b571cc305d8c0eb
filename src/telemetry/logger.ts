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
  /** Told of every line that is written. */
  readonly onLine?: (level: LogLevel) => void;
  /** Takes finished lines; the process's own streams when left out. */
  readonly write?: (level: LogLevel, line: string) => void;
}

/** Fields that a line carries at its top, beside the ones that describe the event. */
const COMPONENT_FIELD = "component";

/** Names under which the original logs these facts, for those who search what machines read. */
const PRINTED_NAMES: Readonly<Record<string, string>> = {
  invocationId: "restate.invocation.id",
  invocationTarget: "restate.invocation.target",
  deploymentId: "restate.deployment.id",
  errorCode: "restate.error.code",
  partition: "partition_id",
};

/**
 * Creates the root logger. Warnings and errors go to stderr, the rest to stdout; lines are written
 * before the call returns, so that the last words of a crash are not lost.
 */
export function createLogger(options: LoggerOptions): Logger {
  const format = options.logFormat ?? (options.isTerminal ? "pretty" : "json");
  const colours = options.ansiCodes && options.isTerminal;
  const write = options.write ?? writeToProcess();
  const names = format === "pretty" ? {} : PRINTED_NAMES;
  const destination: DestinationStream & { [key: symbol]: unknown; lastLevel?: number } = {
    // Asks pino to leave the number of the level in `lastLevel` before each write.
    [Symbol.for("pino.metadata")]: true,
    write(json: string): void {
      const level = LOG_LEVELS[LEVEL_NUMBERS.indexOf(destination.lastLevel ?? 0)] ?? "info";
      options.onLine?.(level);
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
  return new PinoLogger({ sink, filter: parseLogFilter(options.logFilter), names }, {});
}

/** Numbers that pino gives to the levels, in the order of `LOG_LEVELS`. */
const LEVEL_NUMBERS = [Number.POSITIVE_INFINITY, 50, 40, 30, 20, 10];

/** What all loggers of a process share. */
interface LoggerRoot {
  /** Children start from here: pino would repeat `target` in the child of a child. */
  readonly sink: pino.Logger;
  readonly filter: LogFilter;
  /** Printed names of fields that are not printed under their own. */
  readonly names: Readonly<Record<string, string>>;
}

class PinoLogger implements Logger {
  readonly #root: LoggerRoot;
  readonly #sink: pino.Logger;
  readonly #bound: LogFields;
  readonly #rank: number;

  constructor(root: LoggerRoot, bound: LogFields) {
    this.#root = root;
    this.#bound = bound;
    const component = String(bound[COMPONENT_FIELD] ?? "node");
    this.#sink = root.sink.child({ target: `stet::${component}` });
    this.#rank = LOG_LEVELS.indexOf(root.filter.levelOf(component));
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
    return new PinoLogger(this.#root, { ...this.#bound, ...fields });
  }

  #fieldsOf(message: string, fields: LogFields | undefined): Record<string, unknown> {
    const { names } = this.#root;
    const printed: Record<string, unknown> = { message };
    for (const [name, value] of Object.entries({ ...this.#bound, ...fields })) {
      if (name === COMPONENT_FIELD || value === undefined) continue;
      printed[names[name] ?? name] = printedValue(value);
    }
    return printed;
  }
}

function printedValue(value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  return typeof value === "bigint" ? value.toString() : value;
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
