import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { NodeHarness, type TestNode, until } from "./node-harness.ts";

let harness: NodeHarness;

beforeEach(() => {
  harness = new NodeHarness();
});

afterEach(async () => {
  await harness.close();
}, 30_000);

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (contents: Uint8Array | undefined) => contents && new TextDecoder().decode(contents);

function metadataLeader(): TestNode | undefined {
  return harness.running().find((node) => node.running.replicaStatus()[0]?.role === "leader");
}

function replicasOn(node: TestNode, nodeId: number): number {
  return node.running.table.partitions.filter(({ replicas }) =>
    replicas.some((replica) => replica.nodeId === nodeId),
  ).length;
}

function ledBy(node: TestNode): number {
  return [...node.machines.values()].filter(({ log }) => log.isLeader).length;
}

async function metadataVotersAre(count: number): Promise<void> {
  await until(() => metadataLeader()?.running.replicaStatus()[0]?.voters.length === count);
}

describe("metadata", () => {
  test("is written from every node, and read after writing there", async () => {
    const nodes = await harness.startThree();
    for (const [i, node] of nodes.entries()) {
      const { metadata } = node.running;
      const result = await metadata.put("doc", bytes(`${i}`), i);
      expect(result).toEqual({ isWritten: true, version: i + 1 });
      expect(textOf((await metadata.get("doc"))?.contents)).toBe(`${i}`);
    }
    for (const node of nodes) {
      expect(textOf((await node.running.metadata.getLatest("doc"))?.contents)).toBe("2");
      expect(await node.running.metadata.put("doc", bytes("x"), 1)).toEqual({
        isWritten: false,
        version: 3,
      });
    }
  });

  test("has one winner of many writers on different nodes", async () => {
    const nodes = await harness.startThree();
    const results = await Promise.all(
      nodes.map((node, i) => node.running.metadata.put("lock", bytes(`owner ${i}`), 0)),
    );
    expect(results.filter(({ isWritten }) => isWritten)).toHaveLength(1);
    expect(new Set(results.map(({ version }) => version))).toEqual(new Set([1]));
  });

  test("goes on when its leader is lost, and no write is lost or done twice", async () => {
    await harness.startThree();
    await metadataVotersAre(3);
    const leader = metadataLeader() as TestNode;
    const writer = harness.nodes.find((node) => node !== leader) as TestNode;
    const { metadata } = writer.running;
    let version = 0;
    const stopping = { at: 20, promise: Promise.resolve() };
    for (let i = 0; i < 40; i++) {
      if (i === stopping.at) stopping.promise = leader.stop();
      const result = await metadata.put("counter", bytes(`${i}`), version);
      expect(result).toEqual({ isWritten: true, version: version + 1 });
      version++;
    }
    await stopping.promise;
    expect((await metadata.getLatest("counter"))?.version).toBe(40);
  });

  test("without a majority is refused in bounded time, and read as it was", async () => {
    const [first, second, third] = await harness.startThree();
    await metadataVotersAre(3);
    await first.running.metadata.put("doc", bytes("x"), 0);
    await second.running.metadata.getLatest("doc");
    await Promise.all([first.stop(), third.stop()]);
    const { metadata } = second.running;
    await expect(metadata.put("doc", bytes("y"), 1)).rejects.toMatchObject({ code: "NOT_LEADER" });
    expect(textOf((await metadata.get("doc"))?.contents)).toBe("x");
  });
});

describe("leaders", () => {
  test("of a node that stops are handed over first", async () => {
    const [, second] = await harness.startThree({ partitionCount: 6 });
    await until(() => ledBy(second) > 0);
    const terms = new Map(
      [...second.machines].map(([partitionId, { log }]) => [partitionId, log.term]),
    );
    await second.running.drainLeadership(5_000);
    expect(ledBy(second)).toBe(0);
    await until(() => [0, 1, 2, 3, 4, 5].every((p) => harness.leaderOf(p)));
    for (const [partitionId, term] of terms) {
      // One election each at most: the successor was told to begin.
      expect(
        harness.leaderOf(partitionId)?.machines.get(partitionId)?.log.term,
      ).toBeLessThanOrEqual(term + 1);
    }
    expect(metadataLeader()).not.toBe(second);
  });

  test("spread again when a node comes back", async () => {
    const [first, , third] = await harness.startThree({ partitionCount: 6 });
    await third.stop();
    await until(() => [0, 1, 2, 3, 4, 5].every((p) => harness.leaderOf(p)));
    await third.start();
    await until(() => ledBy(third) === 2 && ledBy(first) === 2);
  });

  test("stay where they are pinned", async () => {
    const [first, second, third] = await harness.startThree({ partitionCount: 4 });
    for (const node of [third, second, first]) {
      const { nodeId } = node;
      await node.ask("partitions.pin", { partitionId: 3, nodeId });
      await until(() => harness.leaderOf(3) === node);
    }
    await second.ask("partitions.pin", { partitionId: 3, nodeId: null });
    expect((await first.running.metadata.getLatest("partition_table"))?.version).toBeGreaterThan(4);
    await expect(first.ask("partitions.pin", { partitionId: 3, nodeId: 9 })).rejects.toMatchObject({
      code: "INVALID_REQUEST",
    });
    await expect(first.ask("partitions.pin", { partitionId: 99, nodeId: 1 })).rejects.toMatchObject(
      { code: "PARTITION_UNKNOWN" },
    );
  });

  test("move on request, from any node", async () => {
    await harness.startThree({ timing: { leaderBalanceIntervalMs: 0 } });
    for (const node of harness.nodes) {
      await until(() => harness.leaderOf(0));
      await harness.nodes[0]?.ask("partitions.transfer", { partitionId: 0, nodeId: node.nodeId });
      await until(() => harness.leaderOf(0) === node);
    }
    expect(await harness.nodes[1]?.ask("partitions.balance")).toHaveProperty("controllerNode");
  });
});

describe("a node", () => {
  test("is drained while serving, and then removed for good", async () => {
    await harness.startThree();
    const [fourth] = harness.add("n4") as [TestNode];
    await fourth.start();
    await until(() => replicasOn(fourth, fourth.nodeId) === 3);
    await harness.settled(3);
    const [first] = harness.nodes as [TestNode];
    const { nodeId } = fourth;
    await expect(first.ask("nodes.remove", { nodeId })).rejects.toMatchObject({
      code: "NODE_IN_USE",
    });
    await first.ask("nodes.setWorkerState", { nodeId, workerState: "draining" });
    const records: string[] = [];
    while (replicasOn(first, nodeId) > 0) {
      records.push(`r${records.length}`);
      await harness.write(0, records.at(-1) as string);
    }
    await harness.settled(3);
    await harness.replicated(0, records);
    await until(() => fourth.running.partitions().length === 0);
    await until(async () => true);
    await until(() =>
      first.running.table.partitions.every(({ replicas }) => replicas.length === 3),
    );
    await retried(() => first.ask("nodes.remove", { nodeId }), "NODE_IN_USE");
    await until(() => first.running.membership.nodes().length === 3);
    await fourth.stop();
    await expect(
      fourth.start({ timing: { initializationMs: 1_000 } }).then(() =>
        until(() => fourth.failures.length > 0).then(() => {
          throw fourth.failures[0];
        }),
      ),
    ).rejects.toMatchObject({ code: "NODE_REMOVED" });
  });

  test("may not be drained when too few would be left", async () => {
    const [first, second] = await harness.startThree({
      defaultReplication: { nodeCopies: 3, zoneCopies: 1 },
    });
    await expect(
      first.ask("nodes.setWorkerState", { nodeId: second.nodeId, workerState: "draining" }),
    ).rejects.toMatchObject({ code: "REPLICATION_UNSATISFIABLE" });
    await expect(first.ask("config.set", { nodeCopies: 9 })).rejects.toMatchObject({
      code: "REPLICATION_UNSATISFIABLE",
    });
    const reply = await second.ask("config.set", { nodeCopies: 1 });
    expect(reply).toMatchObject({ replication: { nodeCopies: 1, zoneCopies: 1 } });
    await harness.settled(1);
  });

  test("that is dead for too long is replaced, and no sooner", async () => {
    await harness.startThree({ timing: { replicaDeadAfterMs: 1_500 } });
    const [fourth] = harness.add("n4") as [TestNode];
    await fourth.start({ timing: { replicaDeadAfterMs: 1_500 } });
    await until(() => replicasOn(fourth, fourth.nodeId) === 3);
    await harness.settled(3);
    for (let p = 0; p < 4; p++) await harness.write(p, "kept");
    const dead = harness.nodes[2] as TestNode;
    const deadId = dead.nodeId;
    const before = replicasOn(fourth, deadId);
    expect(before).toBeGreaterThan(0);
    await dead.stop();
    await until(() => [0, 1, 2, 3].every((p) => harness.leaderOf(p)));
    expect(replicasOn(fourth, deadId)).toBe(before);
    await until(() => replicasOn(fourth, deadId) === 0);
    await harness.settled(3);
    for (let p = 0; p < 4; p++) await harness.replicated(p, ["kept"]);
    // It comes back empty-handed: its replicas are others' now.
    await dead.start();
    await harness.settled(3);
    for (let p = 0; p < 4; p++) await harness.replicated(p, ["kept"]);
  });

  test("that is cut off neither leads nor keeps others from leading", async () => {
    const nodes = await harness.startThree();
    await harness.write(0, "before");
    await until(() => harness.leaderOf(0));
    const cut = harness.leaderOf(0) as TestNode;
    harness.network?.cut(cut.nodeId);
    const others = nodes.filter((node) => node !== cut);
    await until(() => others.some((node) => node.machines.get(0)?.leadership.isLeader === true));
    await until(() => cut.machines.get(0)?.leadership.isLeader === false);
    harness.network?.heal();
    await harness.write(0, "after");
    await harness.replicated(0, ["before", "after"]);
  });
});

describe("a replica", () => {
  test("whose state cannot be trusted is fetched anew, under another id", async () => {
    const nodes = await harness.startThree();
    await harness.write(0, "kept");
    await harness.replicated(0, ["kept"]);
    const victim = nodes.find((node) => node !== harness.leaderOf(0)) as TestNode;
    const spoilt = victim.machines.get(0);
    if (spoilt !== undefined) spoilt.records = ["spoilt"];
    await victim.running.rebuildReplica(0);
    await until(() => victim.machines.get(0) !== spoilt);
    await harness.settled(3);
    await harness.replicated(0, ["kept"]);
    expect(victim.dropped).toContain(0);
    const own = victim.running.table
      .find(0)
      ?.replicas.find(({ nodeId }) => nodeId === victim.nodeId);
    expect(own?.replicaId).toBe(4);
    await harness.write(0, "more");
    await harness.replicated(0, ["kept", "more"]);
  });

  test("is not given up while the others are too few", async () => {
    const [first, second, third] = await harness.startThree();
    await metadataVotersAre(3);
    await third.stop();
    await until(() => first.running.membership.nodes().some(({ isAlive }) => !isAlive));
    await until(() => second.running.membership.nodes().some(({ isAlive }) => !isAlive));
    await expect(first.running.rebuildReplica(1)).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(second.running.rebuildReplica(1)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("whose state machine could not be made is tried again", async () => {
    const [, second] = await harness.startThree();
    await harness.write(2, "kept");
    let attempts = 0;
    second.failNext = () => {
      attempts++;
      return attempts <= 2;
    };
    await until(() => harness.leaderOf(2));
    if (harness.leaderOf(2) === second) await second.running.drainLeadership(5_000);
    await until(() => harness.leaderOf(2) && harness.leaderOf(2) !== second);
    await second.running.rebuildReplica(2);
    await until(() => attempts === 3);
    await harness.settled(3);
    await harness.replicated(2, ["kept"]);
  });
});

describe("operators see", () => {
  test("nodes, partitions and documents, from any node", async () => {
    const [, second] = await harness.startThree({ partitionCount: 2 });
    const status = await second.ask<{
      nodes: { nodeId: number; isAlive: boolean; report: { replicas: unknown[] } }[];
      partitions: { leaderNode: number; hasQuorum: boolean; isUnderReplicated: boolean }[];
      metadata: { leaderNode: number };
    }>("cluster.status");
    expect(status.nodes.map(({ isAlive }) => isAlive)).toEqual([true, true, true]);
    expect(status.nodes.every(({ report }) => report.replicas.length === 3)).toBe(true);
    expect(status.partitions).toHaveLength(2);
    for (const partition of status.partitions) {
      expect(partition).toMatchObject({ hasQuorum: true, isUnderReplicated: false });
    }
    expect(status.metadata.leaderNode).toBe(metadataLeader()?.nodeId);
    const { nodes } = await second.ask<{ nodes: { replicas: number }[] }>("nodes.list");
    expect(nodes.map(({ replicas }) => replicas)).toEqual([2, 2, 2]);
    expect(await second.ask("metadata.list")).toEqual({ names: ["nodes", "partition_table"] });
    const document = await second.ask("metadata.get", { name: "nodes" });
    expect(document).toMatchObject({ value: { nodes: [{ nodeName: "n1" }, {}, {}] } });
    const base64 = Buffer.from("1").toString("base64");
    await second.ask("metadata.put", { name: "own", base64, version: 0 });
    await expect(
      second.ask("metadata.put", { name: "own", base64, version: 0 }),
    ).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

/** Tries until it works, as long as it fails with this code. */
async function retried(attempt: () => Promise<unknown>, code: string): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== code) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
