import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "vitest";

import { ByteWriter } from "#base/byte-writer";
import type { PartitionTable } from "#cluster";

import { CountingMachine } from "./counting-machine.ts";
import { NodeHarness, type TestNode, until } from "./node-harness.ts";

let harness: NodeHarness;

afterEach(async () => {
  await harness.close();
}, 30_000);

function metadataVoters(node: TestNode): number[] | undefined {
  const [metadata] = node.running.replicaStatus();
  if (metadata?.role !== "leader") return undefined;
  return [...metadata.voters];
}

function metadataLeader(): TestNode | undefined {
  return harness.running().find((node) => node.running.replicaStatus()[0]?.role === "leader");
}

test("three nodes become one cluster with every partition on each, leaders spread", async () => {
  harness = new NodeHarness();
  const [first] = await harness.startThree({ partitionCount: 6 });
  expect(
    first.running.membership
      .nodes()
      .map(({ nodeName }) => nodeName)
      .sort(),
  ).toEqual(["n1", "n2", "n3"]);
  const fingerprints = harness.nodes.map(({ running }) => running.membership.clusterFingerprint);
  expect(new Set(fingerprints).size).toBe(1);
  await until(() => metadataLeader() && metadataVoters(metadataLeader() as TestNode)?.length === 3);
  await until(() =>
    harness.nodes.every(
      (node) => [...node.machines.values()].filter(({ log }) => log.isLeader).length === 2,
    ),
  );
  for (let p = 0; p < 6; p++) {
    await harness.write(p, "a");
    await harness.replicated(p, ["a"]);
  }
});

test("an operator provisions nodes that wait for it", async () => {
  harness = new NodeHarness();
  const nodes = harness.add("n1", "n2", "n3");
  const phases: string[] = [];
  const starting = nodes.map((node) => node.start({ onPhase: (phase) => phases.push(phase) }));
  await until(() => nodes.every(({ transport }) => transport !== undefined));
  const [first, second] = nodes as [TestNode, TestNode];
  expect(await first.ask("cluster.provision", { nodeCopies: 2, isDryRun: true })).toEqual({
    settings: { partitionCount: 4, nodeCopies: 2, zoneCopies: 1, expectedNodes: 3 },
  });
  const reply = await first.ask("cluster.provision", { nodeCopies: 2, partitionCount: 5 });
  expect(reply).toMatchObject({ nodeId: 1 });
  await Promise.all(starting);
  await harness.settled(3);
  expect(second.running.table.count).toBe(5);
  expect(phases).toContain("awaiting-provisioning");
  await expect(second.ask("cluster.provision")).rejects.toMatchObject({
    code: "ALREADY_PROVISIONED",
  });
});

describe("a node that comes later", () => {
  test("makes a lone node's partitions grow, as soon as there are enough nodes", async () => {
    harness = new NodeHarness();
    const [first, second, third] = harness.add("n1", "n2", "n3") as [TestNode, TestNode, TestNode];
    const defaultReplication = { nodeCopies: 2, zoneCopies: 1 };
    const timing = { provisionWaitMs: 0 };
    await first.start({ defaultReplication, autoProvision: true, timing });
    await harness.settled(1);
    for (let p = 0; p < 4; p++) await harness.write(p, "before");
    await second.start();
    await harness.settled(2);
    await third.start();
    await harness.settled(3);
    for (let p = 0; p < 4; p++) {
      await harness.write(p, "after");
      await harness.replicated(p, ["before", "after"]);
    }
    await until(
      () => metadataLeader() && metadataVoters(metadataLeader() as TestNode)?.length === 3,
    );
  });

  test("gets its share of replicas, from a cluster that has enough", async () => {
    harness = new NodeHarness();
    await harness.startThree({ partitionCount: 4 });
    for (let p = 0; p < 4; p++) await harness.write(p, "kept");
    const [fourth] = harness.add("n4") as [TestNode];
    await fourth.start();
    expect(fourth.nodeId).toBe(4);
    await until(() => {
      const loads = harness.nodes.map(
        ({ nodeId }) =>
          fourth.running.table.partitions.filter(({ replicas }) =>
            replicas.some((replica) => replica.nodeId === nodeId),
          ).length,
      );
      return loads.every((load) => load === 3);
    });
    await harness.settled(3);
    for (let p = 0; p < 4; p++) await harness.replicated(p, ["kept"]);
    // What left a node was deleted there.
    await until(() => harness.nodes.slice(0, 3).every(({ dropped }) => dropped.length === 1));
  });
});

test("a replica that comes to a node finds nothing of an earlier one there", async () => {
  harness = new NodeHarness();
  await harness.startThree();
  for (let p = 0; p < 4; p++) await harness.write(p, "kept");
  const [fourth] = harness.add("n4") as [TestNode];
  // As after a crash between the end of a replica and the deletion of its rows.
  for (let p = 0; p < 4; p++) await CountingMachine.leave(fourth.engine, p);
  await fourth.start();
  await until(() => fourth.running.partitions().length === 3);
  await harness.settled(3);
  for (let p = 0; p < 4; p++) await harness.replicated(p, ["kept"]);
});

describe("a node that starts again", () => {
  test("goes on as the same node, in a new generation, and catches up", async () => {
    harness = new NodeHarness();
    const [first, second, third] = await harness.startThree();
    const fingerprint = first.running.membership.clusterFingerprint;
    const { nodeId } = third;
    await third.stop();
    await until(() => harness.leaderOf(0) && harness.leaderOf(1));
    await harness.write(0, "while away");
    await third.start();
    expect(third.nodeId).toBe(nodeId);
    expect(third.running.membership.self.generation).toBe(2);
    expect(third.running.membership.clusterFingerprint).toBe(fingerprint);
    await harness.replicated(0, ["while away"]);
    await until(() => {
      const seen = first.running.membership.nodes().find((node) => node.nodeId === nodeId);
      return seen?.isAlive === true && seen.generation === 2;
    });
    expect(second.failures).toEqual([]);
  });

  test("all of them at once find together again, without the seeds' help", async () => {
    harness = new NodeHarness();
    const nodes = await harness.startThree();
    await harness.write(1, "kept");
    await Promise.all(nodes.map((node) => node.stop()));
    await Promise.all(nodes.map((node) => node.start({ seedAddresses: [] })));
    await harness.settled(3);
    await harness.write(1, "more");
    await harness.replicated(1, ["kept", "more"]);
  });

  test("under another address is found there", async () => {
    harness = new NodeHarness();
    const [first, , third] = await harness.startThree();
    await third.stop();
    await third.start({ advertisedAddress: "elsewhere" });
    await until(() => {
      const seen = first.running.membership.nodes().find(({ nodeName }) => nodeName === "n3");
      return seen?.address === "elsewhere";
    });
    await harness.write(2, "x");
    await harness.replicated(2, ["x"]);
  });
});

describe("a directory", () => {
  test("under the name of a running node is refused, and that node stays up", async () => {
    harness = new NodeHarness();
    const [, second] = await harness.startThree();
    const [impostor] = harness.add("impostor") as [TestNode];
    await expect(impostor.start({ nodeName: "n2" })).rejects.toMatchObject({
      code: "NODE_NAME_TAKEN",
    });
    expect(second.failures).toEqual([]);
    await harness.write(0, "x");
    await harness.replicated(0, ["x"]);
    expect(second.running.membership.nodes()).toHaveLength(3);
  });

  test("that was wiped comes back as another node, and its old id is burnt", async () => {
    harness = new NodeHarness();
    const [first, , third] = await harness.startThree();
    for (let p = 0; p < 4; p++) await harness.write(p, "kept");
    const lostId = third.nodeId;
    await third.stop();
    third.wipe();
    await third.start({ timing: { nameTakenMs: 10_000 } });
    expect(third.nodeId).toBe(4);
    await until(() => first.running.membership.nodes().every(({ nodeId }) => nodeId !== lostId));
    await harness.settled(3);
    for (let p = 0; p < 4; p++) {
      expect(harness.membersOf(p)).not.toContain(lostId);
      await harness.replicated(p, ["kept"]);
    }
    const replicas = first.running.table.find(0)?.replicas;
    expect(replicas?.map(({ replicaId }) => replicaId)).toContain(4);
    const voters = () => metadataLeader() && metadataVoters(metadataLeader() as TestNode);
    await until(() => voters()?.length === 3 && !voters()?.includes(lostId));
  });

  test("of another cluster is refused by its marker, and by the seeds", async () => {
    harness = new NodeHarness();
    const [, , third] = await harness.startThree();
    const [stranger] = harness.add("stranger") as [TestNode];
    await expect(stranger.start({ clusterName: "other" })).rejects.toMatchObject({
      code: "CLUSTER_MISMATCH",
    });
    await third.stop();
    await expect(third.start({ clusterName: "other" })).rejects.toMatchObject({
      code: "DATA_DIRECTORY_MISMATCH",
    });
  });

  test("whose node insists on an id keeps it, and nobody else gets it", async () => {
    harness = new NodeHarness();
    const [first, second] = harness.add("n1", "n2") as [TestNode, TestNode];
    await first.start({ autoProvision: true, timing: { provisionWaitMs: 0 }, forceNodeId: 7 });
    expect(first.nodeId).toBe(7);
    await expect(second.start({ forceNodeId: 7 })).rejects.toMatchObject({ code: "NODE_ID_TAKEN" });
    await second.start({ forceNodeId: 3 });
    expect(second.nodeId).toBe(3);
    await second.stop();
    await expect(second.start({ forceNodeId: 4 })).rejects.toThrow(
      "belongs to node id 3, not to 4",
    );
    await second.start({ forceNodeId: 3 });
  });

  test("waits no longer than it may for a cluster", async () => {
    harness = new NodeHarness();
    const [lonely] = harness.add("n1") as [TestNode];
    await expect(lonely.start({ timing: { initializationMs: 200 } })).rejects.toMatchObject({
      code: "INITIALIZATION_TIMED_OUT",
    });
  });

  test("auto-provisions nothing when a seed belongs to a cluster already", async () => {
    harness = new NodeHarness();
    const [first] = await harness.startThree();
    const [fourth] = harness.add("n4") as [TestNode];
    await fourth.start({ autoProvision: true });
    const { clusterFingerprint } = first.running.membership;
    expect(fourth.running.membership.clusterFingerprint).toBe(clusterFingerprint);
  });

  test("that was wiped does not create a second cluster, though it may create one", async () => {
    harness = new NodeHarness();
    const [first, second] = await harness.startThree();
    await harness.write(0, "kept");
    await first.stop();
    first.wipe();
    await first.start({ autoProvision: true, timing: { nameTakenMs: 10_000 } });
    const { clusterFingerprint } = second.running.membership;
    expect(first.running.membership.clusterFingerprint).toBe(clusterFingerprint);
    await harness.settled(3);
    await harness.replicated(0, ["kept"]);
  });

  test("waits for silent seeds before it creates a cluster, and for no longer", async () => {
    harness = new NodeHarness();
    const [first] = harness.add("n1", "absent") as [TestNode];
    await first.start({
      autoProvision: true,
      timing: { seedSilenceMs: 150, provisionWaitMs: 100 },
    });
    expect(first.nodeId).toBe(1);
  });

  test("that waits for a cluster can be told to stop", async () => {
    harness = new NodeHarness();
    const [lonely] = harness.add("n1") as [TestNode];
    const controller = new AbortController();
    const starting = lonely.start({ signal: controller.signal });
    await until(() => lonely.transport !== undefined);
    controller.abort();
    await expect(starting).rejects.toMatchObject({ code: "CLUSTER_CLOSED" });
    await lonely.start({ autoProvision: true, seedAddresses: [] });
  });

  test("of the first format, which held a cluster of one, is read and can grow", async () => {
    harness = new NodeHarness();
    const [first] = harness.add("n1") as [TestNode];
    const alone = { autoProvision: true, seedAddresses: [], advertisedAddress: undefined };
    await first.start(alone);
    await harness.settled(1);
    for (let p = 0; p < 4; p++) await harness.write(p, "kept");
    const { metadata } = first.running;
    const table = await metadata.get("partition_table");
    const old = firstFormat(first.running.table);
    await metadata.put("partition_table", old, table?.version as number);
    await metadata.delete("nodes", (await metadata.get("nodes"))?.version as number);
    await first.stop();
    const path = join(first.directory, ".cluster-marker");
    const marker = JSON.parse(readFileSync(path, "utf8"));
    for (const name of ["directoryId", "isFounder", "isForcedIdBurnt"]) delete marker[name];
    writeFileSync(path, JSON.stringify({ ...marker, formatVersion: 1, minReaderVersion: 1 }));
    const [second, third] = harness.add("n2", "n3") as [TestNode, TestNode];
    await first.start({ autoProvision: true });
    expect(first.nodeId).toBe(1);
    expect(first.running.table.count).toBe(4);
    await until(() => first.running.membership.nodes().length === 1);
    await Promise.all([second.start(), third.start()]);
    await first.ask("config.set", { nodeCopies: 2 });
    await harness.settled(3);
    for (let p = 0; p < 4; p++) await harness.replicated(p, ["kept"]);
  });
});

/** A partition table as the first format had it. */
function firstFormat({ partitions }: PartitionTable): Uint8Array {
  const writer = new ByteWriter();
  writer.writeVarint(1);
  writer.writeVarint(partitions.length);
  for (const { partitionId, keys, replicas } of partitions) {
    writer.writeVarint(partitionId);
    for (const key of [keys.start, keys.end]) {
      writer.writeVarint(Number(key >> 32n));
      writer.writeVarint(Number(key & 0xffff_ffffn));
    }
    writer.writeVarint(replicas.length);
    for (const { replicaId, nodeId } of replicas) {
      writer.writeVarint(replicaId);
      writer.writeVarint(nodeId);
    }
  }
  return writer.finish();
}
