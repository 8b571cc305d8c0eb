import { describe, expect, test } from "vitest";
import {
  deriveInvocationId,
  formatAwakeableId,
  invocationIdToBytes,
  mintInvocationId,
  parseInvocationId,
  partitionKeyOf,
  servicePartitionKey,
} from "#model";
import type { CallRequest, WireCommand } from "#service-protocol";
import { CallResolver } from "../../../src/invoker/call-resolver.ts";
import { FakeSchema, OBJECT, SERVICE, WORKFLOW } from "./fake-node.ts";

const PLAIN: CallRequest = {
  service: "Svc",
  handler: "h",
  parameter: Uint8Array.of(1),
  headers: [["a", "b"]],
  key: "",
  idempotencyKey: undefined,
  scope: undefined,
  limitKey: undefined,
};
const TARGET_ID = mintInvocationId(SERVICE, 1, new Uint8Array(16).fill(1));

function resolver(acceptsScopes = true): CallResolver {
  const schema = new FakeSchema();
  return new CallResolver({
    schema: () => schema,
    clock: { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0 },
    random: {
      nextBelow: (bound) => bound - 1,
      nextBytes: (count) => new Uint8Array(count).fill(9),
    },
    acceptsScopes,
  });
}

function resolveCall(request: Partial<CallRequest>, acceptsScopes = true) {
  return resolver(acceptsScopes).resolve({
    kind: "call",
    request: { ...PLAIN, ...request },
    invocationIdCompletionId: 1,
    completionId: 2,
  });
}

function resolvedCall(request: Partial<CallRequest>) {
  const resolved = resolveCall(request);
  if (!resolved.ok || resolved.command.kind !== "call") throw new Error("refused");
  return resolved.command.call;
}

describe("calls", () => {
  test("of a plain service get a fresh id in a random bucket", () => {
    const call = resolvedCall({});

    expect(call).toMatchObject({
      target: SERVICE,
      headers: [["a", "b"]],
      payload: Uint8Array.of(1),
      retention: { completionMs: 1000, journalMs: 1000 },
    });
    expect(partitionKeyOf(call.calleeId)).toBe(servicePartitionKey("Svc", 511));
    const ulid = Buffer.from(invocationIdToBytes(call.calleeId).subarray(8)).toString("hex");
    expect(ulid).toBe(`${(1_700_000_000_000).toString(16).padStart(12, "0")}${"09".repeat(10)}`);
  });

  test("with an idempotency key have a derived id, and its retention", () => {
    const call = resolvedCall({ idempotencyKey: "i" });

    expect(call.calleeId).toBe(deriveInvocationId({ target: SERVICE, idempotencyKey: "i" }));
    expect(call.retention).toEqual({ completionMs: 500, journalMs: 500 });
  });

  test("of a workflow run are identified by its key; an idempotency key is dropped", () => {
    const call = resolvedCall({ service: "Wf", handler: "run", key: "w", idempotencyKey: "i" });

    expect(call.calleeId).toBe(deriveInvocationId({ target: WORKFLOW, idempotencyKey: undefined }));
    expect(call.idempotencyKey).toBeUndefined();
    expect(call.retention).toEqual({ completionMs: 2000, journalMs: 1000 });
  });

  test("of an object accept the empty key", () => {
    expect(resolvedCall({ service: "Obj", key: "" }).target).toEqual({ ...OBJECT, key: "" });
  });

  test("may be scoped", () => {
    const call = resolvedCall({ scope: "s1", limitKey: "tenant/x" });

    expect(call.target.scope).toBe("s1");
    expect(call.limitKey).toBe("tenant/x");
  });

  test("that go one way keep their start time", () => {
    const resolved = resolver().resolve({
      kind: "one-way-call",
      request: PLAIN,
      invocationIdCompletionId: 1,
      invokeTimeMs: 5,
    });

    expect(resolved).toMatchObject({
      ok: true,
      command: { kind: "one-way-call", invokeTimeMs: 5 },
    });
  });

  test.each([
    [{ handler: "missing" }, "RT0018", "the service handler Svc/missing was not found"],
    [{ service: "No" }, "RT0018", "the service handler No/h was not found"],
    [
      { key: "k" },
      "RT0017",
      "a key was provided, but the callee 'Svc' is a Service. Only VirtualObjects or Workflows accept a key",
    ],
    [{ idempotencyKey: "" }, "RT0017", "the idempotency key provided in the request is empty"],
    [{ scope: "a b" }, "RT0024", "the provided scope 'a b' is invalid"],
    [{ scope: "x".repeat(37) }, "RT0024", "is invalid"],
    [{ limitKey: "l" }, "RT0024", "requires a scope"],
    [{ scope: "s", limitKey: "a/b/c" }, "RT0024", "is invalid"],
  ])("%j: %s", (request, documentedCode, reason) => {
    const resolved = resolveCall(request);

    expect(resolved).toMatchObject({
      ok: false,
      refusal: { kind: "precondition", documentedCode, reason: expect.stringContaining(reason) },
    });
  });

  test("may not be scoped where scopes are off", () => {
    expect(resolveCall({ scope: "s1" }, false)).toMatchObject({
      refusal: {
        documentedCode: "RT0024",
        reason: "scoped invocations require flow control experimental feature to be enabled",
      },
    });
  });
});

describe("signals and awakeables", () => {
  const result = { kind: "success", value: Uint8Array.of(1) } as const;

  test("name their target", () => {
    const signal: WireCommand = { kind: "send-signal", targetId: TARGET_ID, signal: "go", result };
    expect(resolver().resolve(signal)).toEqual({ ok: true, command: signal });

    const awakeableId = formatAwakeableId(TARGET_ID, 17);
    expect(resolver().resolve({ kind: "complete-awakeable", awakeableId, result })).toEqual({
      ok: true,
      command: { kind: "send-signal", targetId: TARGET_ID, signal: 17, result },
    });
  });

  test("of invocations before our time complete nothing", () => {
    const awakeableId = formatAwakeableId(TARGET_ID, 3).replace("sign", "prom");

    expect(resolver().resolve({ kind: "complete-awakeable", awakeableId, result })).toEqual({
      ok: true,
      command: { kind: "record-only" },
    });
  });

  test.each([
    [
      { kind: "send-signal", targetId: "inv_1abc", signal: 1, result },
      'BadFieldError("target_invocation_id": bad length)',
    ],
    [
      { kind: "complete-awakeable", awakeableId: "nope", result },
      'BadFieldError("awakeable_id": bad format)',
    ],
  ] as const)("%j is refused", (command, reason) => {
    expect(resolver().resolve(command)).toEqual({
      ok: false,
      refusal: { kind: "bad-field", reason },
    });
  });
});

describe("attach and output", () => {
  test.each(["attach-invocation", "get-invocation-output"] as const)("%s", (kind) => {
    const resolve = (target: Extract<WireCommand, { target: unknown }>["target"]) =>
      resolver().resolve({ kind, target, completionId: 3 });
    const accepted = (targetId: string | undefined) => ({
      ok: true,
      command: { kind, targetId, completionId: 3 },
    });

    expect(resolve({ kind: "invocation", invocationId: TARGET_ID })).toEqual(accepted(TARGET_ID));
    expect(resolve({ kind: "workflow", workflow: "Wf", key: "w", scope: undefined })).toEqual(
      accepted(deriveInvocationId({ target: WORKFLOW, idempotencyKey: undefined })),
    );
    const request = { handler: "h", idempotencyKey: "i", scope: undefined };
    expect(
      resolve({ kind: "idempotent-request", service: "Svc", key: undefined, ...request }),
    ).toEqual(accepted(deriveInvocationId({ target: SERVICE, idempotencyKey: "i" })));
    expect(resolve({ kind: "idempotent-request", service: "Obj", key: "k/1", ...request })).toEqual(
      accepted(deriveInvocationId({ target: OBJECT, idempotencyKey: "i" })),
    );
    expect(resolve({ kind: "invocation", invocationId: "inv_2x" })).toEqual({
      ok: false,
      refusal: {
        kind: "precondition",
        documentedCode: "RT0017",
        reason: "invalid invocation id inv_2x: unrecognized codec version",
      },
    });
  });

  test("derived ids are real ids", () => {
    const id = deriveInvocationId({ target: WORKFLOW, idempotencyKey: undefined });

    expect(parseInvocationId(id ?? "")).toMatchObject({ ok: true });
  });
});
