import {
  type RuleBook,
  SchemaSnapshot,
  STANDARD_SCHEMA_DEFAULTS,
  type StoredDeployment,
} from "#schema";

/** A book without rules. */
export const EMPTY_RULES: RuleBook = { version: 0, rules: [] };

/** A registry with the given deployments. */
export function snapshotOf(deployments: readonly StoredDeployment[]): SchemaSnapshot {
  return new SchemaSnapshot({ deployments }, 1, STANDARD_SCHEMA_DEFAULTS);
}
