import { z } from "zod";
import { choice, decimal, duration, integer, integerOrUnlimited, toggle } from "./leaf.ts";

const DAY_MS = 86_400_000;

const retryPolicySchema = z.strictObject({
  "initial-interval": duration().default(500).describe("Delay before the first retry."),
  "exponentiation-factor": decimal({ min: 1 })
    .default(2)
    .describe("Growth of the delay per retry."),
  "max-attempts": integerOrUnlimited({ min: 1 })
    .default(70)
    .describe("Attempts in all, the first included; a number or unlimited."),
  "max-interval": duration().default(60_000).describe("Longest delay between two attempts."),
  "on-max-attempts": choice(["pause", "kill"])
    .default("pause")
    .describe("What happens after the last attempt."),
});

/** Defaults and limits for invocations whose deployment does not say otherwise; root section. */
export const invocationShape = {
  "default-retry-policy": retryPolicySchema.prefault({}),
  "max-retry-policy-max-attempts": integer({ min: 1 })
    .optional()
    .describe("Clamp for policies of deployments."),
  "default-journal-retention": duration()
    .default(DAY_MS)
    .describe("How long journals of completed invocations stay."),
  "max-journal-retention": duration()
    .optional()
    .describe("Clamp for the same setting of deployments."),
  "default-idempotency-retention": duration()
    .default(DAY_MS)
    .describe("How long results of idempotent calls stay."),
  "max-idempotency-retention": duration()
    .optional()
    .describe("Clamp for the same setting of deployments."),
  "default-workflow-completion-retention": duration()
    .default(DAY_MS)
    .describe("How long results of workflows stay."),
  "max-workflow-completion-retention": duration()
    .optional()
    .describe("Clamp for the same setting of deployments."),
  "disable-controlled-idempotent-sharding": toggle()
    .default(false)
    .describe("Provision without that cluster feature."),
  "experimental-enable-vqueues": toggle()
    .default(true)
    .describe("Scopes, limit keys and concurrency rules."),
  "experimental-enable-protocol-v7": toggle()
    .default(true)
    .describe("Offer version 7 of the service protocol."),
  "experimental-enable-scoped-virtual-objects": toggle()
    .default(true)
    .describe("Scopes on virtual objects."),
  "experimental-enable-unique-random-seeds": toggle()
    .default(false)
    .describe("A random seed of its own per invocation."),
};
