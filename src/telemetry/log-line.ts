/** Forms of a line. */
export type LogFormat = "pretty" | "compact" | "json";

/** A line as it is written in JSON. */
export interface LogLine {
  readonly timestamp: string;
  readonly level: string;
  readonly target: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const COLOURS: Readonly<Record<string, number>> = { ERROR: 31, WARN: 33, INFO: 32, DEBUG: 34 };

/** Writes a line for people: `12:30:01.250  INFO invoker: Message key=value`, stacks below it. */
export function formatLine(line: LogLine, format: LogFormat, colours: boolean): string {
  const paint = (code: number, text: string): string =>
    colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  const { message, ...rest } = line.fields;
  const stacks: string[] = [];
  const facts = Object.entries(rest).map(([name, value]) => {
    if (!isError(value)) return `${paint(2, `${name}=`)}${printValue(value)}`;
    stacks.push(...stackOf(value));
    return `${paint(2, `${name}=`)}${JSON.stringify(value.message)}`;
  });
  // Whole dates only where lines are kept; somebody in front of a terminal knows the day.
  const time = format === "pretty" ? line.timestamp.slice(11, 23) : line.timestamp;
  const level = paint(COLOURS[line.level] ?? 0, line.level.padStart(5));
  const target = format === "pretty" ? line.target.replace("stet::", "") : line.target;
  const head = `${paint(2, time)} ${level} ${paint(2, `${target}:`)} ${String(message)}`;
  return [[head, ...facts].join(" "), ...stacks.map((text) => `    ${text}`)].join("\n");
}

interface PrintedError {
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
}

function isError(value: unknown): value is PrintedError {
  return typeof value === "object" && value !== null && "message" in value && "stack" in value;
}

function stackOf(error: PrintedError): string[] {
  const lines = (error.stack ?? "").split("\n").map((line) => line.trim());
  return isError(error.cause) ? [...lines, "Caused by:", ...stackOf(error.cause)] : lines;
}

function printValue(value: unknown): string {
  if (typeof value === "string" && /^[\w./:@+-]+$/.test(value)) return value;
  return JSON.stringify(value) ?? "undefined";
}
