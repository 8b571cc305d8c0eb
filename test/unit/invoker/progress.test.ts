/** What flows over a healthy stream, both ways. */

import { describe, expect, test } from "vitest";
import { COMMAND_TYPES, encodeSignal, NOTIFICATION_TYPES } from "#model";
import { restate } from "#proto/restate-protocol.js";
import { DEPLOYMENT, entryOf, FakeNode, message } from "./fake-node.ts";
import { END, output, proposal, run, sleep, suspension } from "./messages.ts";
import { failureOf, kindsOf, REQUIRES_ACK, startOf } from "./observations.ts";

describe("progress", () => {
  test("Output and End of one chunk are one report, after the pin", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.stream.head();
    node.stream.send(output(), END);

    expect(node.reports).toHaveLength(1);
    expect(node.reports[0]).toMatchObject({ id, token: 1 });
    expect(node.events).toMatchObject([
      { kind: "pin", deploymentId: DEPLOYMENT, protocolVersion: 7 },
      { kind: "command", type: COMMAND_TYPES.output, command: { kind: "output" } },
      { kind: "end" },
    ]);
    expect(node.stream.isEnded).toBe(true);
    expect(node.invoker.status(id)).toBeUndefined();
  });

  test("bodies are copies: the receive buffer may be reused", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(output("kept"), END);

    expect(node.events[1]).toMatchObject({
      command: { result: { value: new Uint8Array(Buffer.from("kept")) } },
    });
  });

  test("a pinned invocation is not pinned again", () => {
    const node = new FakeNode();
    node.invoke(undefined, { pinnedDeploymentId: DEPLOYMENT, pinnedProtocolVersion: 6 });
    node.stream.head();
    node.stream.send(run(1));

    expect(kindsOf(node.events)).toEqual(["command"]);
    expect(node.stream.request.staticHeaders?.[0]?.[1]).toMatch(/v6$/);
  });

  test.each([
    [5, REQUIRES_ACK, false],
    [6, REQUIRES_ACK, false],
    [7, 0, false],
    [7, REQUIRES_ACK, true],
  ])("version %i, flag %i: short acknowledgement %s", (version, flags, ackOnly) => {
    const node = new FakeNode({ protocolVersionMax: version });
    node.invoke();
    node.stream.head();
    node.stream.send(run(1), proposal(1, flags));

    expect(node.events[2]).toMatchObject({ kind: "run-completion", completionId: 1, ackOnly });
  });

  test("a command that asks for it is acknowledged once it is durable, others are not", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.stream.head();
    node.stream.send(sleep(1), sleep(2, REQUIRES_ACK));
    expect(node.events).toMatchObject([{}, { requiresAck: false }, { requiresAck: true }]);

    node.invoker.acknowledgeCommand(id, 1, 2);

    expect(node.stream.sent.at(-1)).toMatchObject({ type: 0x0004, body: Uint8Array.of(8, 2) });
  });
});

describe("notifications", () => {
  const signal = entryOf(NOTIFICATION_TYPES.signal, encodeSignal(1, { kind: "void" }), 1);

  test("are pushed in order, each once, and never what was replayed", () => {
    const node = new FakeNode();
    const id = node.invoke();
    const before = node.stream.sent.length;

    node.invoker.notify(id, 1, 0, signal);
    node.invoker.notify(id, 1, 3, signal);
    node.invoker.notify(id, 1, 3, signal);
    node.invoker.acknowledgeRun(id, 1, 5, 9);
    node.invoker.acknowledgeRun(id, 1, 5, 9);

    expect(node.stream.sent.slice(before).map(({ type }) => type)).toEqual([
      NOTIFICATION_TYPES.signal,
      0x0007,
    ]);
  });

  test("of another token are dropped", () => {
    const node = new FakeNode();
    const id = node.invoke();
    const before = node.stream.sent.length;

    node.invoker.notify(id, 2, 3, signal);

    expect(node.stream.sent).toHaveLength(before);
  });

  test("that arrive while the journal is read are sent after the replay, unless it has them", async () => {
    const node = new FakeNode();
    const { promise, resolve } = Promise.withResolvers<never>();
    node.nextInput = promise;
    const id = node.invoke();
    node.append(id, signal);
    node.invoker.notify(id, 1, 1, signal);
    node.invoker.notify(id, 1, 2, signal);

    resolve(node.inputs.get(id) as never);
    await promise;
    await Promise.resolve();

    expect(startOf(node).knownEntries).toBe(2);
    expect(node.stream.sent.map(({ type }) => type)).toEqual([
      0,
      COMMAND_TYPES.input,
      NOTIFICATION_TYPES.signal,
      NOTIFICATION_TYPES.signal,
    ]);
  });

  test("after the half-close nothing is sent", () => {
    const node = new FakeNode();
    node.schema.options = { ...node.schema.options, inactivityTimeoutMs: 0 };
    const id = node.invoke();
    expect(node.stream.isEnded).toBe(true);

    node.invoker.notify(id, 1, 3, signal);

    expect(node.stream.sent).toHaveLength(2);
  });
});

describe("suspension", () => {
  test.each([
    [6, false],
    [7, true],
  ])("version %i: event %s, and the stay ends", (version, recordEvent) => {
    const node = new FakeNode({ protocolVersionMax: version });
    const id = node.invoke();
    node.stream.head();
    const lists = { waitingCompletions: [1], waitingSignals: [1] };
    node.stream.send(sleep(1), suspension(version === 7 ? { awaitingOn: lists } : lists));

    expect(node.events.at(-1)).toMatchObject({
      kind: "suspend",
      recordEvent,
      future: { combinator: "unknown", completions: [1], signals: [1] },
    });
    expect(node.invoker.status(id)).toBeUndefined();
    node.invoker.invoke(node, id, 2);
    expect(node.streams).toHaveLength(2);
  });

  test("of nothing fails the attempt", () => {
    const node = new FakeNode();
    node.invoke();
    node.stream.head();
    node.stream.send(suspension({}));

    expect(failureOf(node)).toMatchObject({
      documentedCode: "RT0012",
      message: "got empty SuspensionMessage",
    });
  });

  test("on a future beyond the depth limit pauses", () => {
    const node = new FakeNode({ limits: { futureDepthMax: 2 } });
    node.invoke();
    node.stream.head();
    const leaf = { waitingCompletions: [1] };
    const tooDeep = { nestedFutures: [{ nestedFutures: [leaf] }] };
    node.stream.send(suspension({ awaitingOn: tooDeep }));

    expect(node.events.at(-1)).toMatchObject({
      kind: "pause",
      cause: {
        documentedCode: "RT0025",
        failure: { message: "maximum awaited future depth limit of 2 has been reached." },
      },
    });
  });

  test("what a handler says it awaits is shown, and reported as nothing", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.stream.head();
    const body = restate.AwaitingOnMessage.encode({ awaitingOn: { waitingSignals: [17] } });
    node.stream.send(message(0x0006, body.finish()));

    expect(node.reports).toEqual([]);
    expect(node.invoker.status(id)?.lastAwaitingOn).toMatchObject({ signals: [17] });
  });
});
