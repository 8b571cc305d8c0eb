import type { Random } from "#base/random";
import type { RetryPolicy } from "#schema";

/** Longest delay that a deployment may ask for: one year. Longer ones are cut to it. */
export const RETRY_DELAY_MS_MAX = 365 * 24 * 3600 * 1000;

/** Policy of attempts that fail before their handler is known. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  initialIntervalMs: 500,
  factor: 2,
  maxIntervalMs: 60_000,
  maxAttempts: 70,
  onMaxAttempts: "pause",
};

const JITTER_STEPS = 1 << 16;
const JITTER_MAX = 0.3;

/** What to do after a failed attempt. */
export type RetryDecision =
  | { readonly kind: "retry"; readonly delayMs: number; readonly usesBudget: boolean }
  | { readonly kind: "exhausted"; readonly onMaxAttempts: "pause" | "kill" };

/**
 * Decides what follows a failed attempt (service protocol section 11.3).
 *
 * @param budgetUsed     failed attempts of this stay that used budget, without this one
 * @param requestedDelayMs delay that the deployment asked for; such a retry uses no budget
 */
export function decideRetry(
  policy: RetryPolicy,
  failed: { readonly budgetUsed: number; readonly requestedDelayMs: number | undefined },
  random: Random,
): RetryDecision {
  const { budgetUsed, requestedDelayMs } = failed;
  if (requestedDelayMs !== undefined) {
    const delayMs = Math.min(requestedDelayMs, RETRY_DELAY_MS_MAX);
    return { kind: "retry", delayMs, usesBudget: false };
  }
  const { maxAttempts, onMaxAttempts } = policy;
  if (maxAttempts !== undefined && budgetUsed + 1 >= maxAttempts) {
    return { kind: "exhausted", onMaxAttempts };
  }
  const intervalMs = policy.initialIntervalMs * policy.factor ** budgetUsed;
  const cappedMs = Math.min(intervalMs, policy.maxIntervalMs);
  const jitter = 1 + (JITTER_MAX * random.nextBelow(JITTER_STEPS)) / JITTER_STEPS;
  const delayMs = Math.min(cappedMs * jitter, RETRY_DELAY_MS_MAX);
  return { kind: "retry", delayMs, usesBudget: true };
}
