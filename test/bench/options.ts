/** The command line of the benchmark. */
import { parseArgs } from "node:util";
import { readFlags, UsageError } from "../fixtures/usage-error.ts";
import type { DeploymentKind } from "./helpers.ts";
import type { Target } from "./servers.ts";
import { TIMERS, WORKLOADS } from "./workloads.ts";

const SCALE_PARTS = ["suspended", "pending", "journal", "completed"] as const;
const WORKLOAD_NAMES = [...WORKLOADS.map(({ name }) => name), TIMERS];

export const HELP = `Usage: node test/bench/run.ts [options]

Compares Stet with the original server on this machine, in alternating rounds, both syncing their
logs to disk. Prints a table and writes everything to .bench/results-<time>.json.

Options:
  --only NAME,…        workloads: ${WORKLOAD_NAMES.join(", ")} (default: all)
                       with --scale: ${SCALE_PARTS.join(", ")}
  --targets NAME,…     oracle, stet (default: both)
  --deployment NAME,…  light, sdk (default: both)
  --clients N,…        clients of the closed loops (default: 1,32,128)
  --rounds N           rounds per row; medians are printed (default: 3)
  --seconds N          measured time per round and server (default: 1.5)
  --port-base N        first of ten ports on the loopback interface (default: 20600)
  --profile            only Stet, under the CPU profiler; prints where the time went (defaults:
                       light, 32 clients, one round of 8 seconds)
  --scale              only the limits: many suspended invocations, timers, steps, completed calls
                       (default target: stet)
  --scale-divisor N    makes the amounts of --scale smaller by this factor (default: 1)
  --help               print this text

Environment:
  STET_COMMAND         how to start Stet (default: node_modules/.bin/stet server)
  ORACLE_MODULES       node_modules folder with the original server
                       (default: test/conformance/node_modules, which make bench fills)

Exit code: 0 when everything was measured, 1 when an answer was wrong or missing, 2 on wrong usage.
`;

/** What to run. */
export interface Options {
  readonly mode: "compare" | "profile" | "scale";
  readonly workloads: readonly string[];
  readonly targets: readonly Target[];
  readonly deployments: readonly DeploymentKind[];
  readonly clients: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly portBase: number;
  readonly scaleParts: readonly (typeof SCALE_PARTS)[number][];
  /** Makes the amounts of the scale parts smaller. */
  readonly scaleDivisor: number;
}

const COMPARE_DEFAULTS = {
  deployment: "light,sdk",
  clients: "1,32,128",
  rounds: "3",
  seconds: "1.5",
};
const PROFILE_DEFAULTS = { deployment: "light", clients: "32", rounds: "1", seconds: "8" };

/** @throws UsageError with a sentence for the user */
export function parseOptions(parameters: readonly string[]): Options | "help" {
  const { values } = parse(parameters);
  if (values.help) return "help";
  const mode = pickMode(values);
  const fallback = mode === "profile" ? PROFILE_DEFAULTS : COMPARE_DEFAULTS;
  const targets = values.targets ?? (mode === "scale" ? "stet" : undefined);
  return {
    mode,
    workloads: mode === "scale" ? [] : list("only", values.only, WORKLOAD_NAMES),
    targets: mode === "profile" ? ["stet"] : list("targets", targets, ["oracle", "stet"]),
    deployments: list("deployment", values.deployment ?? fallback.deployment, ["light", "sdk"]),
    clients: (values.clients ?? fallback.clients).split(",").map((text) => number("clients", text)),
    rounds: number("rounds", values.rounds ?? fallback.rounds),
    seconds: number("seconds", values.seconds ?? fallback.seconds),
    portBase: number("port-base", values["port-base"]),
    scaleParts: mode === "scale" ? list("only", values.only, SCALE_PARTS) : [],
    scaleDivisor: number("scale-divisor", values["scale-divisor"]),
  };
}

function parse(parameters: readonly string[]) {
  return readFlags(() =>
    parseArgs({
      args: [...parameters],
      options: {
        only: { type: "string" },
        targets: { type: "string" },
        deployment: { type: "string" },
        clients: { type: "string" },
        rounds: { type: "string" },
        seconds: { type: "string" },
        "port-base": { type: "string", default: "20600" },
        profile: { type: "boolean", default: false },
        scale: { type: "boolean", default: false },
        "scale-divisor": { type: "string", default: "1" },
        help: { type: "boolean", default: false },
      },
    }),
  );
}

function pickMode(values: { readonly profile: boolean; readonly scale: boolean }): Options["mode"] {
  if (values.profile && values.scale) throw new UsageError("Choose --profile or --scale");
  if (values.profile) return "profile";
  return values.scale ? "scale" : "compare";
}

function list<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (text === undefined) return known;
  return text.split(",").map((name) => {
    const match = known.find((candidate) => candidate === name);
    if (match !== undefined) return match;
    throw new UsageError(`--${option} knows ${known.join(", ")}, and not "${name}"`);
  });
}

function number(option: string, text: string): number {
  const value = Number(text);
  if (text !== "" && Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`--${option} needs a number above zero, not "${text}"`);
}
