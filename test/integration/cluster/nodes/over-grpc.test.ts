// The same nodes as in the other tests, over real connections: what the network within the process
// cannot show is that nothing relies on its speed and order.
import { afterEach, expect, test } from "vitest";

import { systemClock, systemRandom, systemScheduler } from "#cluster";
import { GrpcNodeTransport } from "#transport";
import { silentLogger } from "../log-store/log-harness.ts";
import { NodeHarness, type TestNode, until } from "./node-harness.ts";

let harness: NodeHarness;
// Two runs at the same time on one machine stay apart.
let firstPort = 21_100 + (process.pid % 5) * 20;

function newHarness(): NodeHarness {
  harness = new NodeHarness(firstPort);
  // A port that has just been closed may still be in use.
  firstPort += 10;
  return harness;
}

afterEach(async () => {
  await harness.close();
}, 30_000);

test("three nodes are provisioned by a tool, serve, and survive the loss of any", async () => {
  newHarness();
  const nodes = harness.add("n1", "n2", "n3") as [TestNode, TestNode, TestNode];
  const starting = nodes.map((node) => node.start({ partitionCount: 6 }));
  await until(() => nodes.every(({ transport }) => transport !== undefined));
  const tool = new GrpcNodeTransport({
    identity: {
      clusterName: "",
      clusterFingerprint: 0n,
      nodeId: 0,
      generation: 0,
      advertisedAddress: "",
    },
    clock: systemClock,
    scheduler: systemScheduler,
    defer: (run) => {
      setImmediate(run);
    },
    random: systemRandom,
    logger: silentLogger,
  });
  const payload = new TextEncoder().encode(JSON.stringify({ nodeCopies: 2 }));
  const target = { address: nodes[1].address, service: "cluster.provision" };
  const reply = await tool.callAddress(target, payload, { timeoutMs: 5_000 });
  expect(JSON.parse(new TextDecoder().decode(reply))).toMatchObject({ nodeId: 1 });
  await Promise.all(starting);
  await harness.settled(3);
  const status = { address: nodes[2].address, service: "cluster.status" };
  const seen = await tool.callAddress(status, new Uint8Array(), { timeoutMs: 5_000 });
  expect(JSON.parse(new TextDecoder().decode(seen))).toMatchObject({ clusterName: "test" });
  await tool.close();

  const records: string[] = [];
  const write = async (record: string) => {
    records.push(record);
    for (let p = 0; p < 6; p++) await harness.write(p, record);
  };
  await write("first");
  for (const node of nodes) {
    await node.stop();
    await write(`without ${node.name}`);
    await node.start();
    await harness.settled(3);
  }
  for (let p = 0; p < 6; p++) await harness.replicated(p, records);
  expect(nodes.flatMap(({ failures }) => failures)).toEqual([]);
});

test("nodes join, are refused, are wiped and are removed", async () => {
  newHarness();
  const [first, , third] = await harness.startThree();
  for (let p = 0; p < 4; p++) await harness.write(p, "kept");
  const [fourth, impostor] = harness.add("n4", "impostor") as [TestNode, TestNode];
  await fourth.start();
  await until(() => fourth.running.partitions().length === 3);
  await harness.settled(3);
  await expect(impostor.start({ nodeName: "n2" })).rejects.toMatchObject({
    code: "NODE_NAME_TAKEN",
  });
  await expect(impostor.start({ clusterName: "other" })).rejects.toThrow();
  const lostId = third.nodeId;
  await third.stop();
  third.wipe();
  await third.start({ timing: { nameTakenMs: 10_000 } });
  expect(third.nodeId).toBe(5);
  await until(() => first.running.membership.nodes().every(({ nodeId }) => nodeId !== lostId));
  await harness.settled(3);
  const { nodeId } = fourth;
  await first.ask("nodes.setWorkerState", { nodeId, workerState: "draining" });
  await until(() => fourth.running.partitions().length === 0);
  await harness.settled(3);
  for (let p = 0; p < 4; p++) await harness.replicated(p, ["kept"]);
  await first.ask("nodes.remove", { nodeId });
  await until(() => fourth.failures.length > 0);
  expect(fourth.failures[0]).toMatchObject({ code: "NODE_REMOVED" });
});
