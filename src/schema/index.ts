/**
 * The registry of deployments, services and handlers, and the rule book.
 *
 * Keeps both as versioned documents of the metadata store, resolves options once per change, and
 * answers lookups from memory. It does not contact deployments: discovery happens in admin.
 */

export type { SchemaDefaults, SchemaMaxima } from "./defaults.ts";
export { STANDARD_SCHEMA_DEFAULTS } from "./defaults.ts";
export type { DeploymentAddress } from "./deployment-address.ts";
export { formatDeploymentAddress, parseDeploymentAddress } from "./deployment-address.ts";
export type { DeploymentRegistration, DiscoveredDeployment } from "./deployment-changes.ts";
export { findDeployment } from "./deployment-changes.ts";
export { resolveServiceOptions } from "./resolve.ts";
export type { Rule, RuleBook, RulePrecondition, RuleWrite } from "./rule-book.ts";
export { findPatternProblem } from "./rule-book.ts";
export { RuleRegistry } from "./rule-registry.ts";
export type { StoredDeployment, StoredHandler } from "./schema-document.ts";
export type { SchemaRefusalKind } from "./schema-refusal.ts";
export { SchemaRefusal } from "./schema-refusal.ts";
export { SchemaRegistry } from "./schema-registry.ts";
export type { ServiceRevision } from "./schema-snapshot.ts";
export { SchemaSnapshot } from "./schema-snapshot.ts";
export type {
  HandlerOptions,
  InputRule,
  ResolvedDeployment,
  ResolvedHandler,
  RetryPolicy,
  SchemaView,
} from "./types.ts";
export type { DocumentStore, StoredDocument } from "./versioned-document.ts";
