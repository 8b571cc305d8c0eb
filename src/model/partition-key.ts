/** Partition keys: how targets are spread over partitions (service protocol section 14.4). */

import { readUint64BigEndian } from "./invocation-id.ts";
import type { InvocationTarget } from "./invocation-target.ts";
import { writeUtf8 } from "./utf8.ts";
import { xxh3Into, xxh3Low32 } from "./xxh3.ts";

/** Buckets over which the invocations of a plain service are spread. */
export const SERVICE_BUCKET_COUNT = 512;

const STRING_END = 0xff;
const SCRATCH_BYTES = 4096;
const scratch = new Uint8Array(SCRATCH_BYTES);

/** Partition key of a keyed service instance without a scope. */
export function keyedPartitionKey(key: string): bigint {
  return asBigint((target) => hashString(key, target));
}

/** Partition key of everything in a scope. */
export function scopePartitionKey(scope: string): bigint {
  return keyedPartitionKey(scope);
}

/** Partition key of a bucket of a plain service without a scope. */
export function servicePartitionKey(service: string, bucket: number): bigint {
  return asBigint((target) => hashServiceBucket(service, bucket, target));
}

/** Bucket of an idempotency key. */
export function serviceBucketOf(idempotencyKey: string): number {
  const bytes = scratchFor(idempotencyKey.length);
  const end = writeString(idempotencyKey, bytes, 0);
  return xxh3Low32(bytes, 0, end) % SERVICE_BUCKET_COUNT;
}

/**
 * Writes the partition key of a target, eight bytes big-endian, at the start of `output`.
 *
 * @param bucket bucket of a plain service without a scope; ignored for all others
 */
export function writePartitionKey(
  target: InvocationTarget,
  bucket: number,
  output: Uint8Array,
): void {
  if (target.scope !== undefined) hashString(target.scope, output);
  else if (target.key !== undefined) hashString(target.key, output);
  else hashServiceBucket(target.service, bucket, output);
}

function hashString(value: string, target: Uint8Array): void {
  const bytes = scratchFor(value.length);
  const end = writeString(value, bytes, 0);
  xxh3Into(bytes, { start: 0, end }, { target, offset: 0 });
}

function hashServiceBucket(service: string, bucket: number, target: Uint8Array): void {
  const bytes = scratchFor(service.length + 32);
  const end = writeString("unscoped/service", bytes, writeString(service, bytes, 0));
  bytes.fill(0, end, end + 8);
  bytes[end] = bucket & 0xff;
  bytes[end + 1] = bucket >>> 8;
  xxh3Into(bytes, { start: 0, end: end + 8 }, { target, offset: 0 });
}

/** Room for a string of that many UTF-16 units; long ones get a buffer of their own. */
function scratchFor(length: number): Uint8Array {
  const needed = length * 3 + 1;
  return needed <= SCRATCH_BYTES ? scratch : new Uint8Array(needed);
}

function writeString(value: string, bytes: Uint8Array, start: number): number {
  const end = writeUtf8(value, bytes, start);
  bytes[end] = STRING_END;
  return end + 1;
}

function asBigint(hash: (target: Uint8Array) => void): bigint {
  const target = new Uint8Array(8);
  hash(target);
  return readUint64BigEndian(target, 0);
}
