/**
 * The registry of deployments, services and handlers, and the rule book.
 *
 * Keeps both as versioned documents of the metadata store, resolves options once per change, and
 * answers lookups from memory. It does not contact deployments: discovery happens in admin.
 */

export type { SchemaDefaults, SchemaMaxima } from "./defaults.ts";
export { STANDARD_SCHEMA_DEFAULTS } from "./defaults.ts";
export type { DeploymentAddress } from "./deployment-address.ts";
export {
  formatDeploymentAddress,
  isSameAddress,
  parseDeploymentAddress,
} from "./deployment-address.ts";
export type {
  DeploymentConnection,
  DeploymentRegistration,
  DeploymentUpdate,
} from "./deployment-changes.ts";
export { findDeployment } from "./deployment-changes.ts";
export type {
  DiscoveredDeployment,
  DiscoveredHandler,
  DiscoveredService,
  ManifestInput,
  ManifestOptions,
  ManifestOutput,
  ManifestRetryPolicy,
} from "./manifest.ts";
export { resolveServiceOptions } from "./resolve.ts";
export type { Rule, RuleBook, RuleDeletion, RulePrecondition, RuleWrite } from "./rule-book.ts";
export { findPatternProblem } from "./rule-book.ts";
export type { RuleRegistryOptions } from "./rule-registry.ts";
export { RuleRegistry } from "./rule-registry.ts";
export type { StoredDeployment, StoredHandler, StoredService } from "./schema-document.ts";
export type { SchemaRefusalKind } from "./schema-refusal.ts";
export { SchemaRefusal } from "./schema-refusal.ts";
export type { RegistrationOutcome, SchemaRegistryOptions } from "./schema-registry.ts";
export { SchemaRegistry } from "./schema-registry.ts";
export type { ServiceRevision } from "./schema-snapshot.ts";
export { SchemaSnapshot } from "./schema-snapshot.ts";
export type { ServiceModification } from "./service-changes.ts";
export type {
  HandlerOptions,
  InputRule,
  OutputRule,
  ResolvedDeployment,
  ResolvedHandler,
  RetryPolicy,
  SchemaView,
} from "./types.ts";
export type { DocumentStore, StoredDocument } from "./versioned-document.ts";
