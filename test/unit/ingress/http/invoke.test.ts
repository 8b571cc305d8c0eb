import { describe, expect, test } from "vitest";
import { ServerError } from "#errors";
import { failureOf, type InvocationId } from "#model";
import { BodyError } from "../../../../src/ingress/server-exchange.ts";
import { Harness, handlerOf, JSON_TYPE, NOW_MS } from "../support.ts";

const DAY_MS = 86_400_000;

describe("call", () => {
  test("a result is answered with id, content type and payload", async () => {
    const harness = new Harness();

    const answer = await harness.send("POST", "/Echo/echo", {
      headers: JSON_TYPE,
      body: '{"a":1}',
    });

    expect(answer.status).toBe(200);
    expect(answer.text).toBe('{"a":1}');
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("x-restate-id")).toBe(harness.partitions.lastInvocation.id);
    expect(answer.headers.has("idempotency-expires")).toBe(false);
  });

  test("an empty result has no content type unless the manifest asks for it", async () => {
    const output = { contentType: "text/plain", setContentTypeIfEmpty: true };
    const harness = new Harness({
      handlers: [handlerOf("A", "b"), handlerOf("A", "c", { output })],
    });

    const without = await harness.send("POST", "/A/b");
    const withType = await harness.send("POST", "/A/c");

    expect(without.headers.has("content-type")).toBe(false);
    expect(withType.headers.get("content-type")).toBe("text/plain");
  });

  test("a stored completion says when it expires", async () => {
    const harness = new Harness();
    harness.partitions.reply = (request) => ({
      kind: "result",
      target: undefined,
      invocationId: (request as { request: { id: InvocationId } }).request.id,
      result: { kind: "success", value: Buffer.from("1") },
      expiresAtMs: NOW_MS,
    });

    const answer = await harness.send("GET", "/Echo/echo", { headers: ["idempotency-key", "k"] });

    expect(answer.headers.get("idempotency-expires")).toBe("2026-11-22T16:24:52.917+00:00");
  });

  for (const [code, status] of [
    [599, 599],
    [999, 999],
    [418, 418],
    [200, 200],
    [99, 500],
    [1000, 500],
    [101, 500],
    [0, 500],
  ] as const) {
    test(`a failure with code ${code} is answered with status ${status}`, async () => {
      const harness = new Harness();
      harness.partitions.reply = () => ({
        kind: "result",
        target: undefined,
        invocationId: "inv_1x" as InvocationId,
        result: { kind: "failure", failure: failureOf(code, "boom") },
        expiresAtMs: undefined,
      });

      const answer = await harness.send("POST", "/Echo/echo");

      expect(answer.status).toBe(status);
      expect(answer.text).toBe(`{"code":${code},"message":"boom","source":"invocation"}`);
      expect(answer.headers.get("x-restate-error-source")).toBe("invocation");
      expect(answer.headers.get("x-restate-id")).toBe("inv_1x");
    });
  }

  test("a failure carries stack trace and metadata before the source", async () => {
    const harness = new Harness();
    const failure = { code: 418, message: "m", stacktrace: "s", metadata: [["a", "b"]] } as const;
    harness.partitions.reply = () => ({
      kind: "result",
      target: undefined,
      invocationId: "inv_1x" as InvocationId,
      result: { kind: "failure", failure },
      expiresAtMs: undefined,
    });

    const { text } = await harness.send("POST", "/Echo/echo");

    expect(text).toBe(
      '{"code":418,"message":"m","stacktrace":"s","metadata":{"a":"b"},"source":"invocation"}',
    );
  });
});

describe("send", () => {
  test("an accept is answered with 202 and the id", async () => {
    const harness = new Harness();

    const answer = await harness.send("POST", "/Echo/echo/send", { headers: JSON_TYPE, body: "1" });

    const { id } = harness.partitions.lastInvocation;
    expect(answer.status).toBe(202);
    expect(answer.text).toBe(`{"invocationId":"${id}","status":"Accepted"}`);
    expect(answer.headers.get("x-restate-id")).toBe(id);
  });

  test("a delay is answered with nine fraction digits", async () => {
    const harness = new Harness();

    const answer = await harness.send("POST", "/Echo/echo/send?delay=PT1H");

    const { id, executionTimeMs } = harness.partitions.lastInvocation;
    expect(executionTimeMs).toBe(NOW_MS + 3_600_000);
    expect(answer.text).toBe(
      `{"invocationId":"${id}","executionTime":"2026-11-22T17:24:52.917000000Z",` +
        `"status":"Accepted"}`,
    );
  });

  test("what was accepted before is told so", async () => {
    const harness = new Harness();
    const invocationId = "inv_1x" as InvocationId;
    harness.partitions.reply = () => ({
      kind: "submitted",
      invocationId,
      executionTimeMs: undefined,
      status: "previously-accepted",
    });

    const { text } = await harness.send("POST", "/Flow/k/run/send");

    expect(text).toBe('{"invocationId":"inv_1x","status":"PreviouslyAccepted"}');
  });
});

describe("what reaches the partition", () => {
  test("ids follow from the idempotency key", async () => {
    const harness = new Harness();

    await harness.send("POST", "/Echo/echo", { headers: ["idempotency-key", "k1"] });
    const plain = harness.partitions.requests.at(-1);
    await harness.send("POST", "/Obj/k1/hold", { headers: ["idempotency-key", "s2"] });
    const keyed = harness.partitions.lastInvocation;

    expect(plain).toMatchObject({
      fresh: false,
      request: { id: "inv_1bMRA1oXbedv28z3P0syegQaTgEe5xQNnE", idempotencyKey: "k1" },
    });
    expect(keyed.id).toBe("inv_1foAirY4KKzi0OkEjwXVSZ4UTS63seVy0h");
  });

  test("workflow runs have the id of their key and scope, and no idempotency key", async () => {
    const harness = new Harness();

    await harness.send("POST", "/Flow/w1/run");
    const plain = harness.partitions.lastInvocation;
    await harness.send("POST", "/restate/scope/sc1/call/Flow/w1/run");
    const scoped = harness.partitions.lastInvocation;

    expect(plain.id).toBe("inv_12kpUQONmeFb40HPiUbKSfrH18FxSmvYzH");
    expect(plain.idempotencyKey).toBeUndefined();
    expect(scoped.id).toBe("inv_15XrKI6E8WY61k7NYSwM8C7hzHyMI9zJ2p");
    expect(harness.partitions.requests).toMatchObject([{ fresh: false }, { fresh: false }]);
  });

  test("services and objects without an idempotency key get a fresh ULID", async () => {
    const harness = new Harness();

    for (const path of ["/Echo/echo", "/Obj/k/key", "/Echo/echo"]) {
      await harness.send("POST", path);
      expect(harness.partitions.lastInvocation.idempotencyKey).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
      expect(harness.partitions.requests.at(-1)).toMatchObject({ fresh: true });
    }

    const ids = harness.partitions.requests.map((it) => "request" in it && it.request.id);
    expect(new Set(ids).size).toBe(3);
  });

  test("shared workflow handlers get no idempotency key, and keep one that was sent", async () => {
    const harness = new Harness();

    await harness.send("POST", "/Flow/w1/peek");
    const without = harness.partitions.lastInvocation;
    expect(harness.partitions.requests.at(-1)).toMatchObject({ fresh: true });
    await harness.send("POST", "/Flow/w1/peek", { headers: ["idempotency-key", ""] });
    const withKey = harness.partitions.lastInvocation;

    expect(without.idempotencyKey).toBeUndefined();
    expect(withKey.idempotencyKey).toBe("");
  });

  test("headers are recorded once, in order, without those of the connection", async () => {
    const harness = new Harness();
    const headers = [
      ...["host", "x", "x-a", "1", "connection", "close", "x-a", "2", "cookie", "c=1"],
      ...["idempotency-key", "k", "idempotency-expires", "never", "content-length", "0"],
    ];

    await harness.send("POST", "//Echo/headers//?foo=bar&x=%20+#frag", { headers });

    expect(harness.partitions.lastInvocation.headers).toEqual([
      ["x-restate-ingress-path", "/Echo/headers?foo=bar&x=%20+"],
      ["x-a", "1"],
      ["cookie", "c=1"],
      ["content-length", "0"],
    ]);
  });

  test("keys and scopes are percent-decoded, nothing else is", async () => {
    const harness = new Harness();

    await harness.send("POST", "/Obj/a%20b%2Fc+%zz/key");
    const keyed = harness.partitions.lastInvocation.target;
    await harness.send("POST", "/Obj//key/");
    const empty = harness.partitions.lastInvocation.target;
    await harness.send("POST", "/Obj/\u00e9%C3%A9/key");
    const accented = harness.partitions.lastInvocation.target;
    await harness.send("POST", "/restate/scope/s%631/call/Echo/echo");
    const scoped = harness.partitions.lastInvocation.target;
    const literal = await harness.send("POST", "/Ech%6F/echo");

    expect(keyed.key).toBe("a b/c+%zz");
    expect(empty.key).toBe("");
    expect(accented.key).toBe("\u00e9\u00e9");
    expect(scoped).toMatchObject({ scope: "sc1", key: undefined });
    expect(literal.status).toBe(404);
  });

  test("a handler called send is called, and sent to", async () => {
    const harness = new Harness();

    await harness.send("POST", "/Echo/send");
    expect(harness.partitions.requests.at(-1)).toMatchObject({ mode: "call" });
    await harness.send("POST", "/Obj/send/send/send");
    expect(harness.partitions.requests.at(-1)).toMatchObject({ mode: "send" });
    expect(harness.partitions.lastInvocation.target).toMatchObject({
      key: "send",
      handler: "send",
    });
  });

  test("limit keys need a scope; the header wins even when it is empty", async () => {
    const harness = new Harness();
    const path = "/restate/scope/s/call/Echo/echo?limit-key=a%2Fb";

    await harness.send("POST", path);
    const fromQuery = harness.partitions.lastInvocation.limitKey;
    await harness.send("POST", path, { headers: ["x-restate-limit-key", "c/"] });
    const fromHeader = harness.partitions.lastInvocation.limitKey;
    await harness.send("POST", path, { headers: ["x-restate-limit-key", ""] });
    const none = harness.partitions.lastInvocation.limitKey;

    expect([fromQuery, fromHeader, none]).toEqual(["a/b", "c", undefined]);
  });

  test("retention follows the handler at the time of the request", async () => {
    const options = { idempotencyRetentionMs: 5, journalRetentionMs: 9 };
    const harness = new Harness({ handlers: [handlerOf("A", "b", { options })] });

    await harness.send("POST", "/A/b");
    const before = harness.partitions.lastInvocation.retention;
    harness.schema.handlers = [handlerOf("A", "b")];
    harness.schema.version += 1;
    await harness.send("POST", "/A/b");
    const after = harness.partitions.lastInvocation.retention;

    expect(before).toEqual({ completionMs: 5, journalMs: 5 });
    expect(after).toEqual({ completionMs: DAY_MS, journalMs: DAY_MS });
  });

  test("only a well-formed traceparent is passed on", async () => {
    const harness = new Harness();
    const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const bad = "00-00000000000000000000000000000000-b7ad6b7169203331-01";

    for (const [value, expected] of [
      [good, good],
      [bad, undefined],
      ["x", undefined],
    ] as const) {
      await harness.send("POST", "/Echo/echo", { headers: ["traceparent", value] });
      expect(harness.partitions.lastInvocation.traceParent).toBe(expected);
    }
  });
});

describe("failures on the way", () => {
  const ADVICE =
    "If the request has an 'idempotency-key', it can be safely retried, otherwise " +
    "submitting it again may result in executing the invocation twice.";

  test("a partition without a leader is a 503 with advice", async () => {
    const harness = new Harness();
    harness.partitions.reply = () => {
      const details = { partitionId: 1, waitedMs: 1 } as never;
      throw new ServerError("PARTITION_UNAVAILABLE", "no leader", { details });
    };

    const call = await harness.send("POST", "/Echo/echo");
    const attach = await harness.send("GET", "/restate/workflow/Flow/k/attach");
    const awakeable = await harness.send("POST", `/restate/a/${AWAKEABLE}/resolve`);

    expect([call.status, attach.status, awakeable.status]).toEqual([503, 503, 503]);
    expect(call.message).toBe(`internal routing error: no leader. ${ADVICE}`);
    expect(attach.message).toBe(
      "internal routing error: no leader. You may safely retry the request.",
    );
    expect(awakeable.message).toBe(
      "internal routing error: no leader. " +
        "Submitting the request again may result in executing the operation twice.",
    );
  });

  test("a full partition is a 429", async () => {
    const harness = new Harness();
    harness.partitions.reply = () => {
      throw new ServerError("PARTITION_OVERLOADED", "full", { details: {} as never });
    };

    const answer = await harness.send("POST", "/Echo/echo");

    expect(answer.status).toBe(429);
    expect(answer.message).toBe("too many requests, the ingress is overloaded. Retry later.");
  });

  test("a full disk is a 503 that says so, and that a retry is safe", async () => {
    const harness = new Harness();
    harness.partitions.reply = () => {
      throw new ServerError("STORAGE_FULL", "The disk below the log is full", {
        details: { partitionId: 1 },
      });
    };

    const answer = await harness.send("POST", "/Echo/echo");

    expect(answer.status).toBe(503);
    expect(answer.message).toBe(
      "The disk below the log is full. You may safely retry the request.",
    );
  });

  test("an unexpected error is a 500 that tells nothing, and a log line that does", async () => {
    const harness = new Harness();
    harness.partitions.reply = () => {
      throw new Error("secret");
    };

    const answer = await harness.send("POST", "/Echo/echo");

    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("secret");
    expect(harness.logger.errors).toHaveLength(1);
  });

  test("a body found too large while it is read is a JSON 413", async () => {
    const harness = new Harness();
    const readBody = () => Promise.reject(new BodyError("too-large"));

    const answer = await harness.send("POST", "/Echo/echo", { readBody });

    expect(answer.text).toBe(
      '{"code":413,"message":"cannot read body: LengthLimitError","source":"ingress"}',
    );
  });

  test("a body announced too large is a plain 413 without cross-origin headers", async () => {
    const harness = new Harness();

    const answer = await harness.send("OPTIONS", "/", { contentLength: 1_001 });

    expect(answer).toMatchObject({ status: 413, text: "length limit exceeded" });
    expect(Object.fromEntries(answer.headers)).toEqual({
      "content-type": "text/plain; charset=utf-8",
    });
  });

  test("deployments below the oldest spoken protocol version are named as deprecated", async () => {
    const harness = new Harness();
    harness.schema.maxProtocolVersion = 4;

    const { message } = await harness.send("POST", "/Echo/echo");

    expect(message).toBe(
      "the service Echo is exposed by the deprecated deployment dp_1. " +
        "Upgrade the SDK used by Echo.",
    );
  });

  test("scopes can be switched off", async () => {
    const harness = new Harness({ features: { scopes: false } });

    const { message } = await harness.send("POST", "/restate/scope/s/call/Echo/echo");

    expect(message).toBe("scoped invocations require vqueues to be enabled");
  });
});

const AWAKEABLE = "sign_1CWcH3S39Tn3AmYkjL0JW2vpWwt2kDq2UAAAAEQ";
