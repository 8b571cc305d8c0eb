// Replicas come and go while their node runs, and take images of each other.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StateMachine } from "#cluster";
import { FakeCluster, idIn } from "#fixtures/partition-cluster";
import { bytes, request } from "#fixtures/partition-commands";
import type { PartitionReply } from "#partition";
import { partitionDigest, partitionRange } from "#partition-store";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = await FakeCluster.start({ replicas: [1, 2] });
});

afterEach(async () => {
  await cluster.close();
});

function call(nodeId: number, name: string, payload = "p"): Promise<PartitionReply> {
  const id = idIn(0, name);
  const content = request(id, { payload: bytes(payload) });
  const asked = { kind: "append-invocation", request: content, mode: "call", fresh: true } as const;
  return cluster.node(nodeId).host.request(id, asked);
}

async function fill(count: number): Promise<void> {
  const calls = Array.from({ length: count }, (_, i) => call(1, `i${i}`, "x".repeat(i * 50)));
  await Promise.all(calls);
}

async function digest(nodeId: number): Promise<string> {
  const { host, engine } = cluster.node(nodeId);
  await cluster.group(0).settled();
  await host.flush();
  return partitionDigest(engine, 0, async () => undefined);
}

async function rowCount(nodeId: number): Promise<number> {
  return (await cluster.node(nodeId).engine.scan(partitionRange(0))).length;
}

/** Sends an image of node 1 to a fresh replica of node 3, as the log does. */
async function sendImage(replicaId = 3): Promise<void> {
  const source = await cluster.node(1).host.processor(0)?.snapshot();
  if (source === undefined) throw new Error("node 1 has a replica");
  const group = cluster.group(0);
  const log = group.logOf(3);
  const machine = await cluster.node(3).host.createStateMachine(0, log, { replicaId });
  expect(machine.appliedIndex).toBe(0);
  await machine.restore(source.chunks(), source.index);
  await source.close();
  expect(machine.appliedIndex).toBe(source.index);
  group.join(3, machine);
}

describe("a replica", () => {
  test("that is new starts from an image and follows the log from there", async () => {
    await fill(60);
    await sendImage();
    await fill(5);
    expect(await digest(3)).toBe(await digest(1));
    expect(cluster.node(3).host.partitionIds).toEqual([0]);
  });

  test("that started from an image leads", async () => {
    await fill(20);
    await sendImage();
    await cluster.group(0).elect(3);
    expect(await call(2, "through-three")).toMatchObject({ kind: "result" });
    expect(cluster.ledger).toHaveLength(21);
    expect(await digest(3)).toBe(await digest(2));
  });

  test("takes an image while it works", async () => {
    const working = fill(300);
    await cluster.group(0).until(() => cluster.group(0).entries.length > 100);
    await sendImage();
    await working;
    expect(await digest(3)).toBe(await digest(1));
  });

  test("that is behind takes an image over what it had", async () => {
    await fill(20);
    const group = cluster.group(0);
    await cluster.addReplica(3, 0);
    await group.settled();
    const machine = group.members.get(3)?.machine;
    group.leave(3);
    await fill(40);
    const source = await cluster.node(1).host.processor(0)?.snapshot();
    if (source === undefined) throw new Error("node 1 has a replica");
    expect(source.index).toBe(group.entries.length);
    // What node 3 had applied is not written yet, and must never be.
    await machine?.restore(source.chunks(), source.index);
    await source.close();
    group.join(3, machine as StateMachine);
    expect(await digest(3)).toBe(await digest(1));
  });

  test("that is removed leaves nothing behind, and its node serves on", async () => {
    await fill(20);
    const group = cluster.group(0);
    await group.elect(2);
    group.leave(1);
    await cluster.node(1).host.removeStateMachine(0);
    expect(await rowCount(1)).toBe(0);
    expect(cluster.node(1).host.partitionIds).toEqual([1, 2, 3]);
    expect(await call(1, "elsewhere")).toMatchObject({ kind: "result" });
  });

  test("comes back as another one, without the tables of the first", async () => {
    await fill(20);
    const group = cluster.group(0);
    await group.elect(2);
    group.leave(1);
    await cluster.node(1).host.removeStateMachine(0);
    await cluster.addReplica(1, 0, 17);
    expect(await digest(1)).toBe(await digest(2));
    await group.elect(1);
    expect(await call(1, "again")).toMatchObject({ kind: "result" });
  });

  test("refuses an image that breaks off, and takes the next one", async () => {
    await fill(60);
    const source = await cluster.node(1).host.processor(0)?.snapshot();
    if (source === undefined) throw new Error("node 1 has a replica");
    const group = cluster.group(0);
    const { host } = cluster.node(3);
    const machine = await host.createStateMachine(0, group.logOf(3), { replicaId: 3 });
    async function* broken() {
      for await (const chunk of source?.chunks() ?? []) {
        yield chunk.subarray(0, chunk.length - 1);
        return;
      }
    }
    await expect(machine.restore(broken(), source.index)).rejects.toThrow();
    await source.close();
    const again = await cluster.node(1).host.processor(0)?.snapshot();
    await machine.restore(again?.chunks() ?? broken(), again?.index ?? 0);
    await again?.close();
    group.join(3, machine);
    expect(await digest(3)).toBe(await digest(1));
  });
});

describe("a node", () => {
  test("without replicas is ready, and serves", async () => {
    await cluster.node(3).host.whenReady();
    expect(await call(3, "far")).toMatchObject({ kind: "result" });
  });

  test("is ready when its partitions are led, by whomever", async () => {
    const { host } = cluster.node(2);
    await cluster.group(1).elect(undefined);
    let isReady = false;
    const ready = host.whenReady().then(() => {
      isReady = true;
    });
    await call(2, "meanwhile");
    expect(isReady).toBe(false);
    await cluster.group(1).elect(1);
    await ready;
  });

  test("tells rules to leaders that come later", async () => {
    const rules = [{ pattern: "scope", concurrency: 3 }];
    for (const nodeId of [1, 2]) cluster.node(nodeId).host.updateRules(rules);
    const group = cluster.group(0);
    await group.settled();
    await group.elect(undefined);
    const changed = [{ pattern: "scope", concurrency: 4 }];
    for (const nodeId of [1, 2]) cluster.node(nodeId).host.updateRules(changed);
    await group.elect(2);
    await group.until(() => cluster.node(1).host.processor(0)?.store.rules()[0]?.concurrency === 4);
    expect(cluster.node(1).host.processor(0)?.store.rules()).toEqual(changed);
  });
});
