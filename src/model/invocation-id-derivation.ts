/** How invocation ids follow from what is invoked (service protocol section 14.4). */
import type { InvocationId } from "./ids.ts";
import { invocationIdFromParts } from "./invocation-id.ts";
import { type InvocationTarget, isWorkflowRun } from "./invocation-target.ts";
import { serviceBucketOf, writePartitionKey } from "./partition-key.ts";
import { sha256 } from "./sha256.ts";

const encoder = new TextEncoder();
const partitionKey = new Uint8Array(8);

/** What identifies an invocation. */
export interface InvocationIdentity {
  readonly target: InvocationTarget;
  readonly idempotencyKey: string | undefined;
}

/**
 * The id that follows from the identity: of workflow runs, and of everything with an idempotency
 * key. Undefined if there is no such id; see `mintInvocationId` then.
 */
export function deriveInvocationId(identity: InvocationIdentity): InvocationId | undefined {
  const { target, idempotencyKey } = identity;
  const parts = identityParts(target, idempotencyKey);
  if (parts === undefined) return undefined;
  const spread = target.scope === undefined && target.key === undefined;
  const bucket = spread && idempotencyKey !== undefined ? serviceBucketOf(idempotencyKey) : 0;
  writePartitionKey(target, bucket, partitionKey);
  return invocationIdFromParts(partitionKey, sha256(encoder.encode(parts)));
}

function identityParts(
  target: InvocationTarget,
  idempotencyKey: string | undefined,
): string | undefined {
  const { service, handler, key, scope } = target;
  const scopePart = scope === undefined ? "" : `,${scope}`;
  if (isWorkflowRun(target)) return `wf${scopePart},${service},${key ?? ""}`;
  if (idempotencyKey === undefined) return undefined;
  const keyPart = key === undefined ? "" : `,${key}`;
  return `ik${scopePart},${service}${keyPart},${handler},${idempotencyKey}`;
}

/**
 * A fresh id of something without identity.
 *
 * @param bucket uniform in `[0, SERVICE_BUCKET_COUNT)`; used for plain services without a scope
 * @param ulid   16 bytes, never used before
 */
export function mintInvocationId(
  target: InvocationTarget,
  bucket: number,
  ulid: Uint8Array,
): InvocationId {
  writePartitionKey(target, bucket, partitionKey);
  return invocationIdFromParts(partitionKey, ulid);
}
