import { parse as parseToml } from "smol-toml";
import { ConfigurationError } from "./configuration-error.ts";
import { parseVariable } from "./environment.ts";
import { ValueError } from "./value-error.ts";

/** One value as it was written, and where. */
export interface Setting {
  /** Dotted key, such as `worker.invoker.abort-timeout`. */
  readonly key: string;
  readonly value: unknown;
  /** Names the place in messages: a file, a variable, a flag. */
  readonly origin: string;
  /** True if an unknown key may belong to another program that reads the same variables. */
  readonly mayBeForeign: boolean;
}

/** Variables outside of the prefixes that the original reads too. */
const WELL_KNOWN_VARIABLES: ReadonlyMap<string, string> = new Map([
  ["RUST_LOG", "log-filter"],
  ["MEMORY_LIMIT", "rocksdb-total-memory-size"],
  ["HTTP_PROXY", "worker.invoker.http-proxy"],
  ["NO_PROXY", "worker.invoker.no-proxy"],
  ["AWS_EXTERNAL_ID", "worker.invoker.aws-assume-role-external-id"],
  ["DO_NOT_TRACK", "disable-telemetry"],
]);

/** Read elsewhere (the file's path) or by other tools, not configuration keys. */
const NOT_KEYS = new Set(["STET_CONFIG", "RESTATE_CONFIG", "STET_ADDRESS"]);

/** Kubernetes announces a service called `stet` or `restate` with such variables. */
const SERVICE_LINK =
  /^(?:STET|RESTATE)(?:_[A-Z0-9_]+)?_(?:SERVICE_(?:HOST|PORT.*)|PORT(?:_\d+_.*)?)$/;

/** Reads the settings of a TOML file; values keep the shape they have there. */
export function readFileLayer(source: string, path: string, isLeaf: KeyTest): Setting[] {
  const origin = `file "${path}"`;
  try {
    return flatten(parseToml(source), { prefix: "", origin, isLeaf });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`Cannot parse ${origin}: ${reason}`]);
  }
}

/** Tells that what lies below a key is its value and not further keys. */
export type KeyTest = (key: string) => boolean;

/**
 * Reads the settings of the environment: `STET_WORKER__INVOKER__ABORT_TIMEOUT`, then the same under
 * `RESTATE_`, then a few names without prefix. Later settings win, so `STET_` comes last.
 */
export function readEnvironmentLayer(
  environment: Readonly<Record<string, string | undefined>>,
  isLeaf: KeyTest,
): Setting[] {
  const settings: Setting[] = [];
  const problems: string[] = [];
  const add = (variable: string, key: string): void => {
    const origin = `environment variable ${variable}`;
    try {
      const value = parseVariable(environment[variable] ?? "");
      const mayBeForeign = !variable.startsWith("STET_");
      const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
      if (isTable && !isLeaf(key)) {
        settings.push(...flatten(value, { prefix: key, origin, isLeaf }));
      } else {
        settings.push({ key, value, origin, mayBeForeign });
      }
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      problems.push(`Cannot read ${origin}: ${error.message}`);
    }
  };

  const variables = Object.keys(environment)
    .filter((name) => !NOT_KEYS.has(name))
    .sort();
  for (const prefix of ["RESTATE_", "", "STET_"]) {
    for (const variable of variables) {
      const key =
        prefix === "" ? WELL_KNOWN_VARIABLES.get(variable) : keyOfVariable(variable, prefix);
      const isServiceLink = SERVICE_LINK.test(variable) && key !== undefined && !isLeaf(key);
      if (key !== undefined && !isServiceLink) add(variable, key);
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return settings;
}

/** Turns flags, which the command line has already named by key, into settings. */
export function readFlagLayer(flags: Readonly<Record<string, unknown>>): Setting[] {
  return Object.entries(flags).map(([key, value]) => ({
    key,
    value,
    origin: `flag --${key}`,
    mayBeForeign: false,
  }));
}

function keyOfVariable(variable: string, prefix: string): string | undefined {
  if (!variable.startsWith(prefix)) return undefined;
  const name = variable.slice(prefix.length).toLowerCase();
  return name.replaceAll("__", ".").replaceAll("_", "-");
}

function flatten(
  value: object,
  place: { readonly prefix: string; readonly origin: string; readonly isLeaf: KeyTest },
): Setting[] {
  return Object.entries(value).flatMap(([name, child]: [string, unknown]): Setting[] => {
    const key = place.prefix === "" ? name : `${place.prefix}.${name}`;
    const isTable = typeof child === "object" && child !== null && !Array.isArray(child);
    if (!isTable || place.isLeaf(key) || child instanceof Date) {
      return [{ key, value: child, origin: place.origin, mayBeForeign: false }];
    }
    return flatten(child, { ...place, prefix: key });
  });
}
