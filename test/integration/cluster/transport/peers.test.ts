// Method: real sockets on the loopback interface; a relay before each node freezes, cuts or closes.
// Compared: which changes a node reports, and why. Times are not compared.
import { afterEach, describe, expect, test } from "vitest";

import type { PeerChange } from "#transport";
import { appendOf, FINGERPRINT, TestNode } from "./transport-harness.ts";

const nodes: TestNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

async function start(...parameters: Parameters<typeof TestNode.start>): Promise<TestNode> {
  const node = await TestNode.start(...parameters);
  nodes.push(node);
  return node;
}

/** Stops a node before the end of the test. */
async function stop(node: TestNode): Promise<void> {
  nodes.splice(nodes.indexOf(node), 1);
  await node.stop();
}

function causes(changes: readonly PeerChange[], nodeId: number): string[] {
  return changes.filter((change) => change.nodeId === nodeId).map(({ cause }) => cause);
}

describe("peers", () => {
  test("are up when both directions work, and everybody hears of it", async () => {
    const [first, second, third] = [
      await start({ nodeId: 1 }),
      await start({ nodeId: 2 }),
      await start({ nodeId: 3 }),
    ];

    await first.meet(second, third);

    expect(first.transport.peers()).toMatchObject([
      { nodeId: 2, state: "up", generation: 1, address: second.address },
      { nodeId: 3, state: "up", generation: 1, address: third.address },
    ]);
    expect(first.transport.isAlive(1)).toBe(true);
    expect(first.transport.isAlive(9)).toBe(false);
    expect(causes(first.changes.items, 2)).toEqual(["connected"]);
  });

  test("that nobody named yet are met by their greeting", async () => {
    const [first, second] = [await start({ nodeId: 1 }), await start({ nodeId: 2 })];

    second.transport.setPeer(1, { address: first.address, generation: 0 });
    await first.untilUp([second]);
    await second.untilUp([first]);

    expect(first.transport.peers()).toMatchObject([{ nodeId: 2, address: second.address }]);
  });

  test("whose port refuses are down at once", async () => {
    const [first, second] = [await start({ nodeId: 1 }), await start({ nodeId: 2 })];
    await first.meet(second);

    await stop(second);
    const change = await first.nextChange(2, false);

    expect(change).toEqual({ nodeId: 2, isAlive: false, cause: "refused", generation: 1 });
  });

  test("that freeze are down after silence, and up again when they go on", async () => {
    const settings = { pingMs: 40, silenceMs: 250 };
    const first = await start({ nodeId: 1 }, { settings });
    const second = await start({ nodeId: 2 }, { settings });
    await first.meet(second);

    second.relay.freeze();
    first.relay.freeze();
    const down = await first.nextChange(2, false);
    const seen = first.changes.items.length;
    second.relay.thaw();
    first.relay.thaw();
    await first.nextChange(2, true, seen);

    expect(down.cause).toBe("silent");
  });

  test("that do not hear are down too, though they are heard", async () => {
    const settings = { pingMs: 40, silenceMs: 250 };
    const first = await start({ nodeId: 1 }, { settings });
    const second = await start({ nodeId: 2 }, { settings: { pingMs: 40, silenceMs: 60_000 } });
    await first.meet(second);

    // Only what goes to the second node stops; what comes from it passes, over its own connection.
    second.relay.freeze();
    const down = await first.nextChange(2, false);

    expect(down.cause).toBe("silent");
  });

  test("that are cut off and back at once have not been down", async () => {
    const [first, second] = [await start({ nodeId: 1 }), await start({ nodeId: 2 })];
    await first.meet(second);

    second.relay.cut();
    first.relay.cut();
    await first.changes.until((items) => items.length === 2);
    await second.changes.until((items) => items.length === 2);
    first.transport.send(2, 1, appendOf(5));
    await second.received.until((items) => items.length > 0);

    expect(first.changes.items.map(({ isAlive, cause }) => ({ isAlive, cause }))).toEqual([
      { isAlive: true, cause: "connected" },
      { isAlive: true, cause: "reconnected" },
    ]);
    expect(second.received.items[0]?.message.index).toBe(4);
  });

  test("that were started again are reported as such", async () => {
    const [first, second] = [await start({ nodeId: 1 }), await start({ nodeId: 2 })];
    await first.meet(second);
    const seen = first.changes.items.length;

    // The new process is there before the end of the old one is noticed.
    const restarted = await start({ nodeId: 2, generation: 2 });
    restarted.transport.setPeer(1, { address: first.address, generation: 1 });
    await first.nextChange(2, true, seen);

    const changes = first.changes.items.slice(seen);
    expect(changes).toEqual([
      { nodeId: 2, isAlive: false, cause: "restarted", generation: 2 },
      { nodeId: 2, isAlive: true, cause: "connected", generation: 2 },
    ]);
    expect(first.transport.peers()[0]?.address).toBe(restarted.address);
  });

  test("of an older incarnation are turned away, and hear why", async () => {
    const [first, second] = [await start({ nodeId: 1 }), await start({ nodeId: 2, generation: 7 })];
    await first.meet(second);
    const zombie = await start({ nodeId: 2, generation: 6 });

    zombie.transport.setPeer(1, { address: first.address, generation: 0 });
    await zombie.refusals.until((items) => items.length > 0);

    expect(zombie.refusals.items[0]).toBe("STALE_GENERATION");
    expect(zombie.transport.isAlive(1)).toBe(false);
    expect(first.transport.peers()[0]).toMatchObject({ state: "up", address: second.address });
  });

  test.each([
    ["of another cluster's name", { clusterName: "other" }, "CLUSTER_MISMATCH"],
    ["of a cluster of the same name", { clusterFingerprint: 5n }, "CLUSTER_MISMATCH"],
    ["with this node's id", { nodeId: 1, generation: 0 }, "STALE_GENERATION"],
  ])("%s are turned away", async (_name, identity, code) => {
    const first = await start({ nodeId: 1 });
    const stranger = await start({ nodeId: 2, ...identity });

    stranger.transport.setPeer(3, { address: first.address, generation: 0 });
    await stranger.refusals.until((items) => items.length > 0);

    expect(["NODE_MISMATCH", code]).toContain(stranger.refusals.items[0]);
    expect(first.transport.peers()).toEqual([]);
  });

  test("that were removed are turned away until they are named again", async () => {
    const [first, second] = [await start({ nodeId: 1 }), await start({ nodeId: 2 })];
    await first.meet(second);

    first.transport.removePeer(2);
    await second.refusals.until((items) => items.includes("NODE_REMOVED"));
    expect(first.transport.peers()).toEqual([]);
    expect(causes(first.changes.items, 2)).toEqual(["connected", "removed"]);

    const seen = first.changes.items.length;
    first.transport.setPeer(2, { address: second.address, generation: 1 });
    await first.nextChange(2, true, seen);
  });

  test("that the owner does not admit are turned away", async () => {
    const { ClusterError } = await import("#base/cluster-error");
    const first = await start(
      { nodeId: 1 },
      { admit: ({ nodeId }) => new ClusterError("NODE_REMOVED", `Not node ${nodeId}`) },
    );
    const second = await start({ nodeId: 2 });

    second.transport.setPeer(1, { address: first.address, generation: 0 });
    await second.refusals.until((items) => items.length > 0);

    expect(second.refusals.items[0]).toBe("NODE_REMOVED");
  });

  test("are connected once this node has joined", async () => {
    const first = await start({ nodeId: 1 });
    const joining = await start({ nodeId: 0, clusterFingerprint: 0n });
    joining.transport.setPeer(1, { address: first.address, generation: 0 });

    joining.transport.identify({
      ...joining.transport.identity,
      nodeId: 2,
      clusterFingerprint: FINGERPRINT,
    });
    await joining.untilUp([first]);
    await first.untilUp([joining]);

    expect(first.transport.peers()).toMatchObject([{ nodeId: 2, state: "up" }]);
  });
});
