/** Levels from silent to talkative; a line passes if its level is at or below the limit. */
export const LOG_LEVELS = ["off", "error", "warn", "info", "debug", "trace"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** A parsed filter such as `warn,stet=info,restate_invoker=debug`. */
export interface LogFilter {
  /** @param component  value of the `component` field of a logger, such as `invoker` */
  levelOf(component: string): LogLevel;
}

/** Components by the names under which users of the original filter them. */
const COMPONENTS_OF_TARGET: ReadonlyMap<string, readonly string[]> = new Map([
  ["restate_ingress_http", ["ingress"]],
  ["restate_admin", ["admin"]],
  ["restate_invoker", ["invoker"]],
  ["restate_invoker_impl", ["invoker"]],
  ["restate_service_client", ["invoker"]],
  ["restate_worker", ["partition", "invoker"]],
  ["restate_partition_store", ["partition"]],
  ["restate_bifrost", ["raft"]],
  ["restate_log_server", ["raft"]],
  ["restate_node", ["node"]],
  ["restate_core", ["raft", "schema"]],
  ["restate_raft", ["raft"]],
  ["restate_storage_query_datafusion", ["introspection"]],
]);

/** Targets that stand for the whole server. */
const EVERYTHING = new Set(["stet", "restate"]);

/**
 * Parses a filter in the notation of `RUST_LOG`: levels, and `target=level`, separated by commas.
 *
 * Targets are `stet` or `restate` (all of this server), a component (`stet::invoker`, `invoker`),
 * or a module of the original (`restate_worker::partition`). What names something else, such as a
 * library of the original, selects nothing. The longest match wins; without one the plain level, or
 * `info` if there is none.
 */
export function parseLogFilter(text: string): LogFilter {
  let fallback: LogLevel = "info";
  let everything: LogLevel | undefined;
  const byComponent = new Map<string, LogLevel>();
  for (const directive of text.split(",").map((part) => part.trim())) {
    const [target = "", levelText] = directive.split("=").map((part) => part.trim());
    const level = parseLevel(levelText ?? target);
    if (level === undefined) continue;
    if (levelText === undefined) fallback = level;
    else if (EVERYTHING.has(target)) everything = level;
    else for (const component of componentsOf(target)) byComponent.set(component, level);
  }
  return { levelOf: (component) => byComponent.get(component) ?? everything ?? fallback };
}

function componentsOf(target: string): readonly string[] {
  const root = target.split("::")[0] ?? target;
  if (root === "stet") return [target.slice("stet::".length)];
  return COMPONENTS_OF_TARGET.get(root) ?? [root];
}

function parseLevel(text: string): LogLevel | undefined {
  const lowerCase = text.toLowerCase();
  return LOG_LEVELS.find((level) => level === lowerCase);
}
