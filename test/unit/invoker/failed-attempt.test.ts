/** Everything that fails an attempt, and what is remembered of it. */

import { describe, expect, test } from "vitest";
import { COMMAND_TYPES, encodeCompletion, encodeInput, NOTIFICATION_TYPES } from "#model";
import { restate } from "#proto/restate-protocol.js";
import { DEPLOYMENT, entryOf, FakeNode, message, OTHER_DEPLOYMENT } from "./fake-node.ts";
import { END, error, output, run } from "./messages.ts";
import { failureOf, kindsOf, startOf } from "./observations.ts";

describe("failures of the stream", () => {
  test.each([
    [404, {}, "RT0012", 500],
    [500, {}, "RT0012", 500],
    [413, {}, "RT0019", 500],
    [415, {}, "RT0015", 415],
    [429, {}, "RT0023", 500],
    [503, {}, "RT0023", 500],
    [502, {}, "RT0010", 500],
    [504, {}, "RT0010", 500],
    [200, { "content-type": "application/vnd.restate.invocation.v6" }, "RT0012", 500],
    [200, { "content-type": "application/json" }, "RT0012", 500],
  ])("status %i %j: %s", (status, headers, documentedCode, code) => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head(status, headers);

    expect(failureOf(node)).toMatchObject({ documentedCode, code });
    expect(kindsOf(node.events)).toEqual(["fail-attempt"]);
  });

  test("any 2xx with the right content type is fine", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head(202);
    node.stream.send(output(), END);

    expect(kindsOf(node.events)).toEqual(["pin", "command", "end"]);
  });

  test("the end of the response without a last word", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(run(1));
    node.stream.end();

    expect(failureOf(node)).toMatchObject({ documentedCode: "RT0007", message: "unknown" });
  });

  test("a broken connection", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.fail("CONNECTION_LOST");

    expect(failureOf(node)).toMatchObject({
      documentedCode: "RT0010",
      message: "failed with CONNECTION_LOST",
    });
  });

  test("an outcome hides what the stream does afterwards", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(output(), END, run(1));
    node.stream.send(run(2));
    node.stream.fail("STREAM_RESET");

    expect(node.reports).toHaveLength(1);
  });
});

describe("errors of the SDK", () => {
  test.each([
    [500, "RT0007"],
    [570, "RT0016"],
    [571, "RT0012"],
  ])("code %i: %s", (code, documentedCode) => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(
      error({
        code,
        message: "boom",
        stacktrace: "at x",
        relatedCommandIndex: 1,
        relatedCommandName: "nm",
        relatedCommandType: COMMAND_TYPES.run,
      }),
    );

    expect(failureOf(node)).toEqual({
      code,
      message: "boom",
      documentedCode,
      relatedCommandIndex: 1,
      relatedCommandName: "nm",
      relatedCommandType: "Run",
    });
  });

  test("may ask for a pause or for the end", () => {
    for (const [behavior, kind] of [
      [restate.ErrorMessage.Behavior.PAUSE, "pause"],
      [restate.ErrorMessage.Behavior.FAIL, "fail"],
    ] as const) {
      const node = new FakeNode({ protocolVersionMax: 6 });
      node.invoke();
      node.stream.head();
      node.stream.send(error({ code: 418, message: "m", stacktrace: "s", behavior }));

      expect(kindsOf(node.events)).toEqual([kind]);
      expect(node.events[0]).toMatchObject(
        kind === "fail"
          ? { failure: { code: 418, message: "m", stacktrace: "s" } }
          : { cause: { failure: { code: 418, message: "m" }, documentedCode: "RT0007" } },
      );
    }
  });
});

describe("violations are cut at the edge", () => {
  const callee = restate.CallCommandMessage.encode({
    serviceName: "Svc",
    handlerName: "missing",
    name: "c",
  });
  test.each([
    ["Start", message(0x0000), "received unexpected message: Start"],
    ["CommandAck", message(0x0004), "received unexpected message: CommandAck"],
    ["a notification", message(0x800c), "received unexpected message: Notification: Sleep"],
    ["Input", message(0x0400), "received unexpected message: Command: Input"],
    ["an unknown command", message(0x040f), "unknown protocol.message code 0x040F"],
    ["an unknown control message", message(0x0100), "unknown protocol.message code 0x0100"],
    ["a custom message", message(0xfc00), "unknown protocol.message code 0xFC00"],
    ["the last type", message(0xffff), "unknown protocol.message code 0xFFFF"],
    ["End without Output", END, "received End, but the journal holds no Output"],
    [
      "a proposal without result",
      message(0x0005, Uint8Array.of(8, 1)),
      "malformed ProposeRunCompletionMessage, missing result field",
    ],
    ["a broken Error", message(0x0002, Uint8Array.of(0x12, 9)), "cannot decode message Error"],
  ])("%s", (_name, bytes, text) => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(run(1), bytes, run(2), END);

    expect(kindsOf(node.events)).toEqual(["pin", "command", "fail-attempt"]);
    expect(failureOf(node)).toMatchObject({ documentedCode: "RT0012", code: 500 });
    expect(failureOf(node).message).toContain(text);
  });

  test("an oversize message names both sizes", () => {
    const node = new FakeNode({ limits: { messageBytesMax: 100 } });
    node.invoke();
    node.stream.head();
    node.stream.send(message(0x0401, new Uint8Array(101)).subarray(0, 8));

    expect(failureOf(node).documentedCode).toBe("RT0003");
    expect(failureOf(node).message).toMatch(/101 .* 100 /);
    expect(node.stream.isReset).toBe(true);
  });

  test("AwaitingOn is a violation before version 7", () => {
    const node = new FakeNode({ protocolVersionMax: 6 });
    node.invoke();
    node.stream.head();
    node.stream.send(message(0x0006));

    expect(failureOf(node).documentedCode).toBe("RT0012");
  });

  test("a command that cannot be decoded names itself", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(run(1), message(COMMAND_TYPES.sleep, Uint8Array.of(0x08)));

    expect(failureOf(node)).toMatchObject({
      documentedCode: "RT0012",
      relatedCommandIndex: 2,
      relatedCommandType: "Sleep",
    });
    expect(failureOf(node).message).toContain("cannot decode entry: Command: Sleep");
  });

  test("a failed precondition names the command, and is retried", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(run(1), message(COMMAND_TYPES.call, callee.finish()));

    expect(failureOf(node)).toEqual({
      code: 500,
      documentedCode: "RT0018",
      message:
        "cannot process command Command: Call (command index 2) because of a failed " +
        "precondition: the service handler Svc/missing was not found",
      relatedCommandIndex: 2,
      relatedCommandName: "c",
      relatedCommandType: "Call",
    });
  });

  test("End is fine when the Output was replayed", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.stream.fail("CONNECTION_LOST");
    node.append(id, entryOf(COMMAND_TYPES.output, Uint8Array.of(0x72, 0), 1));
    node.invoker.attemptFailureRecorded(id, 1);
    node.pass(100);
    node.stream.head();
    node.stream.send(END);

    expect(kindsOf(node.events)).toEqual(["fail-attempt", "end"]);
  });

  test("command indexes go on after the replayed commands, notifications not counted", () => {
    const node = new FakeNode();
    node.invoke(undefined, {
      entries: [
        entryOf(COMMAND_TYPES.input, encodeInput([], new Uint8Array(0)), 1),
        entryOf(COMMAND_TYPES.sleep, Uint8Array.of(0x58, 1), 1),
        entryOf(NOTIFICATION_TYPES.sleep, encodeCompletion(0x800c, 1, { kind: "void" }), 1),
      ],
    });
    expect(startOf(node).knownEntries).toBe(3);
    node.stream.head();
    node.stream.send(message(COMMAND_TYPES.setState));

    expect(failureOf(node)).toMatchObject({
      documentedCode: "RT0017",
      relatedCommandIndex: 2,
    });
  });
});

describe("deployments that cannot be used", () => {
  test("no deployment of the service", () => {
    const node = new FakeNode();
    node.schema.deployments.clear();
    const id = node.invoke();

    expect(failureOf(node)).toMatchObject({ documentedCode: "RT0011" });
    expect(node.streams).toEqual([]);
    node.schema.addDeployment({});
    node.invoker.attemptFailureRecorded(id, 1);
    node.pass(500);
    expect(startOf(node).retryCountSinceLastStoredEntry).toBe(0);
  });

  test("the pinned deployment is gone", () => {
    const node = new FakeNode();
    node.invoke(undefined, { pinnedDeploymentId: OTHER_DEPLOYMENT, pinnedProtocolVersion: 7 });

    expect(failureOf(node)).toMatchObject({ documentedCode: "RT0011" });
    expect(failureOf(node).message).toContain("was not found in the registry");
  });

  test("no common version", () => {
    const node = new FakeNode({ protocolVersionMax: 6 });
    node.schema.addDeployment({ minProtocolVersion: 7 });
    node.invoke();

    expect(failureOf(node)).toMatchObject({ documentedCode: "RT0013" });
  });

  test("the pinned version is not in the range of the deployment", () => {
    const node = new FakeNode();
    node.schema.addDeployment({ minProtocolVersion: 7 });
    node.invoke(undefined, { pinnedDeploymentId: DEPLOYMENT, pinnedProtocolVersion: 6 });

    expect(failureOf(node)).toMatchObject({ documentedCode: "RT0014" });
  });

  test("a journal that cannot be read", async () => {
    const node = new FakeNode();
    node.nextInput = Promise.reject(new Error("disk"));
    node.invoke();
    await new Promise((resolve) => setImmediate(resolve));

    expect(failureOf(node)).toMatchObject({ documentedCode: "RT0006" });
  });
});
