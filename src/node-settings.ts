/** Configuration as the components of a node take it. */
import type { ClusterTiming } from "#cluster";
import type { FeatureConfiguration, StetConfiguration } from "#config";
import type { RuleBook, SchemaDefaults } from "#schema";
import type { ConcurrencyRule } from "#state-machine";

/** What services get that say nothing themselves. */
export function schemaDefaults({ invocation, invoker }: StetConfiguration): SchemaDefaults {
  const { retryPolicy } = invocation;
  return {
    inactivityTimeoutMs: invoker.inactivityTimeoutMs,
    abortTimeoutMs: invoker.abortTimeoutMs,
    journalRetentionMs: invocation.journalRetentionMs,
    idempotencyRetentionMs: invocation.idempotencyRetentionMs,
    workflowCompletionRetentionMs: invocation.workflowCompletionRetentionMs,
    retryPolicy: {
      initialIntervalMs: retryPolicy.initialIntervalMs,
      factor: retryPolicy.exponentiationFactor,
      maxIntervalMs: retryPolicy.maxIntervalMs,
      maxAttempts: retryPolicy.attemptsMax,
      onMaxAttempts: retryPolicy.onMaxAttempts,
    },
    maxima: {
      journalRetentionMs: invocation.journalRetentionMsMax,
      idempotencyRetentionMs: invocation.idempotencyRetentionMsMax,
      workflowCompletionRetentionMs: invocation.workflowCompletionRetentionMsMax,
      retryMaxAttempts: invocation.retryAttemptsClamp,
    },
  };
}

/** Features by the names under which clients ask for them. */
export function publishedFeatures(
  features: FeatureConfiguration,
): Readonly<Record<string, boolean>> {
  return {
    vqueues: features.vqueues,
    protocol_v7: features.protocolV7,
    unique_random_seeds: features.uniqueRandomSeeds,
    controlled_idempotent_sharding: features.controlledIdempotentSharding,
    scoped_virtual_objects: features.scopedVirtualObjects,
  };
}

/** Rules that limit something, as partitions apply them. */
export function concurrencyRules({ rules }: RuleBook): readonly ConcurrencyRule[] {
  return rules.flatMap(({ pattern, concurrency, disabled }) =>
    disabled || concurrency === undefined ? [] : [{ pattern, concurrency }],
  );
}

/** Times of the cluster, as configured. */
export function clusterTiming({ node, raft }: StetConfiguration): Partial<ClusterTiming> {
  return {
    tickMs: raft.tickIntervalMs,
    electionTicks: raft.electionTicks,
    heartbeatTicks: raft.heartbeatTicks,
    replicaDeadAfterMs: raft.replicaDeadAfterMs,
    leaderBalanceIntervalMs: raft.leaderBalanceIntervalMs,
    initializationMs: node.initializationTimeoutMs,
  };
}
