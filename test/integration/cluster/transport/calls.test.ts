// Method: real sockets on the loopback interface. Varied: size, number, time and end of calls, and
// what happens to the connection meanwhile.
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ClusterError } from "#base/cluster-error";
import { type IncomingCall, RemoteCallError } from "#transport";
import { appendOf, FINGERPRINT, Journal, TestNode } from "./transport-harness.ts";

let nodes: TestNode[];
let first: TestNode;
let second: TestNode;

beforeEach(async () => {
  first = await TestNode.start({ nodeId: 1 });
  second = await TestNode.start({ nodeId: 2 });
  nodes = [first, second];
  await first.meet(second);
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
});

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: ClusterError) => error.code,
  );
}

describe("calls", () => {
  test("reach the handler with the caller's node id, and bring back its answer", async () => {
    second.transport.register("echo", async (payload, fromNode) =>
      text(`${fromNode}: ${Buffer.from(payload).toString()}`),
    );

    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        first.transport.call({ nodeId: 2, service: "echo" }, text(`${i}`), {}),
      ),
    );

    expect(answers.map((answer) => Buffer.from(answer).toString())).toEqual(
      Array.from({ length: 100 }, (_, i) => `1: ${i}`),
    );
    expect(first.transport.peers()[0]).toMatchObject({ callsSent: 100, callsPending: 0 });
  });

  test("to the node itself run there", async () => {
    first.transport.register("self", async (_payload, fromNode) => text(`${fromNode}`));

    const answer = await first.transport.call({ nodeId: 1, service: "self" }, text(""), {
      timeoutMs: 1000,
    });

    expect(Buffer.from(answer).toString()).toBe("1");
  });

  test("may be answered in any order, long after", async () => {
    const held = new Journal<() => void>();
    second.transport.register(
      "held",
      (payload) => new Promise((resolve) => held.add(() => resolve(payload.slice()))),
    );

    const one = first.transport.call({ nodeId: 2, service: "held" }, text("one"), {});
    const two = first.transport.call({ nodeId: 2, service: "held" }, text("two"), {});
    await held.until((items) => items.length === 2);
    held.items[1]?.();
    const secondAnswer = await two;
    held.items[0]?.();

    expect(Buffer.from(secondAnswer).toString()).toBe("two");
    expect(Buffer.from(await one).toString()).toBe("one");
  });

  test("fail with the handler's error: its code, message and details", async () => {
    second.transport.register("refuse", async (payload) => {
      if (payload.length === 0) {
        throw new ClusterError("NOT_LEADER", "Led elsewhere", { details: { leader: 3 } });
      }
      if (payload.length === 1) {
        throw Object.assign(new Error("Gone"), { code: "INVOCATION_GONE", details: { id: 7n } });
      }
      throw new TypeError("Cannot read properties");
    });
    const call = (length: number) =>
      first.transport
        .call({ nodeId: 2, service: "refuse" }, new Uint8Array(length), {})
        .catch((error: unknown) => error);

    const known = (await call(0)) as ClusterError;
    const foreign = (await call(1)) as RemoteCallError;
    const defect = (await call(2)) as RemoteCallError;

    expect(known).toBeInstanceOf(ClusterError);
    expect(known).toMatchObject({
      code: "NOT_LEADER",
      message: "Led elsewhere",
      details: { leader: 3 },
    });
    expect(foreign).toBeInstanceOf(RemoteCallError);
    expect(foreign).toMatchObject({ code: "INVOCATION_GONE", details: { id: "7" } });
    expect(defect).toMatchObject({ code: "INTERNAL", message: "Cannot read properties" });
  });

  test("of a service that is not there, or to a node that is not known, are refused", async () => {
    const unknownService = codeOf(first.transport.call({ nodeId: 2, service: "x" }, text(""), {}));
    const unknownNode = codeOf(first.transport.call({ nodeId: 9, service: "x" }, text(""), {}));

    expect(await unknownService).toBe("SERVICE_UNKNOWN");
    expect(await unknownNode).toBe("NODE_UNREACHABLE");
  });

  test("end at their deadline or by their signal, and the handler hears of it", async () => {
    const abandoned = new Journal<string>();
    const started = new Journal<string>();
    second.transport.register("wait", (payload, _fromNode, call: IncomingCall) => {
      const name = Buffer.from(payload).toString();
      started.add(name);
      return new Promise(() => call.onAbandoned(() => abandoned.add(name)));
    });
    const controller = new AbortController();

    const late = codeOf(
      first.transport.call({ nodeId: 2, service: "wait" }, text("late"), { timeoutMs: 50 }),
    );
    const given = codeOf(
      first.transport.call({ nodeId: 2, service: "wait" }, text("given"), {
        signal: controller.signal,
      }),
    );
    await started.until((items) => items.length === 2);
    controller.abort();

    expect(await late).toBe("CALL_TIMED_OUT");
    expect(await given).toBe("CALL_ABANDONED");
    await abandoned.until((items) => items.length === 2);
    expect([...abandoned.items].sort()).toEqual(["given", "late"]);
  });

  test("fail when the connection is lost, on both sides, and work again after", async () => {
    const started = new Journal<null>();
    const abandoned = new Journal<null>();
    second.transport.register("wait", (_payload, _fromNode, call) => {
      started.add(null);
      return new Promise(() => call.onAbandoned(() => abandoned.add(null)));
    });
    second.transport.register("echo", async (payload) => payload.slice());

    const waiting = codeOf(first.transport.call({ nodeId: 2, service: "wait" }, text(""), {}));
    await started.until((items) => items.length === 1);
    second.relay.cut();

    expect(await waiting).toBe("NODE_UNREACHABLE");
    await abandoned.until((items) => items.length === 1);
    // The connection is being made again: the call waits for it.
    const again = await first.transport.call({ nodeId: 2, service: "echo" }, text("again"), {});
    expect(Buffer.from(again).toString()).toBe("again");
    expect(first.changes.items.filter(({ isAlive }) => !isAlive)).toEqual([]);
  });

  test("of many megabytes do not hold up Raft messages and pings", async () => {
    second.transport.register("echo", async (payload) => payload.slice());
    const payload = Buffer.alloc(20 * 1024 * 1024, "p");

    const big = Promise.all(
      [1, 2].map(() => first.transport.call({ nodeId: 2, service: "echo" }, payload, {})),
    );
    let isBigDone = false;
    void big.then(() => {
      isBigDone = true;
    });
    const doneAtArrival = new Promise<boolean>((resolve) => {
      void second.received.until((items) => items.length === 1).then(() => resolve(isBigDone));
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    first.transport.send(2, 1, appendOf(1));

    expect(await doneAtArrival).toBe(false);
    const answers = await big;
    expect(answers.map((answer) => Buffer.compare(answer as Buffer, payload))).toEqual([0, 0]);
    expect(first.changes.items.filter(({ isAlive }) => !isAlive)).toEqual([]);
  });

  test("beyond the bounds are refused", async () => {
    const small = await TestNode.start(
      { nodeId: 3 },
      { settings: { callQueueBytesMax: 1000, pendingCallsMax: 2 } },
    );
    nodes.push(small);
    await first.meet(small);
    const never = () => new Promise<Uint8Array>(() => undefined);
    first.transport.register("never", never);
    const call = (bytes: number) =>
      codeOf(
        small.transport.call({ nodeId: 1, service: "never" }, new Uint8Array(bytes), {
          timeoutMs: 200,
        }),
      );

    const [one, two, three] = await Promise.all([call(1), call(1), call(1)]);
    const tooLarge = await call(2000);

    expect([one, two, three, tooLarge]).toEqual([
      "CALL_TIMED_OUT",
      "CALL_TIMED_OUT",
      "OVERLOADED",
      "OVERLOADED",
    ]);
  });

  test("by address reach nodes of the same cluster, and nodes without one", async () => {
    const fresh = await TestNode.start({ nodeId: 0, clusterFingerprint: 0n });
    const tool = await TestNode.start({ nodeId: 0, clusterFingerprint: 0n, clusterName: "" });
    const foreign = await TestNode.start({ nodeId: 1, clusterFingerprint: FINGERPRINT + 1n });
    nodes.push(fresh, tool, foreign);
    for (const node of nodes) {
      node.transport.register("who", async (_payload, fromNode) =>
        text(`${node.nodeId} asked by ${fromNode}`),
      );
    }
    const ask = async (from: TestNode, address: string) => {
      const target = { address, service: "who" };
      const answer = await from.transport.callAddress(target, text(""), { timeoutMs: 2000 });
      return Buffer.from(answer).toString();
    };

    expect(await ask(fresh, first.address)).toBe("1 asked by 0");
    expect(await ask(tool, `http://${second.address}/`)).toBe("2 asked by 0");
    expect(await ask(first, fresh.address)).toBe("0 asked by 1");
    expect(await ask(first, first.address)).toBe("1 asked by 1");
    expect(await codeOf(ask(first, foreign.address))).toBe("CLUSTER_MISMATCH");
    await foreign.stop();
    expect(await codeOf(ask(first, foreign.address))).toBe("NODE_UNREACHABLE");
  });

  test("fail at once when the node stops", async () => {
    second.transport.register("never", () => new Promise(() => undefined));
    const waiting = codeOf(first.transport.call({ nodeId: 2, service: "never" }, text(""), {}));

    await first.transport.close();

    expect(await waiting).toBe("CLUSTER_CLOSED");
  });
});

test("HTTP/1 and gRPC share the port", async () => {
  const answer = await fetch(`http://127.0.0.1:${first.port}/health`);

  expect(await answer.text()).toBe("http /health");
  expect(first.transport.isAlive(2)).toBe(true);
});
