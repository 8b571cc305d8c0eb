import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { expandAbbreviations } from "./operator/abbreviations.ts";
import type { OperatorEnvironment } from "./operator/operator-command.ts";
import { createOperatorCommands } from "./operator/operator-commands.ts";
import { type ExitCode, OperatorError } from "./operator/operator-error.ts";
import { SERVER_FLAGS } from "./server-flags.ts";

/** What the command line asks the server to do; configuration values are still unparsed. */
export interface ServerRequest {
  readonly configFile: string | undefined;
  readonly dumpConfiguration: boolean;
  readonly production: boolean;
  /** Nodes without which this one goes on as only keeper of the metadata: a last resort. */
  readonly lostNodes: readonly number[];
  /** Configuration keys that were given as flags, as they were typed. */
  readonly flags: Readonly<Record<string, string | boolean | readonly string[]>>;
}

/** What the commands need from outside; `main.ts` provides it. */
export interface ProgramOptions {
  readonly version: string;
  runServer(request: ServerRequest): Promise<void>;
  readonly operators: OperatorEnvironment;
}

/** Builds the `stet` command. Nothing heavy loads before a command runs. */
export function createProgram(options: ProgramOptions): Command {
  const program = new Command("stet")
    .description("Durable execution server, compatible with Restate SDKs and clients.")
    .version(`stet ${options.version}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    // What follows a command is the command's, even if it looks like an option of this one.
    .enablePositionalOptions();
  program.addCommand(createServerCommand(options));
  for (const command of createOperatorCommands(options.operators)) program.addCommand(command);
  return program;
}

/**
 * Runs the command that the words ask for. Commands may be abbreviated.
 *
 * @returns the exit code if no command ran: 0 after help, 2 when the words make no sense
 */
export async function runProgram(
  program: Command,
  words: readonly string[],
): Promise<ExitCode | undefined> {
  prepare(program);
  try {
    await program.parseAsync(expand(program, words), { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

function expand(program: Command, words: readonly string[]): string[] {
  try {
    return expandAbbreviations(program, words);
  } catch (error) {
    if (error instanceof OperatorError) return program.error(`error: ${error.message}`);
    throw error;
  }
}

/** Sets what holds for all commands. The process ends by itself, so that all output is printed. */
function prepare(command: Command): void {
  command
    .helpOption("-h, --help", "print help")
    .showHelpAfterError("(run with --help for the accepted flags)")
    .exitOverride();
  for (const each of command.commands) prepare(each);
}

function createServerCommand(options: ProgramOptions): Command {
  const command = new Command("server")
    .description("Run a Stet node. Flags win over the environment, which wins over the file.")
    .helpOption("-h, --help", "print help")
    .option("-c, --config-file <path>", "TOML configuration file (also STET_CONFIG)")
    .option("--dump-config", "print the effective configuration as TOML and exit")
    .option("--production", "defaults for production: do not provision a cluster by itself")
    .addOption(
      new Option(
        "--unsafe-recover-metadata <lost nodes...>",
        "last resort, for one start: go on without most keepers of the metadata, which are lost",
      ).argParser(addNodeIds),
    )
    .addOption(new Option("--no-logo").hideHelp())
    .addOption(new Option("--metadata-store-address <url>").hideHelp());

  for (const flag of SERVER_FLAGS) {
    command.addOption(new Option(flag.syntax, flag.description));
    if (flag.alias !== undefined) command.addOption(new Option(flag.alias).hideHelp());
  }
  return command.action(async (given: Record<string, unknown>) => {
    await options.runServer(toRequest(given));
  });
}

function toRequest(given: Readonly<Record<string, unknown>>): ServerRequest {
  const flags: Record<string, string | boolean | readonly string[]> = {};
  for (const { syntax, alias, key } of SERVER_FLAGS) {
    const value = given[attributeOf(syntax)] ?? (alias && given[attributeOf(alias)]);
    // Commander hands over what was typed: text, `true`, or a list of texts.
    if (value !== undefined) flags[key] = splitCommas(value as string | boolean | string[]);
  }
  const configFile = given["configFile"];
  return {
    configFile: typeof configFile === "string" ? configFile : undefined,
    dumpConfiguration: given["dumpConfig"] === true,
    production: given["production"] === true,
    lostNodes: (given["unsafeRecoverMetadata"] as readonly number[] | undefined) ?? [],
    flags,
  };
}

/** Lists may be given as `--roles a,b`, as `--roles a b`, or repeated. */
function splitCommas(value: string | boolean | string[]): string | boolean | string[] {
  if (!Array.isArray(value)) return value;
  return value.flatMap((item) => item.split(",")).filter((item) => item !== "");
}

/** Adds ids such as `N2` or `2`, which may be separated by commas. */
function addNodeIds(text: string, before: readonly number[] = []): readonly number[] {
  const ids = text.split(",").map((word) => /^N?([1-9]\d*)$/.exec(word.trim())?.[1]);
  if (ids.includes(undefined)) throw new InvalidArgumentError("Expected node ids, such as N2,N3.");
  return [...before, ...ids.map(Number)];
}

function attributeOf(syntax: string): string {
  return new Option(syntax).attributeName();
}
