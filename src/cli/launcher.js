#!/bin/sh
":" //; bin=
":" //; root=$(dirname "$(readlink -f "$0")")/../..
":" //; for each in "$root"/node_modules/node-linux-*/bin; do [ -x "$each/node" ] && bin=$each; done
":" //; for each in "$root"/../node-linux-*/bin; do [ -x "$each/node" ] && bin=$each; done
":" //; export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}" UV_THREADPOOL_SIZE="${UV_THREADPOOL_SIZE:-8}"
":" //; exec "${bin:+$bin/}node" --max-semi-space-size=16 "$0" "$@"

// Runs the bundled server under the Node that this package brings along, whatever Node is installed.
//
// The lines above are for the shell, which becomes that Node at once: no process stays in front of
// the server to hold memory, to forward signals, or to die without it. To JavaScript they are
// strings and comments. What follows is for callers that name a Node themselves, which may be as old
// as 18, and for packages without a Node of their own.
//
// Few arenas and a small young generation keep 100 MB of a busy server from being reserved for no
// gain in speed. The log's writes share the thread pool with the store's reads; with the pool's
// default of 4 threads a long scan would make them wait.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const NODE_MAJOR_MIN = 24;
const NODE_FLAGS = ["--max-semi-space-size=16"];
const FORWARDED_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"];

const launcher = fileURLToPath(import.meta.url);
const root = join(dirname(launcher), "..", "..");
const bundle = join(root, ".build", "stet.mjs");

/** The pinned Node: a dependency of this package, hoisted or not. */
function findPackagedNode() {
  const folders = [join(root, "node_modules"), join(root, "..")];
  const name = join(`node-${process.platform}-${process.arch}`, "bin", "node");
  return folders.map((folder) => join(folder, name)).find((binary) => existsSync(binary));
}

/** Becomes another Node where the platform can, otherwise stands in front of it. */
function restartUnder(binary) {
  const parameters = [...NODE_FLAGS, launcher, ...process.argv.slice(2)];
  if (process.execve !== undefined) process.execve(binary, [binary, ...parameters], process.env);
  const child = spawn(binary, parameters, { stdio: "inherit" });
  for (const signal of FORWARDED_SIGNALS) {
    process.on(signal, () => {
      // A terminal sends its interrupt to both; a second one would make the server stop at once.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`Cannot start "${binary}": ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function fail(message) {
  process.stderr.write(`stet: ${message}\n`);
  process.exit(1);
}

const packagedNode = findPackagedNode();
const isPackagedNode =
  packagedNode !== undefined && realpathSync(packagedNode) === realpathSync(process.execPath);

if (!existsSync(bundle)) {
  fail(`Not built yet: "${bundle}" is missing. Run "make setup" in "${root}"`);
} else if (packagedNode !== undefined && !isPackagedNode) {
  restartUnder(packagedNode);
} else if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  fail(`Node ${NODE_MAJOR_MIN} or later is required; this is ${process.version}`);
} else {
  process.argv[1] = bundle;
  await import(pathToFileURL(bundle).href);
}
