// A new cluster that starts with images of the partitions of another one.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ClusterSeed } from "#cluster";
import { NodeHarness, type TestNode, until } from "./node-harness.ts";

let harness: NodeHarness;

beforeEach(() => {
  harness = new NodeHarness();
});

afterEach(async () => {
  await harness.close();
}, 30_000);

const text = new TextEncoder();

function imageOf(records: readonly string[], appliedIndex: number): Uint8Array {
  return text.encode(JSON.stringify({ records, appliedIndex }));
}

/** Two of three partitions have an image. */
function seed(onChunk: (partitionId: number) => void = () => undefined): ClusterSeed {
  const partition = (partitionId: number, index: number, term: number) => ({
    partitionId,
    index,
    term,
    async *chunks() {
      onChunk(partitionId);
      yield imageOf([`seeded ${partitionId}`], index);
    },
  });
  return {
    partitionCount: 3,
    documents: [{ name: "schema/registry", contents: text.encode("services") }],
    partitions: [partition(0, 500, 7), partition(2, 9, 3)],
  };
}

async function startSeeded(): Promise<TestNode> {
  const [node] = harness.add("n1") as [TestNode];
  await node.start({ autoProvision: true, seed: async () => seed() });
  await until(() => [0, 1, 2].every((id) => harness.leaderOf(id) === node));
  return node;
}

test("partitions go on behind their images, in later terms, and others start empty", async () => {
  const node = await startSeeded();

  for (const id of [0, 1, 2]) await harness.write(id, "new");

  const records = [0, 1, 2].map((id) => node.machines.get(id)?.records);
  expect(records).toEqual([["seeded 0", "new"], ["new"], ["seeded 2", "new"]]);
  const logs = node.running.partitions();
  expect(logs.map(({ appliedIndex }) => appliedIndex)).toEqual([502, 2, 11]);
  expect(logs[0]?.term).toBeGreaterThan(7);
  expect(logs[2]?.term).toBeGreaterThan(3);
  const document = await node.running.metadata.get("schema/registry");
  expect(new TextDecoder().decode(document?.contents)).toBe("services");
});

test("a restart replays what came behind the images, and reads no seed again", async () => {
  const node = await startSeeded();
  await harness.write(0, "new");
  await node.stop();

  await node.start({ seed: () => Promise.reject(new Error("not asked again")) });

  await until(() => node.machines.get(0)?.leadership.isLeader);
  expect(node.machines.get(0)?.records).toEqual(["seeded 0", "new"]);
});

test("a start that was interrupted after the images were staged goes on with them", async () => {
  const [node] = harness.add("n1") as [TestNode];
  node.failNext = () => true;
  await expect(
    node.start({ autoProvision: true, seed: async () => seed(), partitionCount: 5 }),
  ).rejects.toThrow("No state machine this time");
  node.failNext = undefined;

  await node.start({ autoProvision: true });

  await until(() => [0, 1, 2].every((id) => harness.leaderOf(id) === node));
  expect(node.running.table.count).toBe(3);
  expect(node.machines.get(0)?.records).toEqual(["seeded 0"]);
});

test("an image that breaks off starts nothing, and the next start begins anew", async () => {
  const [node] = harness.add("n1") as [TestNode];
  const broken = seed((partitionId) => {
    if (partitionId === 2) throw new Error("The store is gone");
  });
  await expect(node.start({ autoProvision: true, seed: async () => broken })).rejects.toThrow(
    "The store is gone",
  );

  await node.start({ autoProvision: true, seed: async () => seed() });

  await until(() => harness.leaderOf(2) === node);
  expect(node.machines.get(2)?.records).toEqual(["seeded 2"]);
});

test("a node that finds a cluster does not start with a seed", async () => {
  const [first] = harness.add("n1") as [TestNode];
  await first.start({ autoProvision: true });
  const [second] = harness.add("n2") as [TestNode];

  await expect(second.start({ seed: async () => seed() })).rejects.toMatchObject({
    code: "CONFLICT",
  });
});

test("nodes that join a restored cluster get copies when the settings ask for them", async () => {
  const node = await startSeeded();
  await harness.write(0, "new");
  const [second, third] = harness.add("n2", "n3") as [TestNode, TestNode];
  await Promise.all([second.start(), third.start()]);

  await node.ask("config.set", { nodeCopies: 2 });

  await harness.settled(3);
  await harness.replicated(0, ["seeded 0", "new"]);
  await harness.replicated(2, ["seeded 2"]);
});
