/** The request that starts an attempt: deployment, version, headers, state. */

import { describe, expect, test } from "vitest";
import { COMMAND_TYPES, invocationIdToBytes } from "#model";
import { FakeNode, OBJECT } from "./fake-node.ts";
import { startOf } from "./observations.ts";

describe("the request", () => {
  test("carries the headers of the protocol and the replay", () => {
    const node = new FakeNode();
    const id = node.invoke(OBJECT, {
      traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      idempotencyKey: "i",
    });
    const { request } = node.stream;

    expect(request.method).toBe("POST");
    expect(request.path).toBe("/prefix/invoke/Obj/h?q=1");
    expect([...(request.staticHeaders ?? []), ...request.headers]).toEqual([
      ["content-type", "application/vnd.restate.invocation.v7"],
      ["accept", "application/vnd.restate.invocation.v7"],
      ["x-restate-cluster-name", "test-cluster"],
      ["x-extra", "1"],
      ["x-restate-invocation-id", id],
      ["x-restate-service-key", "k%2F1"],
      ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ]);
    expect(startOf(node)).toMatchObject({
      debugId: id,
      knownEntries: 1,
      key: "k/1",
      idempotencyKey: "i",
      partialState: false,
    });
    expect(new Uint8Array(startOf(node).id)).toEqual(invocationIdToBytes(id));
    expect(node.stream.sent.map(({ type }) => type)).toEqual([0, COMMAND_TYPES.input]);
    expect(node.stream.isEnded).toBe(false);
  });

  test("keeps its static headers between calls, so that they are encoded once", () => {
    const node = new FakeNode();
    node.invoke();
    node.invoke();

    expect(node.streams[0]?.request.staticHeaders).toBe(node.streams[1]?.request.staticHeaders);
  });

  test.each([
    [6, 6],
    [7, 7],
    [9, 7],
  ])("a deployment up to version %i is called with version %i", (max, version) => {
    const node = new FakeNode();
    node.schema.addDeployment({ maxProtocolVersion: max });
    node.invoke(OBJECT, { idempotencyKey: "i" });

    expect(node.stream.request.staticHeaders?.[0]?.[1]).toBe(
      `application/vnd.restate.invocation.v${version}`,
    );
    expect(startOf(node).idempotencyKey ?? undefined).toBe(version === 7 ? "i" : undefined);
  });

  test("a server that is held back to version 6 does not use version 7", () => {
    const node = new FakeNode({ protocolVersionMax: 6 });
    node.invoke();

    expect(node.stream.request.staticHeaders?.[0]?.[1]).toMatch(/v6$/);
  });
});

describe("state", () => {
  const entries = [["a", Uint8Array.of(1)] as const];

  test("goes with Start, in full or marked partial", () => {
    for (const partial of [false, true]) {
      const node = new FakeNode();
      node.state = { entries, partial };
      node.invoke(OBJECT);

      expect(startOf(node).stateMap).toHaveLength(1);
      expect(startOf(node).partialState).toBe(partial);
    }
  });

  test.each([
    ["lazy handler", { lazyState: true }, {}],
    ["limit of zero", {}, { eagerStateBytesMax: 0 }],
  ])("%s: nothing is sent, and nothing is claimed", (_name, options, limits) => {
    const node = new FakeNode({ limits });
    node.schema.options = { ...node.schema.options, ...options };
    node.state = { entries, partial: false };
    node.invoke(OBJECT);

    expect(startOf(node)).toMatchObject({ stateMap: [], partialState: true });
  });

  test("plain services claim nothing", () => {
    const node = new FakeNode();
    node.invoke();

    expect(startOf(node)).toMatchObject({ stateMap: [], partialState: true });
  });
});
