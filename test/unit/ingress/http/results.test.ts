// Attach, output, lookup, awakeables, health, and what surrounds every route.
import { describe, expect, test } from "vitest";
import type { InvocationId } from "#model";
import type { PartitionReply } from "#partition";
import type { IngressMetrics } from "../../../../src/ingress/ingress-metrics.ts";
import { Harness, handlerOf, NOW_MS } from "../support.ts";

const ID = "inv_1bMRA1oXbedv28z3P0syegQaTgEe5xQNnE" as InvocationId;
const STORED: PartitionReply = {
  kind: "result",
  target: undefined,
  invocationId: ID,
  result: { kind: "success", value: Buffer.from("1") },
  expiresAtMs: NOW_MS,
};

describe("attach and output", () => {
  test("the two 404 shapes differ", async () => {
    const harness = new Harness();

    const attach = await harness.send("GET", `/restate/attach/${ID}`);
    const output = await harness.send("GET", `/restate/output/${ID}`);

    expect(attach.text).toBe('{"code":404,"message":"not found","source":"invocation"}');
    expect(attach.headers.get("x-restate-id")).toBe(ID);
    expect(output.text).toBe('{"code":404,"message":"invocation not found","source":"ingress"}');
    expect(output.headers.has("x-restate-id")).toBe(false);
  });

  test("output of something that runs is a 470", async () => {
    const harness = new Harness();
    harness.partitions.reply = () => ({ kind: "not-completed" });

    const answer = await harness.send("GET", `/restate/invocation/${ID}/output`);

    expect(answer.status).toBe(470);
    expect(answer.message).toBe("the invocation exists but has not completed yet");
  });

  test("a stored result is answered like a call, with its expiry", async () => {
    const harness = new Harness();
    harness.partitions.reply = () => STORED;

    const answer = await harness.send("GET", `/restate/attach/${ID}`);

    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "x-restate-id": ID,
      "idempotency-expires": "2026-11-22T16:24:52.917+00:00",
      "content-type": "application/json",
    });
  });

  test("the content type is that of the handler that request or partition names", async () => {
    const output = { contentType: "text/plain", setContentTypeIfEmpty: false };
    const harness = new Harness({ handlers: [handlerOf("T", "text", { output })] });
    harness.partitions.reply = () => STORED;

    const named = await harness.send("GET", "/restate/invocation/T/text/k/attach");
    harness.partitions.reply = () => ({
      ...STORED,
      target: {
        serviceType: "service",
        handlerType: "shared",
        service: "T",
        handler: "text",
        key: undefined,
        scope: undefined,
      },
    });
    const byId = await harness.send("GET", `/restate/attach/${ID}`);

    expect(named.headers.get("content-type")).toBe("text/plain");
    expect(byId.headers.get("content-type")).toBe("text/plain");
  });

  const PATHS = [
    ["/restate/invocation/Echo/echo/k1/attach", ID],
    ["/restate/invocation/Obj/k1/hold/s2/output", "inv_1foAirY4KKzi0OkEjwXVSZ4UTS63seVy0h"],
    ["/restate/workflow/Flow/w1/attach", "inv_12kpUQONmeFb40HPiUbKSfrH18FxSmvYzH"],
    ["/restate/workflow/Flow/w%31/output", "inv_12kpUQONmeFb40HPiUbKSfrH18FxSmvYzH"],
  ] as const;
  for (const [path, invocationId] of PATHS) {
    test(`${path} asks for ${invocationId}`, async () => {
      const harness = new Harness();

      await harness.send("GET", path);

      expect(harness.partitions.requests).toMatchObject([{ invocationId }]);
    });
  }

  test("a target body may name a scope, which paths cannot", async () => {
    const harness = new Harness();
    const target = { target: "workflow", workflowName: "Flow", workflowKey: "w1", scope: "sc1" };

    await harness.send("POST", "/restate/output", { body: JSON.stringify(target) });

    expect(harness.partitions.requests).toEqual([
      { kind: "get-invocation-output", invocationId: "inv_15XrKI6E8WY61k7NYSwM8C7hzHyMI9zJ2p" },
    ]);
  });
});

describe("lookup", () => {
  const LOOKUPS = [
    [{ target: "invocation", invocationId: ID }, ID],
    [
      { target: "idempotentInvocation", service: "Nope", handler: "echo", idempotencyKey: "k1" },
      "inv_19TnzV70W5dZ5400vGtxBKg69FKSMfXeDa",
    ],
    [
      {
        target: "idempotentInvocation",
        service: "Obj",
        key: null,
        handler: "key",
        scope: null,
        idempotencyKey: "k1",
      },
      "inv_14qsUwRuf4G902rWtpyMcrIyabksosUyr3",
    ],
    [
      {
        target: "idempotentInvocation",
        service: "Obj",
        key: "k",
        handler: "key",
        scope: "s",
        idempotencyKey: "k1",
      },
      "inv_11110Rzeqthr29aaEJOXwkzPVqdN3qHIkA",
    ],
    [
      { target: "workflow", workflowName: "Flow", workflowKey: "w1", unknown: 1 },
      "inv_12kpUQONmeFb40HPiUbKSfrH18FxSmvYzH",
    ],
  ] as const;
  for (const [body, invocationId] of LOOKUPS) {
    test(`${JSON.stringify(body)} is ${invocationId}`, async () => {
      const harness = new Harness();

      const answer = await harness.send("POST", "/restate/lookup", { body: JSON.stringify(body) });

      expect(answer.text).toBe(`{"invocationId":"${invocationId}"}`);
      expect(answer.headers.has("x-restate-id")).toBe(false);
      expect(harness.partitions.requests).toEqual([]);
    });
  }

  const MALFORMED = [
    ['{"target":"workflow","workflowName":"Flow"}', "missing field `workflowKey`"],
    [
      '{"target":"workflow","workflowName":1,"workflowKey":"w1"}',
      "invalid type: integer `1`, expected a string",
    ],
    [
      '{"target":"foo"}',
      "unknown variant `foo`, expected one of `workflow`, `idempotentInvocation`, `invocation`",
    ],
    ["[]", "missing field `target`"],
    ['{"__proto__":{"target":"workflow"}}', "missing field `target`"],
    ["", "EOF while parsing a value at line 1 column 0"],
    ["1", "invalid type: integer `1`, expected internally tagged enum InvocationTargetRequest"],
    ["null", "invalid type: null, expected internally tagged enum InvocationTargetRequest"],
  ] as const;
  for (const [body, reason] of MALFORMED) {
    test(`${JSON.stringify(body)} is refused: ${reason}`, async () => {
      const harness = new Harness();

      const lookup = await harness.send("POST", "/restate/lookup", { body });
      const attach = await harness.send("POST", "/restate/attach", { body });

      expect(lookup.status).toBe(500);
      expect(lookup.message).toBe(`cannot read body: invalid lookup body: ${reason}`);
      expect(attach.message).toBe(`cannot read body: invalid request body: ${reason}`);
    });
  }
});

describe("awakeables", () => {
  const AWAKEABLE = "sign_1CWcH3S39Tn3AmYkjL0JW2vpWwt2kDq2UAAAAEQ";

  test("resolve stores the body byte for byte", async () => {
    const harness = new Harness();

    const answer = await harness.send("POST", `/restate/a/${AWAKEABLE}/resolve`, {
      headers: ["content-type", "whatever"],
      body: Buffer.from([0, 255]),
    });

    expect(answer).toMatchObject({ status: 202, text: "" });
    expect(answer.headers.has("content-type")).toBe(false);
    expect(harness.partitions.requests).toMatchObject([
      {
        kind: "append-signal",
        signal: 17,
        result: { kind: "success", value: Buffer.from([0, 255]) },
      },
    ]);
  });

  test("reject makes the body the message of a failure with code 500", async () => {
    const harness = new Harness();

    await harness.send("POST", `/restate/awakeables/${AWAKEABLE}/reject`, { body: "my reason" });

    expect(harness.partitions.requests).toMatchObject([
      { result: { kind: "failure", failure: { code: 500, message: "my reason" } } },
    ]);
  });

  test("an id of old protocol versions is accepted and has no effect", async () => {
    const harness = new Harness();

    const id = AWAKEABLE.replace("sign", "prom");
    const answer = await harness.send("POST", `/restate/a/${id}/resolve`);

    expect(answer.status).toBe(202);
    expect(harness.partitions.requests).toEqual([]);
  });
});

describe("around every route", () => {
  test("health lists all services, private ones too, whatever follows", async () => {
    const harness = new Harness();

    const answer = await harness.send("GET", "/restate/health/anything/else");

    expect(answer.text).toBe('{"services":["Echo","Obj","Flow","Priv"]}');
  });

  test("a preflight mirrors what it asks for and reaches no handler", async () => {
    const harness = new Harness();
    const headers = [
      ...["origin", "http://foo.com", "access-control-request-method", "POST"],
      ...["access-control-request-headers", "content-type,idempotency-key"],
    ];

    const answer = await harness.send("OPTIONS", "/", { headers });

    expect(answer).toMatchObject({ status: 200, text: "" });
    expect(Object.fromEntries(answer.headers)).toEqual({
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type,idempotency-key",
      "access-control-allow-origin": "http://foo.com",
      vary: "origin, access-control-request-method, access-control-request-headers",
    });
  });

  test("the origin is mirrored on answers and refusals, and absent without one", async () => {
    const harness = new Harness();
    const headers = ["origin", "http://foo.com"];

    const answered = await harness.send("GET", "/restate/health", { headers });
    const refused = await harness.send("GET", "/", { headers });
    const plain = await harness.send("GET", "/restate/health");

    expect(answered.headers.get("access-control-allow-origin")).toBe("http://foo.com");
    expect(refused.headers.get("access-control-allow-origin")).toBe("http://foo.com");
    expect(plain.headers.has("access-control-allow-origin")).toBe(false);
  });

  test("requests above the limit are shed at once, and admitted after an answer", async () => {
    const events: unknown[] = [];
    const metrics: IngressMetrics = {
      onRequestAdmitted: () => events.push("admitted"),
      onRequestRateLimited: () => events.push("rate-limited"),
      onRequestFinished: (facts) => events.push(facts),
      onConnectionOpened: () => {},
      onConnectionClosed: () => {},
    };
    const harness = new Harness({ concurrentRequestsMax: 1, metrics });
    const { promise, resolve } = Promise.withResolvers<PartitionReply>();
    harness.partitions.reply = () => promise;

    const held = harness.send("POST", "/Echo/echo");
    const shed = await harness.send("POST", "/Echo/echo");
    const preflight = await harness.send("OPTIONS", "/Echo/echo");
    resolve(STORED);
    await held;
    const admitted = await harness.send("GET", "/nowhere");

    expect([shed.status, preflight.status, admitted.status]).toEqual([429, 200, 400]);
    expect(shed.headers.get("x-restate-error-source")).toBe("ingress");
    expect(events).toEqual([
      "admitted",
      "rate-limited",
      { service: "Echo", mode: "call", outcome: "completed", durationMs: 0 },
      "admitted",
      undefined,
    ]);
  });
});
