import { Command, Option } from "commander";
import { ClusterClient, type OperatorCalls } from "./cluster-client.ts";
import { describeFailure, type ExitCode, OperatorError, usageError } from "./operator-error.ts";
import { parseTimeoutMs, splitList } from "./operator-values.ts";
import type { Terminal } from "./terminal.ts";

/** What operators' commands need from outside. */
export interface OperatorEnvironment {
  readonly terminal: Terminal;
  /** Loads what talks to nodes; not before a command needs it. */
  openCalls(options: { readonly connectTimeoutMs: number }): Promise<OperatorCalls>;
  /** Told once how the command ended. */
  onExit(exitCode: ExitCode): void;
  pause(durationMs: number): Promise<void>;
  monotonicMs(): number;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly address: string;
  readonly connectTimeout: string;
  readonly requestTimeout: string;
  readonly json?: true;
  /** Only on commands that ask for confirmation. */
  readonly yes?: true;
}

/** One run of a command. */
export interface OperatorRun<O> {
  readonly options: O & CommonOptions;
  /** What was given beside options, in order. */
  readonly parameters: readonly string[];
  readonly client: ClusterClient;
  readonly environment: OperatorEnvironment;
  readonly terminal: Terminal;
  /** Prints the result: for scripts as JSON, for people as text. */
  report(value: unknown, text: string | (() => string)): void;
  /**
   * Asks before something that is hard to take back; resolves when it was agreed to.
   *
   * @throws OperatorError when it was not, or nobody can be asked
   */
  confirm(question: string, expected?: string): Promise<void>;
}

const DEFAULT_ADDRESS = "http://127.0.0.1:5122";
const DEFAULT_CONNECT_TIMEOUT = "3s";
const DEFAULT_REQUEST_TIMEOUT = "13s";

/** A command that holds others. */
export function commandGroup(
  name: string,
  description: string,
  commands: readonly Command[],
): Command {
  const group = new Command(name).description(description).helpCommand(false);
  for (const command of commands) group.addCommand(command);
  return group;
}

/** A command without its action: with the options that all have. */
export function operatorCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(
      new Option("-s, --address <addresses>", "nodes to ask, in order, separated by commas")
        .env("STET_ADDRESS")
        .default(DEFAULT_ADDRESS),
    )
    .addOption(
      new Option("--connect-timeout <duration>", "how long each node may take to answer").default(
        DEFAULT_CONNECT_TIMEOUT,
      ),
    )
    .addOption(
      new Option("--request-timeout <duration>", "how long a request may take").default(
        DEFAULT_REQUEST_TIMEOUT,
      ),
    )
    .option("--json", "print JSON, for scripts");
}

/** Lets a command be run without confirmation. */
export function withConfirmation(command: Command): Command {
  return command.option("-y, --yes", "do it without asking");
}

/** Lets a command whose requests take long wait for `timeout` unless something else is given. */
export function withRequestTimeout(command: Command, timeout: string): Command {
  command.options.find(({ long }) => long === "--request-timeout")?.default(timeout);
  return command.setOptionValueWithSource("requestTimeout", timeout, "default");
}

/** Gives a command its action; failures are printed and become the exit code. */
export function runs<O = object>(
  command: Command,
  environment: OperatorEnvironment,
  run: (run: OperatorRun<O>) => Promise<ExitCode>,
): Command {
  return command.action(async () => {
    const options = command.opts<O & CommonOptions>();
    let client: ClusterClient | undefined;
    try {
      client = createClient(options, environment);
      const given = command.processedArgs.flat().filter((value) => value !== undefined);
      const parameters = given.map(String);
      const exitCode = await run(createRun({ options, parameters, client, environment }));
      environment.onExit(exitCode);
    } catch (error) {
      environment.onExit(printFailure(environment.terminal, error, options.json === true));
    } finally {
      await client?.close().catch(() => undefined);
    }
  });
}

function createClient(options: CommonOptions, environment: OperatorEnvironment): ClusterClient {
  const addresses = splitList([options.address]);
  if (addresses.length === 0) throw usageError("--address names no node");
  return new ClusterClient({
    addresses,
    connectTimeoutMs: parseTimeoutMs(options.connectTimeout),
    requestTimeoutMs: parseTimeoutMs(options.requestTimeout),
    openCalls: (given) => environment.openCalls(given),
  });
}

function createRun<O>(
  parts: Pick<OperatorRun<O>, "options" | "parameters" | "client" | "environment">,
): OperatorRun<O> {
  const { options, environment } = parts;
  const { terminal } = environment;
  return {
    ...parts,
    terminal,
    report: (value, text) => {
      if (options.json === true) terminal.print(JSON.stringify(value, undefined, 2));
      else terminal.print(typeof text === "string" ? text : text());
    },
    confirm: (question, expected) => {
      return options.yes === true ? Promise.resolve() : askFor(terminal, question, expected);
    },
  };
}

async function askFor(terminal: Terminal, question: string, expected?: string): Promise<void> {
  if (!terminal.isInteractive) {
    throw usageError(`${question}\nNobody can be asked here: add --yes to go on`);
  }
  const isWord = expected !== undefined;
  const choice = isWord ? `Type "${expected}" to go on: ` : "Go on? [y/N] ";
  const answer = (await terminal.ask(`${question}\n${choice}`)).trim();
  const isAgreed = isWord ? answer === expected : /^y(es)?$/i.test(answer);
  if (!isAgreed) throw new OperatorError("CANCELLED", "Nothing was done");
}

function printFailure(terminal: Terminal, error: unknown, isJson: boolean): ExitCode {
  const { code, message, hint, exitCode } = describeFailure(error);
  if (isJson) terminal.note(JSON.stringify({ error: { code, message, hint } }));
  else terminal.note(`stet: ${message}${hint === undefined ? "" : `\n${hint}`}`);
  return exitCode;
}
