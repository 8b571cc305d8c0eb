// Proves that deployments built with the official SDKs of other languages work as they are.
import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { RequestIdentity } from "../../src/invoker/request-identity.ts";
import { Server } from "../conformance/support/server.ts";
import type { TargetKind } from "../conformance/support/target.ts";
import { explainUsage, readFlags, UsageError, wholeNumber } from "../fixtures/usage-error.ts";
import type { Check } from "./checks.ts";
import { CHECKS } from "./checks.ts";
import { DeploymentProcess, prepare } from "./deployment-process.ts";
import type { Language } from "./languages.ts";
import { BUILD_FOLDER, LANGUAGES } from "./languages.ts";

const HELP = `Usage: node test/sdk/run.ts [options]

Builds a deployment with the official SDK of each language, registers it with a server of its own
and checks the programming model on it: steps, state, calls, sends, sleeps, awakeables, workflows,
failures, cancellation, crashes of the server and of the deployment.

Options:
  --language A,B   languages to check (default: all): ${[...LANGUAGES.keys()].join(", ")}
  --only TEXT      checks whose fact contains TEXT, after the registration
  --target KIND    stet (default) or oracle, which has to be installed: make conformance
  --port-base N    first of the ports (default: whatever is free)
  --verbose        print the ends of both logs when a check fails
  --help           print this text

Exit code: 0 when every check holds, 1 otherwise, 2 on wrong usage.
`;

interface Options {
  readonly languages: readonly Language[];
  readonly checks: readonly Check[];
  readonly target: TargetKind;
  readonly portBase: number | undefined;
  readonly verbose: boolean;
}

interface Outcome {
  readonly language: string;
  readonly fact: string;
  readonly failure: string | undefined;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options.target === "stet" && process.env["STET_COMMAND"] === undefined) {
    process.env["STET_COMMAND"] = `${process.execPath} ${copyBundle()} server`;
  }
  const outcomes: Outcome[] = [];
  for (const language of options.languages) {
    print(`${language.name}: preparing the deployment`);
    try {
      await prepare(language);
      outcomes.push(...(await checkLanguage(language, options)));
    } catch (error) {
      outcomes.push({ language: language.name, fact: "it starts", failure: textOf(error) });
    }
  }
  return printReport(outcomes);
}

function readOptions(): Options {
  const { values } = readFlags(() =>
    parseArgs({
      options: {
        language: { type: "string", default: [...LANGUAGES.keys()].join(",") },
        only: { type: "string", default: "" },
        target: { type: "string", default: "stet" },
        "port-base": { type: "string" },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }),
  );
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const { target, verbose } = values;
  if (target !== "stet" && target !== "oracle") {
    throw new UsageError(`--target knows stet, oracle, and not "${target}"`);
  }
  const languages = values.language.split(",").map((name) => {
    const language = LANGUAGES.get(name);
    if (language !== undefined) return language;
    throw new UsageError(`--language knows ${[...LANGUAGES.keys()].join(", ")}, and not "${name}"`);
  });
  const port = values["port-base"];
  const portBase = port === undefined ? undefined : wholeNumber("--port-base", port, 1);
  const checks = CHECKS.filter((check, index) => index === 0 || check.fact.includes(values.only));
  return { languages, checks, target, portBase, verbose };
}

async function checkLanguage(language: Language, options: Options): Promise<Outcome[]> {
  const { keyFile, keyId } = createIdentity();
  const { portBase } = options;
  if (portBase !== undefined) process.env["CONFORMANCE_PORT_BASE"] = String(portBase + 1);
  const server = await Server.start({
    kind: options.target,
    settings: {
      RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT: "1s",
      RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: "50ms",
      RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL: "1s",
      RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: keyFile,
    },
  });
  const deployment = new DeploymentProcess(language, portBase ?? (await freePort()), keyId);
  try {
    await deployment.start();
    const outcomes: Outcome[] = [];
    for (const [index, check] of options.checks.entries()) {
      const name = `${language.name}-${index}`;
      const failure = await failureOf(() => check.prove({ server, deployment, name }));
      outcomes.push({ language: language.name, fact: check.fact, failure });
      print(`${failure === undefined ? "ok  " : "FAIL"} ${language.name}: ${check.fact}`);
      if (failure !== undefined && options.verbose) {
        print(`${failure}\n--- server\n${server.process?.logTail() ?? ""}`);
        print(`--- deployment\n${deployment.logTail()}`);
      }
      // Nothing works without the registration.
      if (failure !== undefined && index === 0) break;
    }
    return outcomes;
  } finally {
    await deployment.kill();
    await server.stop();
  }
}

/** A copy of the built server: a build meanwhile must not change it between two starts. */
function copyBundle(): string {
  const source = join(BUILD_FOLDER, "..");
  const files = existsSync(source) ? readdirSync(source) : [];
  const modules = files.filter((file) => file.endsWith(".mjs"));
  if (!modules.includes("stet.mjs")) throw new Error(`Nothing in "${source}": run make build`);
  // Inside the repository, where the packages that are not bundled are found.
  const copy = join(BUILD_FOLDER, "server");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const file of modules) copyFileSync(join(source, file), join(copy, file));
  return join(copy, "stet.mjs");
}

/** A new key pair: the file with the private key for the server, the public key for the SDKs. */
function createIdentity(): { keyFile: string; keyId: string } {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  mkdirSync(BUILD_FOLDER, { recursive: true });
  const keyFile = join(BUILD_FOLDER, "request-identity.pem");
  writeFileSync(keyFile, pem, { mode: 0o600 });
  const { keyId } = new RequestIdentity(pem, {
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
  });
  return { keyFile, keyId };
}

async function failureOf(prove: () => Promise<void>): Promise<string | undefined> {
  try {
    await prove();
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

function printReport(outcomes: readonly Outcome[]): number {
  const languages = [...new Set(outcomes.map(({ language }) => language))];
  const facts = [...new Set(outcomes.map(({ fact }) => fact))];
  const width = Math.max(...facts.map(({ length }) => length));
  print(`\n${" ".repeat(width)}  ${languages.join("  ")}`);
  for (const fact of facts) {
    const cells = languages.map((language) => {
      const outcome = outcomes.find((one) => one.language === language && one.fact === fact);
      const cell = outcome === undefined ? "-" : outcome.failure === undefined ? "ok" : "FAIL";
      return cell.padEnd(language.length);
    });
    print(`${fact.padEnd(width)}  ${cells.join("  ").trimEnd()}`);
  }
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  for (const { language, fact, failure } of failed) print(`\n${language}: ${fact}\n${failure}`);
  print(`\n${outcomes.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const listener = createServer();
  listener.on("error", reject);
  listener.listen(0, "127.0.0.1", () => {
    const address = listener.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    listener.close(() => resolve(port));
  });
  return promise;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await explainUsage(main);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  print("0 passed, 1 failed");
  process.exitCode = 1;
}
