// Method: real sockets on the loopback interface. Varied: size of the image, speed of the receiver,
// and where the transfer ends early. Compared: bytes, and who hears which error.
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createMessage, type Message } from "#raft";
import type { IncomingSnapshot } from "#transport";
import { Journal, TestNode } from "./transport-harness.ts";

let nodes: TestNode[];
let first: TestNode;
let second: TestNode;
let handled: Journal<IncomingSnapshot>;

beforeEach(async () => {
  first = await TestNode.start({ nodeId: 1 });
  second = await TestNode.start({ nodeId: 2 });
  nodes = [first, second];
  handled = new Journal();
  await first.meet(second);
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
});

function snapshotMessage(index: number): Message {
  const message = createMessage("snapshot", 2);
  message.from = 1;
  message.term = 4;
  message.snapshot = {
    index,
    term: 3,
    confState: {
      voters: [1, 2],
      learners: [3],
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: false,
    },
    data: new Uint8Array(0),
  };
  return message;
}

async function* image(count: number, bytes: number, taken: number[] = []) {
  for (let i = 0; i < count; i++) {
    taken.push(i);
    yield Buffer.alloc(bytes, i % 251);
  }
}

async function readAll({ chunks }: IncomingSnapshot): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

describe("a snapshot", () => {
  test("arrives whole, with its message, and ends when the handler has", async () => {
    let content: Buffer = Buffer.alloc(0);
    const steps: string[] = [];
    second.transport.onSnapshot(async (snapshot) => {
      content = await readAll(snapshot);
      handled.add(snapshot);
      await new Promise((resolve) => setTimeout(resolve, 20));
      steps.push("handled");
    });

    const message = snapshotMessage(77);
    await first.transport.sendSnapshot({ nodeId: 2, group: 5, message }, image(3, 700_000));
    steps.push("sent");

    expect(handled.items).toMatchObject([{ fromNode: 1, group: 5, message }]);
    expect(content.length).toBe(2_100_000);
    expect([content[0], content[700_000], content[2_099_999]]).toEqual([0, 1, 2]);
    expect(steps).toEqual(["handled", "sent"]);
  });

  test("may be empty", async () => {
    second.transport.onSnapshot(async (snapshot) => {
      expect(await readAll(snapshot)).toHaveLength(0);
    });

    await first.transport.sendSnapshot(
      { nodeId: 2, group: 5, message: snapshotMessage(1) },
      image(0, 0),
    );
  });

  test("waits for a slow receiver instead of filling its memory", async () => {
    const taken: number[] = [];
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    second.transport.onSnapshot(async (snapshot) => {
      handled.add(snapshot);
      await released;
      await readAll(snapshot);
    });

    const sent = first.transport.sendSnapshot(
      { nodeId: 2, group: 5, message: snapshotMessage(1) },
      image(200, 256 * 1024, taken),
    );
    await handled.until((items) => items.length === 1);
    let seen = -1;
    while (taken.length !== seen) {
      seen = taken.length;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const takenWhileHeld = taken.length;
    release();
    await sent;

    expect(takenWhileHeld).toBeLessThan(40);
    expect(taken.length).toBe(200);
  });

  test("whose source fails is aborted on both sides", async () => {
    const ends = new Journal<string>();
    second.transport.onSnapshot(async (snapshot) => {
      await readAll(snapshot).catch((error) => {
        ends.add(error.code);
        throw error;
      });
    });
    async function* broken() {
      yield Buffer.alloc(10);
      throw new Error("disk gone");
    }

    const sent = first.transport.sendSnapshot(
      { nodeId: 2, group: 5, message: snapshotMessage(1) },
      broken(),
    );

    await expect(sent).rejects.toThrow("disk gone");
    await ends.until((items) => items.length === 1);
    expect(ends.items).toEqual(["SNAPSHOT_ABORTED"]);
  });

  test("that the receiver refuses fails with its error, and the source is closed", async () => {
    second.transport.onSnapshot(async () => {
      throw Object.assign(new Error("No room"), { code: "NO_ROOM" });
    });
    let isClosed = false;
    async function* endless() {
      try {
        while (true) yield Buffer.alloc(256 * 1024);
      } finally {
        isClosed = true;
      }
    }

    const sent = first.transport.sendSnapshot(
      { nodeId: 2, group: 5, message: snapshotMessage(1) },
      endless(),
    );

    await expect(sent).rejects.toMatchObject({ code: "NO_ROOM", message: "No room" });
    expect(isClosed).toBe(true);
  });

  test("ends with the connection, on both sides", async () => {
    const ends = new Journal<string>();
    second.transport.onSnapshot(async (snapshot) => {
      handled.add(snapshot);
      await readAll(snapshot).catch((error) => ends.add(error.code));
    });
    async function* endless() {
      while (true) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        yield Buffer.alloc(1000);
      }
    }

    const sent = first.transport
      .sendSnapshot({ nodeId: 2, group: 5, message: snapshotMessage(1) }, endless())
      .catch((error) => error.code);
    await handled.until((items) => items.length === 1);
    second.relay.cut();

    expect(await sent).toBe("NODE_UNREACHABLE");
    await ends.until((items) => items.length === 1);
    expect(ends.items).toEqual(["SNAPSHOT_ABORTED"]);
  });

  test("is aborted when nothing moves for a while", async () => {
    const idle = await TestNode.start({ nodeId: 3 }, { settings: { snapshotIdleMs: 100 } });
    nodes.push(idle);
    await second.meet(idle);
    second.transport.onSnapshot(async (snapshot) => {
      handled.add(snapshot);
      await new Promise(() => undefined);
    });

    const sent = idle.transport.sendSnapshot(
      { nodeId: 2, group: 5, message: snapshotMessage(1) },
      image(1000, 256 * 1024),
    );

    await expect(sent).rejects.toMatchObject({ code: "SNAPSHOT_ABORTED" });
  });

  test("waits its turn: one leaves at a time, and two arrive", async () => {
    const third = await TestNode.start({ nodeId: 3 });
    const fourth = await TestNode.start({ nodeId: 4 });
    nodes.push(third, fourth);
    await first.meet(second, third, fourth);
    const running: number[] = [];
    let runningMax = 0;
    let fromFirstMax = 0;
    const release: (() => void)[] = [];
    second.transport.onSnapshot(async (snapshot) => {
      running.push(snapshot.fromNode);
      runningMax = Math.max(runningMax, running.length);
      fromFirstMax = Math.max(fromFirstMax, running.filter((nodeId) => nodeId === 1).length);
      handled.add(snapshot);
      await new Promise<void>((resolve) => release.push(resolve));
      await readAll(snapshot);
      running.splice(running.indexOf(snapshot.fromNode), 1);
    });
    const send = (from: TestNode, group: number) =>
      from.transport.sendSnapshot(
        { nodeId: 2, group, message: snapshotMessage(group) },
        image(2, 1000),
      );

    const all = [send(first, 10), send(first, 11), send(third, 30), send(fourth, 40)];
    for (let count = 2; count <= 4; count++) {
      await handled.until((items) => items.length >= count);
      release.shift()?.();
    }
    release.shift()?.();
    await Promise.all(all);

    expect(runningMax).toBe(2);
    expect(fromFirstMax).toBe(1);
    const groups = handled.items.map(({ group }) => group);
    expect([...groups].sort()).toEqual([10, 11, 30, 40]);
    expect(groups.indexOf(10)).toBeLessThan(groups.indexOf(11));
  });

  test("to a node that is down is refused", async () => {
    await second.stop();
    nodes = [first];
    await first.nextChange(2, false);

    const sent = first.transport.sendSnapshot(
      { nodeId: 2, group: 5, message: snapshotMessage(1) },
      image(1, 1),
    );

    await expect(sent).rejects.toMatchObject({ code: "NODE_UNREACHABLE" });
  });
});
