// Rows of all partitions, read at any node from whichever nodes lead.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeCluster, idIn } from "#fixtures/partition-cluster";
import { bytes, request, target } from "#fixtures/partition-commands";
import type { InvocationId } from "#model";
import { createScanner, type PartitionScanner } from "#partition";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = await FakeCluster.start();
});

afterEach(async () => {
  await cluster.close();
});

async function send(id: InvocationId, payload: string, handler: string): Promise<void> {
  const content = request(id, { target: target({ handler }), payload: bytes(payload) });
  const asked = { kind: "append-invocation", request: content, mode: "send", fresh: true } as const;
  await cluster.node(1).host.request(id, asked);
}

function scannerOf(nodeId: number): PartitionScanner {
  return createScanner(cluster.node(nodeId).host);
}

async function all<Row>(pages: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

describe("a scan", () => {
  test("shows the same rows at every node", async () => {
    const ids: InvocationId[] = [];
    for (const partitionId of [0, 1, 2, 3]) {
      for (let i = 0; i < 30; i++) ids.push(idIn(partitionId, `i${i}`));
    }
    await Promise.all(ids.map((id) => send(id, "payload", "hold")));
    for (const id of ids) {
      const leader = cluster.group(Math.floor(ids.indexOf(id) / 30)).leader as number;
      await cluster.node(leader).invoker.whenRunning(id);
    }
    for (const nodeId of [1, 2, 3]) {
      const rows = await all(scannerOf(nodeId).invocations({}));
      expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort());
      expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(["running"]));
      expect(new Set(rows.map(({ attempt }) => attempt?.lastAttemptServer))).toEqual(
        new Set(["scripted"]),
      );
      expect(await all(scannerOf(nodeId).journal({}))).toHaveLength(ids.length);
    }
  });

  test("finds one invocation at its leader", async () => {
    const id = idIn(2, "one");
    await send(id, "payload", "hold");
    for (const nodeId of [1, 2, 3]) {
      const rows = await all(scannerOf(nodeId).invocations({ invocationId: id }));
      expect(rows.map((row) => row.id)).toEqual([id]);
      const unknown = idIn(2, "unknown");
      expect(await all(scannerOf(nodeId).invocations({ invocationId: unknown }))).toEqual([]);
      expect(await all(scannerOf(nodeId).journal({ invocationId: id }))).toHaveLength(1);
    }
  });

  test("reads large rows in pages of bounded size", async () => {
    const ids = Array.from({ length: 40 }, (_, i) => idIn(0, `large${i}`));
    await Promise.all(ids.map((id) => send(id, "x".repeat(50_000), "hold")));
    cluster.network.answerBytesMax = 0;
    const rows = await all(scannerOf(3).journal({}));
    expect(rows).toHaveLength(40);
    expect(cluster.network.answerBytesMax).toBeGreaterThan(200_000);
    expect(cluster.network.answerBytesMax).toBeLessThan(400_000);
  });

  test("goes on at the next leader", async () => {
    const ids = Array.from({ length: 600 }, (_, i) => idIn(0, `many${i}`));
    await Promise.all(ids.map((id) => send(id, "payload", "hold")));
    const seen: InvocationId[] = [];
    for await (const page of scannerOf(3).invocations({})) {
      if (seen.length === 0) await cluster.group(0).elect(2);
      seen.push(...page.map(({ id }) => id));
    }
    expect(seen.sort()).toEqual([...ids].sort());
  });

  test("fails when a partition has no leader", async () => {
    await cluster.group(3).elect(undefined);
    const scan = all(scannerOf(2).locks({}));
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
    await cluster.node(2).host.close();
    await expect(scan).rejects.toMatchObject({ code: "PARTITION_UNAVAILABLE" });
  });
});
