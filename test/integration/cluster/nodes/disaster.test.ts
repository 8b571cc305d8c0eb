// What operators can still do when a majority is lost for good.
import { afterEach, beforeEach, expect, test } from "vitest";

import { NodeHarness, type TestNode, until } from "./node-harness.ts";

let harness: NodeHarness;

beforeEach(() => {
  harness = new NodeHarness();
});

afterEach(async () => {
  await harness.close();
}, 30_000);

function metadataVoters(node: TestNode): readonly number[] {
  return node.running.replicaStatus()[0]?.voters ?? [];
}

test("a partition that lost its majority goes on from a survivor, and grows again", async () => {
  // Five nodes: the metadata survives the loss of two, partitions on three nodes do not.
  await harness.startThree();
  const [fourth, fifth] = harness.add("n4", "n5") as [TestNode, TestNode];
  await Promise.all([fourth.start(), fifth.start()]);
  await until(() => harness.nodes.some((node) => metadataVoters(node).length === 5));
  await harness.settled(3);
  await harness.write(0, "kept");
  await harness.replicated(0, ["kept"]);
  const holders = harness.membersOf(0) as number[];
  const [survivor, ...lost] = harness.nodes.filter(({ nodeId }) => holders.includes(nodeId)) as [
    TestNode,
    ...TestNode[],
  ];
  await expect(
    survivor.ask("partitions.unsafeRecover", { partitionId: 0, acceptDataLoss: true }),
  ).rejects.toMatchObject({ code: "CONFLICT" });
  const lostIds = lost.map(({ nodeId }) => nodeId);
  await Promise.all(lost.map((node) => node.stop()));
  await until(() => survivor.running.membership.nodes().filter((n) => n.isAlive).length === 3);
  await expect(survivor.ask("partitions.unsafeRecover", { partitionId: 0 })).rejects.toMatchObject({
    code: "INVALID_REQUEST",
  });
  const reply = await survivor.ask("partitions.unsafeRecover", {
    partitionId: 0,
    acceptDataLoss: true,
  });
  expect(reply).toMatchObject({ recoveredFrom: { nodeId: survivor.nodeId } });
  await harness.write(0, "after");
  await until(() => harness.membersOf(0)?.length === 3);
  expect(harness.membersOf(0)?.some((nodeId) => lostIds.includes(nodeId))).toBe(false);
  await harness.replicated(0, ["kept", "after"]);
  expect(await survivor.ask("metadata.list", { prefix: "unsafe" })).toEqual({
    names: ["unsafe_recoveries"],
  });
  // The lost ones come back, and what they had of the partition is deleted.
  await Promise.all(lost.map((node) => node.start()));
  await until(() => lost.every(({ dropped }) => dropped.includes(0)));
  await harness.write(0, "last");
  await harness.replicated(0, ["kept", "after", "last"]);
});

test("metadata that lost its majority goes on with one node, and takes in new ones", async () => {
  const [first, second, third] = await harness.startThree();
  await until(() => harness.nodes.some((node) => metadataVoters(node).length === 3));
  for (let p = 0; p < 4; p++) await harness.write(p, "kept");
  for (let p = 0; p < 4; p++) await harness.replicated(p, ["kept"]);
  const lostNodes = [second.nodeId, third.nodeId];
  await Promise.all([first, second, third].map((node) => node.stop()));
  second.wipe();
  third.wipe();
  await first.start({ recoverMetadata: { lostNodes } });
  for (let partitionId = 0; partitionId < 4; partitionId++) {
    await first.ask("partitions.unsafeRecover", { partitionId, acceptDataLoss: true });
  }
  await Promise.all([second.start(), third.start()]);
  await harness.settled(3);
  for (let p = 0; p < 4; p++) {
    await harness.write(p, "after");
    await harness.replicated(p, ["kept", "after"]);
  }
  expect(first.running.membership.nodes().map(({ nodeId }) => nodeId)).not.toContain(lostNodes[0]);
  await until(() => harness.nodes.some((node) => metadataVoters(node).length === 3));
});
