/** Retry policies for manifests of mock services. */

import type { JsonObject } from "./http.ts";

/** A retry policy of a manifest with short delays. */
export function policy(maxAttempts: number, onMaxAttempts: "PAUSE" | "KILL" = "PAUSE"): JsonObject {
  return {
    retryPolicyInitialInterval: 20,
    retryPolicyMaxInterval: 50,
    retryPolicyMaxAttempts: maxAttempts,
    retryPolicyOnMaxAttempts: onMaxAttempts,
  };
}
