import process from "node:process";
import type { ServerRequest } from "./cli/program.ts";
import { createProgram } from "./cli/program.ts";
import { VERSION } from "./version.ts";

const program = createProgram({ version: VERSION, runServer });
await program.parseAsync();

/** Loaded on demand: other commands, and `--version`, start without the server's code. */
async function runServer(request: ServerRequest): Promise<void> {
  const { serve } = await import("./serve.ts");
  // Ends here whatever is still open: native parts may keep a process alive, or busy, for ever.
  process.exit(await serve(request));
}
