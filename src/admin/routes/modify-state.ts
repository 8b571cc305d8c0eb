import { z } from "zod";
import { keyedPartitionKey, scopePartitionKey } from "#model";
import { AdminError, serviceNotFound } from "../admin-error.ts";
import { route } from "../route.ts";
import { describeValue } from "../shape-problem.ts";

const SCOPE = /^[a-zA-Z0-9_.-]+$/;
const SCOPE_LENGTH_MAX = 36;

/** A value: a list of bytes, or a string that stands for its UTF-8 bytes. */
const valueSchema = z
  .unknown()
  .transform((value, context): Uint8Array => {
    if (typeof value === "string") return new TextEncoder().encode(value);
    if (!Array.isArray(value)) {
      context.addIssue({
        code: "custom",
        message: `invalid type: ${describeValue(value)}, expected byte array`,
      });
      return z.NEVER;
    }
    for (const [index, byte] of value.entries()) {
      if (Number.isInteger(byte) && byte >= 0 && byte <= 255) continue;
      const problem = typeof byte === "number" ? "invalid value" : "invalid type";
      const message = `${problem}: ${describeValue(byte)}, expected u8`;
      context.addIssue({ code: "custom", path: [index], message });
      return z.NEVER;
    }
    return Uint8Array.from(value);
  })
  .describe("Bytes as numbers, or a string taken as UTF-8");

/** POST /services/{service}/state */
export const modifyState = route({
  method: "POST",
  path: "/services/{service}/state",
  operationId: "modify_service_state",
  summary: "Modify a service state",
  tag: "service",
  body: z.object({
    object_key: z.string().describe("Key of the object or workflow"),
    new_state: z.record(z.string(), valueSchema).describe("The complete new state"),
    version: z.string().nullish().describe("Hash of the state that is expected"),
    scope: z.string().nullish(),
  }),
  replies: { 202: "Queued behind the work on the key; skipped if the version does not match" },
  errors: [400, 404, 422, 503],

  async handle({ params, body }, { registry, partitions }) {
    const service = params["service"] ?? "";
    const state = Object.entries(body.new_state);
    const type = registry.view().serviceType(service);
    // Clearing what a removed service left behind stays possible.
    if (type === undefined && state.length > 0) throw serviceNotFound(service);
    if (type === "service") {
      throw new AdminError(400, "Cannot modify state for service type Service");
    }
    const key = body.object_key;
    const scope = scopeOf(body.scope ?? undefined);
    const partitionKey = scope === undefined ? keyedPartitionKey(key) : scopePartitionKey(scope);
    await partitions.requestByPartitionKey(partitionKey, {
      kind: "patch-state",
      service,
      key,
      scope,
      expectedVersion: body.version ?? undefined,
      state,
    });
    return { status: 202 };
  },
});

function scopeOf(scope: string | undefined): string | undefined {
  if (scope === undefined) return undefined;
  if (scope === "") throw new AdminError(500, "bad scope: value cannot be empty");
  if (!SCOPE.test(scope)) {
    throw new AdminError(
      500,
      "bad scope: value contains characters outside the allowed set [a-zA-Z0-9_.-]",
    );
  }
  if (scope.length > SCOPE_LENGTH_MAX) {
    throw new AdminError(
      500,
      `bad scope: value too long: ${scope.length} bytes (max ${SCOPE_LENGTH_MAX})`,
    );
  }
  return scope;
}
