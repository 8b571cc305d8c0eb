import { describe, expect, test } from "vitest";
import {
  deriveInvocationId,
  type InvocationTarget,
  invocationIdToBytes,
  keyedPartitionKey,
  mintInvocationId,
  partitionKeyOf,
  randomSeedOf,
  scopePartitionKey,
  serviceBucketOf,
  servicePartitionKey,
} from "#model";

const SERVICE: InvocationTarget = {
  serviceType: "service",
  handlerType: "shared",
  service: "Raw",
  handler: "h",
  key: undefined,
  scope: undefined,
};
const OBJECT: InvocationTarget = {
  serviceType: "virtual-object",
  handlerType: "exclusive",
  service: "RawObj",
  handler: "x",
  key: "kk",
  scope: undefined,
};
const WORKFLOW: InvocationTarget = {
  serviceType: "workflow",
  handlerType: "workflow",
  service: "RawWf",
  handler: "run",
  key: "wk1",
  scope: undefined,
};

// The test vectors of service protocol section 14.4, verified against the original server.
describe("derived ids", () => {
  test.each([
    [OBJECT, undefined, "inv_1cLjQsoOSa8w1nxhtMCj92V2z3nX9CchOa"],
    [WORKFLOW, undefined, "inv_14NAYWOkWeyC0YsItJ3RoJ93vh84i9Fa6T"],
    [SERVICE, undefined, "inv_1fE8WBQ39AD02Hk4XWDJKxLuzZSGEEBXOt"],
    [OBJECT, "sc1", "inv_15XrKI6E8WY670jTJRnRwVrs7IN9mJMOe8"],
    [SERVICE, "sc1", "inv_15XrKI6E8WY66NNuIUGEFWk5a98HMhZkCD"],
    [WORKFLOW, "sc1", "inv_15XrKI6E8WY601Jpexw5K0K3BOuCVcMRZh"],
  ])("%j in scope %s", (target, scope, id) => {
    const idempotencyKey = target === WORKFLOW ? undefined : "fixed";

    expect(deriveInvocationId({ target: { ...target, scope }, idempotencyKey })).toBe(id);
  });

  test("a workflow run ignores an idempotency key, other handlers of the workflow do not", () => {
    const run = deriveInvocationId({ target: WORKFLOW, idempotencyKey: "fixed" });
    const shared: InvocationTarget = { ...WORKFLOW, handlerType: "shared" };

    expect(run).toBe(deriveInvocationId({ target: WORKFLOW, idempotencyKey: undefined }));
    expect(deriveInvocationId({ target: shared, idempotencyKey: "fixed" })).not.toBe(run);
    expect(deriveInvocationId({ target: shared, idempotencyKey: undefined })).toBeUndefined();
  });

  test("without identity there is no derived id", () => {
    expect(deriveInvocationId({ target: SERVICE, idempotencyKey: undefined })).toBeUndefined();
    expect(deriveInvocationId({ target: OBJECT, idempotencyKey: undefined })).toBeUndefined();
    expect(deriveInvocationId({ target: OBJECT, idempotencyKey: "" })).toBeDefined();
  });
});

describe("partition keys", () => {
  test("a key has the hash of the reference", () => {
    expect(keyedPartitionKey("kk")).toBe(12131237668340410772n);
  });

  test("long and non-ASCII keys are hashed like any other", () => {
    expect(keyedPartitionKey("ü".repeat(3000))).not.toBe(keyedPartitionKey("u".repeat(3000)));
    expect(keyedPartitionKey("k".repeat(5000))).toBe(keyedPartitionKey("k".repeat(5000)));
  });

  test("minted ids carry the partition key of their target", () => {
    const ulid = new Uint8Array(16).fill(3);

    expect(partitionKeyOf(mintInvocationId(SERVICE, 7, ulid))).toBe(servicePartitionKey("Raw", 7));
    expect(partitionKeyOf(mintInvocationId(OBJECT, 7, ulid))).toBe(keyedPartitionKey("kk"));
    const scoped = { ...OBJECT, scope: "sc1" };
    expect(partitionKeyOf(mintInvocationId(scoped, 7, ulid))).toBe(scopePartitionKey("sc1"));
  });

  test("buckets are below 512 and follow from the idempotency key", () => {
    const buckets = Array.from({ length: 2000 }, (_, i) => serviceBucketOf(`key-${i}`));

    expect(Math.max(...buckets)).toBeLessThan(512);
    expect(new Set(buckets).size).toBeGreaterThan(450);
    expect(serviceBucketOf("fixed")).toBe(serviceBucketOf("fixed"));
  });
});

test("the random seed follows from id and creation time", () => {
  const id = invocationIdToBytes(mintInvocationId(SERVICE, 1, new Uint8Array(16)));
  const other = invocationIdToBytes(mintInvocationId(SERVICE, 2, new Uint8Array(16)));

  expect(randomSeedOf(id, 1)).toEqual(randomSeedOf(id, 1));
  expect(randomSeedOf(id, 1)).not.toEqual(randomSeedOf(id, 2));
  expect(randomSeedOf(id, 1)).not.toEqual(randomSeedOf(other, 1));
});
