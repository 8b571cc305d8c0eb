import type { StetConfiguration } from "./configuration.ts";
import { toConfiguration } from "./configuration.ts";
import { ConfigurationError } from "./configuration-error.ts";
import { findIgnored, IGNORED_KEYS, RENAMED_KEYS } from "./foreign-keys.ts";
import { inherit } from "./inherit.ts";
import type { KeyTest, Setting } from "./layers.ts";
import { readEnvironmentLayer, readFileLayer, readFlagLayer } from "./layers.ts";
import type { FileValues } from "./schema.ts";
import { fileSchema, KNOWN_KEYS } from "./schema.ts";
import { suggestKey } from "./suggestion.ts";
import { hasNoEffect } from "./without-effect.ts";

/** Everything the configuration is read from; nothing else is consulted. */
export interface ConfigurationSources {
  /** Path given by `--config-file`; wins over `STET_CONFIG` and `RESTATE_CONFIG`. */
  readonly configFile?: string | undefined;
  /** Values of flags by configuration key. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default of `node-name`. */
  readonly hostName: string;
  /** Defaults for production: a node does not create a cluster by itself. */
  readonly production?: boolean;
  /** Reads the configuration file; called at most once. */
  readFile(path: string): string;
}

/** Something the operator should know about a key that was accepted. */
export interface ConfigurationNotice {
  readonly level: "info" | "warn";
  readonly key: string;
  readonly message: string;
}

/** What was loaded. */
export interface LoadedConfiguration {
  readonly configuration: StetConfiguration;
  /** The same values under the keys of the file, for `dumpConfiguration`. */
  readonly values: FileValues;
  readonly notices: readonly ConfigurationNotice[];
}

/**
 * Assembles the configuration: defaults, then the file, then the environment, then flags.
 *
 * @throws {ConfigurationError} naming every unknown key and every value that cannot be used
 */
export function loadConfiguration(sources: ConfigurationSources): LoadedConfiguration {
  const { environment } = sources;
  const path = sources.configFile ?? environment["STET_CONFIG"] ?? environment["RESTATE_CONFIG"];
  const isLeaf: KeyTest = (key) => KNOWN_KEYS.has(key) || isTableKey(key);
  const settings = [
    ...(path === undefined ? [] : readFileLayer(readFile(sources, path), path, isLeaf)),
    ...readEnvironmentLayer(environment, isLeaf),
    ...readFlagLayer(sources.flags ?? {}),
  ];

  const sorted = sortKeys(settings);
  const parsed = fileSchema.safeParse(nest(sorted.used, sources.production === true));
  if (!parsed.success) {
    sorted.problems.push(...parsed.error.issues.map((issue) => describe(issue, sorted.used)));
  }
  if (sorted.problems.length > 0 || parsed.data === undefined) {
    throw new ConfigurationError(sorted.problems);
  }
  const values = inherit(parsed.data, sources.hostName);
  const notices = [
    ...sorted.notices,
    ...noticesWithoutEffect(sorted.used, values, sources.hostName),
  ];
  return { configuration: toConfiguration(values), values, notices };
}

/** A value in vain is worth a word, unless it is the default. */
function noticesWithoutEffect(
  used: ReadonlyMap<string, Setting>,
  values: FileValues,
  hostName: string,
): ConfigurationNotice[] {
  const keys = [...used.keys()].filter(hasNoEffect);
  if (keys.length === 0) return [];
  const defaults = inherit(fileSchema.parse({}), hostName);
  return keys
    .filter((key) => printAt(values, key) !== printAt(defaults, key))
    .map((key) => ({ level: "warn", key, message: `"${key}" has no effect in this version` }));
}

function printAt(values: FileValues, key: string): string {
  let value: unknown = values;
  for (const name of key.split(".")) value = (value as Table | undefined)?.[name];
  return JSON.stringify(value) ?? "";
}

interface SortedKeys {
  /** The last setting of every key that the schema knows. */
  readonly used: ReadonlyMap<string, Setting>;
  readonly notices: ConfigurationNotice[];
  readonly problems: string[];
}

function sortKeys(settings: readonly Setting[]): SortedKeys {
  const used = new Map<string, Setting>();
  const notices = new Map<string, ConfigurationNotice>();
  const problems: string[] = [];
  for (const written of settings) {
    const setting = rename(written, notices);
    const { key } = setting;
    const ignored = findIgnored(key);
    if (KNOWN_KEYS.has(key) || isTableKey(key)) {
      used.set(key, setting);
    } else if (ignored !== undefined) {
      const level = ignored.loud ? "warn" : "info";
      const message = `"${key}" has no effect: ${ignored.reason}`;
      notices.set(key, { level, key, message });
    } else {
      refuse(setting, notices, problems);
    }
  }
  return { used, notices: [...notices.values()], problems };
}

function rename(setting: Setting, notices: Map<string, ConfigurationNotice>): Setting {
  if (setting.key === "worker.invoker.disable-eager-state" && isTrue(setting.value)) {
    return { ...setting, key: "worker.invoker.eager-state-size-limit", value: 0 };
  }
  const first = setting.key.split(".")[0] ?? "";
  const today = RENAMED_KEYS.get(setting.key) ?? RENAMED_KEYS.get(first);
  if (today === undefined) return setting;
  const key = RENAMED_KEYS.has(setting.key) ? today : `${today}${setting.key.slice(first.length)}`;
  const message = `"${setting.key}" is a former spelling of "${key}"`;
  notices.set(setting.key, { level: "warn", key: setting.key, message });
  return { ...setting, key };
}

/** An unknown key is an error, unless it may belong to another program with the same prefix. */
function refuse(
  setting: Setting,
  notices: Map<string, ConfigurationNotice>,
  problems: string[],
): void {
  const { key, origin } = setting;
  const suggestion = suggestKey(key, suggestions());
  if (setting.mayBeForeign && suggestion === undefined && !key.includes(".")) {
    notices.set(key, {
      level: "warn",
      key,
      message: `Unknown key "${key}" (${origin}) is ignored`,
    });
    return;
  }
  const hint = suggestion === undefined ? "" : `; did you mean "${suggestion}"?`;
  problems.push(`Unknown key "${key}" (${origin})${hint}`);
}

function* suggestions(): Iterable<string> {
  yield* KNOWN_KEYS.keys();
  for (const { keys } of IGNORED_KEYS) yield* keys;
}

/** True for a key inside a table of free names, such as `tracing-headers.authorization`. */
function isTableKey(key: string): boolean {
  for (let end = key.lastIndexOf("."); end > 0; end = key.lastIndexOf(".", end - 1)) {
    if (KNOWN_KEYS.get(key.slice(0, end))?.isTable === true) return true;
  }
  return false;
}

interface Table {
  [name: string]: unknown;
}

function nest(used: ReadonlyMap<string, Setting>, production: boolean): Table {
  const root: Table = production ? { "auto-provision": false } : {};
  for (const { key, value } of used.values()) {
    const names = key.split(".");
    const last = names.pop() ?? "";
    let table = root;
    for (const name of names) {
      const child = table[name];
      const next: Table = typeof child === "object" && child !== null ? { ...child } : {};
      table[name] = next;
      table = next;
    }
    table[last] = value;
  }
  return root;
}

function describe(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string },
  used: ReadonlyMap<string, Setting>,
): string {
  const key = issue.path.join(".");
  const setting = used.get(key);
  const origin = setting === undefined ? "" : ` (${setting.origin})`;
  return `Cannot use "${key}"${origin}: ${issue.message}`;
}

function readFile(sources: ConfigurationSources, path: string): string {
  try {
    return sources.readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`Cannot read configuration file "${path}": ${reason}`]);
  }
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}
