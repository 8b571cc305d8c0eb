/** Statuses and bodies are those that the original answered to the same requests. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { keyedPartitionKey, scopePartitionKey } from "#model";
import { STANDARD_SCHEMA_DEFAULTS } from "#schema";
import { type AdminHarness, manifestOf, startAdmin } from "./admin-harness.ts";

let admin: AdminHarness;

beforeAll(async () => {
  admin = await startAdmin();
  admin.manifests["/"] = manifestOf([
    { name: "S", ty: "SERVICE", handlers: [{ name: "h" }] },
    { name: "Ob", ty: "VIRTUAL_OBJECT", handlers: [{ name: "h" }, { name: "s", ty: "SHARED" }] },
    { name: "W", ty: "WORKFLOW", handlers: [{ name: "run", ty: "WORKFLOW" }] },
  ]);
  await admin.call("POST", "/deployments", { uri: "http://127.0.0.1:9080" });
});

afterAll(() => admin.close());

beforeEach(() => {
  admin.partitions.requests.length = 0;
  admin.partitions.partitionKeys.length = 0;
});

describe("services", () => {
  test("are listed with their handlers", async () => {
    const { json } = await admin.call("GET", "/v3/services");
    expect(json.services).toMatchObject([
      { name: "S", ty: "Service", handlers: [{ name: "h" }] },
      {
        name: "Ob",
        ty: "VirtualObject",
        handlers: [
          { name: "h", ty: "Exclusive" },
          { name: "s", ty: "Shared" },
        ],
      },
      { name: "W", ty: "Workflow", workflow_completion_retention: "1d" },
    ]);
    expect(json.services[0].handlers[0]).not.toHaveProperty("ty");
    expect((await admin.call("GET", "/services/Ob/handlers")).json.handlers).toHaveLength(2);
    expect((await admin.call("GET", "/services/Ob/handlers/s")).json).toMatchObject({ name: "s" });
    expect((await admin.call("GET", "/services/W/openapi")).json).toMatchObject({
      openapi: "3.1.0",
      info: { title: "W" },
    });
  });

  test.each([
    ["/services/nope", "The requested service 'nope' does not exist"],
    ["/services/%zz", "The requested service '%zz' does not exist"],
    ["/services/nope/handlers", "The requested service 'nope' does not exist"],
    ["/services/nope/openapi", "The requested service 'nope' does not exist"],
    ["/services/S/handlers/x", "The requested handler 'x' on service 'S' does not exist"],
  ])("GET %s", async (path, message) => {
    const reply = await admin.call("GET", path);
    expect([reply.status, reply.json]).toEqual([404, { message, restate_code: null }]);
  });

  test("options are modified, with nulls left alone", async () => {
    const { status, json } = await admin.call("PATCH", "/services/W", {
      public: false,
      idempotency_retention: "PT3H",
      workflow_completion_retention: "1h",
      journal_retention: "90 minutes",
      inactivity_timeout: null,
      abort_timeout: "1s500ms",
      unknown: 1,
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      public: false,
      idempotency_retention: "3h",
      workflow_completion_retention: "1h",
      journal_retention: "1h 30m",
      abort_timeout: "1s 500ms",
      revision: 1,
      handlers: [{ public: false }],
    });
    expect(json).not.toHaveProperty("info");
  });

  test.each([
    [
      "S",
      { workflow_completion_retention: "1h" },
      400,
      "modifying retention time for service type Service is unsupported",
    ],
    ["X", { public: true }, 404, "not found in the schema registry: service with name 'X'"],
    ["X", {}, 404, "The requested service 'X' does not exist"],
  ])("PATCH /services/%s %j", async (name, body, status, message) => {
    const reply = await admin.call("PATCH", `/services/${name}`, body);
    expect([reply.status, reply.json.message]).toEqual([status, message]);
  });

  test.each([
    ["nope", "expected duration to start with a unit value"],
    ["1 month", "please use units of days or smaller"],
    ["5", "expected to find unit designator suffix"],
    ["", "an empty string is not a valid duration"],
    ["-5s", "negative signed durations cannot be converted"],
    [5, "invalid type: integer `5`, expected a human-friendly duration string"],
  ])("the duration %j is refused in plain text", async (duration, reason) => {
    const reply = await admin.call("PATCH", "/services/S", { abort_timeout: duration });
    expect(reply.status).toBe(422);
    expect(reply.text).toContain(
      "Failed to deserialize the JSON body into the target type: abort_timeout: ",
    );
    expect(reply.text).toContain(reason);
  });
});

describe("limits of the server", () => {
  const clampedInfo = (name: string): unknown => ({
    code: "RT0022",
    message: `The configured ${name} is clamped to the maximum server limit.`,
  });

  test("clamp retentions, and services and handlers say so", async () => {
    const limited = await startAdmin({
      defaults: {
        ...STANDARD_SCHEMA_DEFAULTS,
        maxima: {
          journalRetentionMs: 3_600_000,
          idempotencyRetentionMs: 7_200_000,
          workflowCompletionRetentionMs: 10_800_000,
          retryMaxAttempts: undefined,
        },
      },
    });
    const day = 86_400_000;
    limited.manifests["/"] = manifestOf([
      {
        name: "Cl",
        ty: "SERVICE",
        journalRetention: 7_200_000,
        handlers: [{ name: "h", journalRetention: 9_000_000, idempotencyRetention: day }],
      },
      {
        name: "Df",
        ty: "WORKFLOW",
        handlers: [{ name: "h", ty: "WORKFLOW", workflowCompletionRetention: day }],
      },
    ]);
    await limited.call("POST", "/deployments", { uri: "http://127.0.0.1:9080" });
    const { json } = await limited.call("GET", "/services");
    await limited.close();
    expect(json.services).toMatchObject([
      {
        journal_retention: "1h",
        idempotency_retention: "2h",
        info: [clampedInfo("journal_retention"), clampedInfo("idempotency_retention")],
        handlers: [
          {
            journal_retention: "1h",
            idempotency_retention: "2h",
            info: [clampedInfo("journal_retention"), clampedInfo("idempotency_retention")],
          },
        ],
      },
      {
        workflow_completion_retention: "3h",
        info: [
          clampedInfo("journal_retention"),
          clampedInfo("idempotency_retention"),
          clampedInfo("workflow_completion_retention"),
        ],
      },
    ]);
    expect(json.services[1].handlers[0]).not.toHaveProperty("info");
  });
});

describe("state", () => {
  test("is replaced through the partition of the key", async () => {
    const reply = await admin.call("POST", "/services/Ob/state", {
      object_key: "k1",
      new_state: { a: "text", b: [1, 255] },
      version: "abc",
    });
    expect([reply.status, reply.text]).toEqual([202, ""]);
    expect(admin.partitions.partitionKeys).toEqual([keyedPartitionKey("k1")]);
    expect(admin.partitions.requests).toEqual([
      {
        kind: "patch-state",
        service: "Ob",
        key: "k1",
        scope: undefined,
        expectedVersion: "abc",
        state: [
          ["a", new TextEncoder().encode("text")],
          ["b", Uint8Array.of(1, 255)],
        ],
      },
    ]);
  });

  test("of a scope goes to the partition of the scope", async () => {
    const body = { object_key: "k1", new_state: {}, scope: "tenant", version: null };
    expect((await admin.call("POST", "/services/Ob/state", body)).status).toBe(202);
    expect(admin.partitions.partitionKeys).toEqual([scopePartitionKey("tenant")]);
  });

  test.each([
    ["S", { object_key: "a", new_state: {} }, 400, "Cannot modify state for service type Service"],
    [
      "X",
      { object_key: "a", new_state: { a: "x" } },
      404,
      "The requested service 'X' does not exist",
    ],
    [
      "Ob",
      { object_key: "a", new_state: {}, scope: "bad scope" },
      500,
      "bad scope: value contains characters outside the allowed set [a-zA-Z0-9_.-]",
    ],
  ])("POST /services/%s/state %j", async (name, body, status, message) => {
    const reply = await admin.call("POST", `/services/${name}/state`, body);
    expect([reply.status, reply.json.message]).toEqual([status, message]);
    expect(admin.partitions.requests).toEqual([]);
  });

  test("of a removed service may be cleared", async () => {
    const body = { object_key: "a", new_state: {} };
    expect((await admin.call("POST", "/services/X/state", body)).status).toBe(202);
  });

  test.each([
    [{ object_key: "a" }, "missing field `new_state`"],
    [{ new_state: {} }, "missing field `object_key`"],
    [
      { object_key: "a", new_state: { a: [256] } },
      "new_state.a[0]: invalid value: integer `256`, expected u8",
    ],
    [
      { object_key: "a", new_state: { a: 5 } },
      "new_state.a: invalid type: integer `5`, expected byte array",
    ],
    [{ object_key: "a", new_state: [] }, "new_state: invalid type: sequence, expected a map"],
    [
      { object_key: "a", new_state: { a: [1, "x"] } },
      'new_state.a[1]: invalid type: string "x", expected u8',
    ],
  ])("the shape of %j is refused", async (body, reason) => {
    const reply = await admin.call("POST", "/services/Ob/state", body);
    expect([reply.status, reply.text]).toEqual([
      422,
      `Failed to deserialize the JSON body into the target type: ${reason}`,
    ]);
  });
});

describe("rules", () => {
  test("are written, read back in order, and deleted", async () => {
    const written = await admin.call("PUT", "/limits/rules", [
      { pattern: "a", limits: { concurrency: 2 }, description: "x" },
      { pattern: "b/*", disabled: true, precondition: { type: "does_not_exist" } },
    ]);
    expect(written.json).toEqual([
      {
        pattern: "a",
        limits: { concurrency: 2 },
        description: "x",
        disabled: false,
        version: 1,
        last_modified_millis_since_epoch: admin.clock.timeMs,
      },
      {
        pattern: "b/*",
        limits: {},
        disabled: true,
        version: 1,
        last_modified_millis_since_epoch: admin.clock.timeMs,
      },
    ]);
    expect(admin.rules.view().rules).toHaveLength(2);
    const conflict = await admin.call("POST", "/limits/rules/bulk-delete", [
      { pattern: "a", expected_version: 9 },
    ]);
    expect([conflict.status, conflict.json.message]).toEqual([
      409,
      "rule precondition Matches(v9) for pattern a failed (actual version: Some(v1))",
    ]);
    const deleted = await admin.call("POST", "/limits/rules/bulk-delete", [
      { pattern: "a" },
      { pattern: "nope" },
      { pattern: "b/*" },
    ]);
    expect(deleted.json).toEqual(["a", "b/*"]);
  });

  test.each([
    [{}, "invalid type: map, expected a sequence"],
    [[{ limits: {} }], "[0]: missing field `pattern`"],
    [[{ pattern: "a/b/c/d" }], "[0].pattern: too many path components (max 3)"],
    [
      [{ pattern: "a", limits: { concurrency: 0 } }],
      "[0].limits.concurrency: invalid value: integer `0`, expected a nonzero u32",
    ],
  ])("%j is refused in plain text", async (body, reason) => {
    const reply = await admin.call("PUT", "/limits/rules", body);
    expect([reply.status, reply.text]).toEqual([
      422,
      `Failed to deserialize the JSON body into the target type: ${reason}`,
    ]);
  });
});
