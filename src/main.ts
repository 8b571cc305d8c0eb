import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { processTerminal } from "./cli/operator/terminal.ts";
import type { ServerRequest } from "./cli/program.ts";
import { createProgram, runProgram } from "./cli/program.ts";
import { VERSION } from "./version.ts";

const program = createProgram({
  version: VERSION,
  runServer,
  operators: {
    terminal: processTerminal(),
    openCalls,
    onExit: (exitCode) => {
      process.exitCode = exitCode;
    },
    pause: async (durationMs) => {
      await sleep(durationMs);
    },
    monotonicMs: () => performance.now(),
  },
});
const exitCode = await runProgram(program, process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;

/** Loaded on demand: other commands, and `--version`, start without the server's code. */
async function runServer(request: ServerRequest): Promise<void> {
  const { serve } = await import("./serve.ts");
  // Ends here whatever is still open: native parts may keep a process alive, or busy, for ever.
  process.exit(await serve(request));
}

/** Loaded on demand: help and mistakes need no connection. */
async function openCalls(options: { readonly connectTimeoutMs: number }) {
  const { openOperatorCalls } = await import("./operator-calls.ts");
  return openOperatorCalls(options);
}
