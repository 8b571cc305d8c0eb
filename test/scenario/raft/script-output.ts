import type { RaftLogSink } from "#raft";

/** Log levels of the scripts, least severe first; at "none" nothing is printed at all. */
export const LEVELS = ["debug", "info", "warn", "error", "fatal", "none"] as const;

/** One log level of the scripts. */
export type Level = (typeof LEVELS)[number];

/** Collects what a directive prints: its own text and the log lines of the cores under test. */
export class ScriptOutput implements RaftLogSink {
  level: Level = "debug";
  #text = "";

  get isQuiet(): boolean {
    return this.level === "none";
  }

  write(text: string): void {
    if (!this.isQuiet) this.#text += text;
  }

  /** Takes out everything printed so far. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  /** Runs a step and indents every line that it prints. */
  indented<T>(run: () => T): T {
    const before = this.#text;
    this.#text = "";
    try {
      return run();
    } finally {
      const lines = this.#text.split("\n");
      if (lines.at(-1) === "") lines.pop();
      this.#text = before + lines.map((line) => `  ${line}\n`).join("");
    }
  }

  debug(message: string): void {
    this.#log("debug", message);
  }

  info(message: string): void {
    this.#log("info", message);
  }

  warn(message: string): void {
    this.#log("warn", message);
  }

  error(message: string): void {
    this.#log("error", message);
  }

  #log(level: Level, message: string): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.level)) return;
    this.write(`${level.toUpperCase()} ${message}\n`);
  }
}
