/** What happens after a failure, and when nothing happens. */
import { describe, expect, test } from "vitest";
import { encodeCompletion, NOTIFICATION_TYPES } from "#model";
import { entryOf, FakeNode, OTHER_DEPLOYMENT } from "./fake-node.ts";
import { END, error, output, run } from "./messages.ts";
import { failureOf, kindsOf, startOf } from "./observations.ts";

describe("retries", () => {
  test("wait until the failure is recorded, then for the delay", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.stream.fail("CONNECT_FAILED");
    node.pass(10_000);
    expect(node.streams).toHaveLength(1);

    node.invoker.attemptFailureRecorded(id, 1);
    node.pass(0);

    expect(node.streams).toHaveLength(2);
  });

  test("follow the policy, then pause with the last cause", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.stream.fail("CONNECT_FAILED");
    node.invoker.attemptFailureRecorded(id, 1);
    expect(node.invoker.status(id)).toMatchObject({
      phase: "backing-off",
      retryCount: 1,
      nextRetryAtMs: node.nowMs + 100,
      lastFailure: { documentedCode: "RT0010" },
    });
    node.pass(99);
    expect(node.streams).toHaveLength(1);
    node.pass(1);
    expect(node.streams).toHaveLength(2);
    expect(startOf(node).retryCountSinceLastStoredEntry).toBe(1);

    node.stream.fail("CONNECT_FAILED");
    node.invoker.attemptFailureRecorded(id, 1);
    node.pass(200);
    node.stream.fail("CONNECT_FAILED");

    expect(kindsOf(node.events)).toEqual(["fail-attempt", "fail-attempt", "pause"]);
    expect(node.invoker.status(id)).toBeUndefined();
  });

  test("may end in the failure itself", () => {
    const node = new FakeNode();
    const retryPolicy = { ...node.schema.options.retryPolicy, maxAttempts: 1 };
    node.schema.options = {
      ...node.schema.options,
      retryPolicy: { ...retryPolicy, onMaxAttempts: "kill" },
    };
    node.invoke();
    node.stream.head();
    node.stream.send(run(1), error({ code: 507, message: "x2", stacktrace: "s" }));

    expect(node.events.at(-1)).toMatchObject({
      kind: "fail",
      failure: { code: 507, message: "x2", stacktrace: "s" },
    });
  });

  test("that the deployment asked for use no budget", () => {
    const node = new FakeNode();
    const id = node.invoke();
    for (let attempt = 1; attempt <= 12; attempt++) {
      if (attempt % 2 === 0) node.stream.head(503, { "retry-after": "0" });
      else {
        node.stream.head();
        node.stream.send(error({ code: 500, nextRetryDelay: 20 as never }));
      }
      expect(node.events.at(-1)).toMatchObject({ kind: "fail-attempt" });
      node.invoker.attemptFailureRecorded(id, 1);
      node.pass(20);
      expect(node.streams).toHaveLength(attempt + 1);
    }
  });

  test("that the deployment asked for leave the whole budget to the others", () => {
    const node = new FakeNode();
    const id = node.invoke();
    for (const nextRetryDelay of [1, 1, undefined, 1, undefined]) {
      node.stream.head();
      node.stream.send(
        error(
          nextRetryDelay === undefined
            ? { code: 500 }
            : { code: 500, nextRetryDelay: nextRetryDelay as never },
        ),
      );
      node.invoker.attemptFailureRecorded(id, 1);
      node.pass(1000);
    }
    expect(new Set(kindsOf(node.events))).toEqual(new Set(["fail-attempt"]));

    node.stream.fail("CONNECT_FAILED");

    expect(node.events.at(-1)?.kind).toBe("pause");
  });

  test("centuries ahead are cut to a year", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.stream.head(429, { "retry-after": "Fri, 01 Jan 2200 00:00:00 GMT" });
    node.invoker.attemptFailureRecorded(id, 1);

    const yearMs = 365 * 24 * 3600 * 1000;
    expect(node.invoker.status(id)?.nextRetryAtMs).toBe(node.nowMs + yearMs);
  });

  test("count failures since something was stored", () => {
    const node = new FakeNode();
    const id = node.invoke();
    const retryCounts: number[] = [];
    for (const progress of [false, false, true, false]) {
      retryCounts.push(startOf(node).retryCountSinceLastStoredEntry);
      node.stream.head();
      const failure = error({ code: 500, nextRetryDelay: 1 as never });
      node.stream.send(...(progress ? [run(1), failure] : [failure]));
      node.invoker.attemptFailureRecorded(id, 1);
      node.pass(1);
    }
    retryCounts.push(startOf(node).retryCountSinceLastStoredEntry);

    expect(retryCounts).toEqual([0, 1, 2, 1, 2]);
  });

  test("start at once on request, if one is waiting", () => {
    const node = new FakeNode();
    const id = node.invoke();
    expect(node.invoker.retryNow(id)).toBe(false);
    node.stream.fail("CONNECT_FAILED");
    node.invoker.attemptFailureRecorded(id, 1);

    expect(node.invoker.retryNow(id)).toBe(true);

    expect(node.streams).toHaveLength(2);
    node.pass(10_000);
    expect(node.streams).toHaveLength(2);
  });

  test("use the deployment that is the latest by then, unless the invocation is pinned", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.stream.fail("CONNECT_FAILED");
    node.schema.addDeployment({ id: OTHER_DEPLOYMENT, uri: "http://other:1" });
    node.schema.latest = OTHER_DEPLOYMENT;
    node.invoker.attemptFailureRecorded(id, 1);
    node.pass(100);

    expect(node.stream.request.path).toBe("/invoke/Svc/h");
    expect(node.invoker.status(id)?.lastAttemptDeploymentId).toBe(OTHER_DEPLOYMENT);
  });
});

describe("timeouts", () => {
  test("silence half-closes; silence after that cuts the stream", () => {
    const node = new FakeNode();
    node.schema.options = {
      ...node.schema.options,
      inactivityTimeoutMs: 1000,
      abortTimeoutMs: 1500,
    };
    const id = node.invoke();
    node.pass(900);
    node.stream.head();
    node.pass(900);
    node.invoker.notify(
      id,
      1,
      4,
      entryOf(NOTIFICATION_TYPES.sleep, encodeCompletion(0x800c, 1, { kind: "void" }), 1),
    );
    node.pass(999);
    expect(node.stream.isEnded).toBe(false);

    node.pass(1);
    expect(node.stream.isEnded).toBe(true);
    node.pass(1400);
    node.stream.send(run(1));
    node.pass(1499);
    expect(kindsOf(node.events)).toEqual(["pin", "command"]);
    node.pass(1);

    expect(failureOf(node)).toMatchObject({
      documentedCode: "RT0001",
      message: "the invocation stream was closed after the 'abort timeout' (1s 500ms) fired.",
    });
    expect(node.stream.isReset).toBe(true);
  });

  test("a handler may still finish after the half-close", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.pass(60_000);
    node.stream.send(output(), END);

    expect(kindsOf(node.events)).toEqual(["pin", "command", "end"]);
  });

  test("a peer that does not end its response is cut after the drain time", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(output(), END);
    node.pass(4999);
    expect(node.stream.isReset).toBe(false);

    node.pass(1);

    expect(node.stream.isReset).toBe(true);
  });

  test("a peer that ends its response is not cut", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(output(), END);
    node.stream.end();
    node.pass(10_000);

    expect(node.stream.isReset).toBe(false);
  });
});
