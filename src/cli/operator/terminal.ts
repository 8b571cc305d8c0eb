import process from "node:process";

/** Where commands write, and whom they ask. */
export interface Terminal {
  /** False in scripts: nobody is there to answer. */
  readonly isInteractive: boolean;
  /** Writes a result and ends the line. */
  print(text: string): void;
  /** Writes a remark that is no result: progress, warnings, errors. */
  note(text: string): void;
  /** Asks a question; an empty answer at the end of the input. */
  ask(question: string): Promise<string>;
}

/** The terminal that the process was started from; its streams are touched when they are needed. */
export function processTerminal(): Terminal {
  let output: NodeJS.WriteStream | undefined;
  return {
    get isInteractive() {
      return process.stdin.isTTY === true && process.stderr.isTTY === true;
    },
    print: (text) => {
      output ??= watchedOutput();
      output.write(`${text}\n`);
    },
    note: (text) => {
      process.stderr.write(`${text}\n`);
    },
    ask: async (question) => {
      const { createInterface } = await import("node:readline/promises");
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
  };
}

/** A reader that has seen enough, such as `head`, closes the pipe; that is no failure. */
function watchedOutput(): NodeJS.WriteStream {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  return process.stdout;
}
