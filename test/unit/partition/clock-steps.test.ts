// The time of day is set back or forth while partitions work.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "#cluster";
import { FakeCluster, idIn } from "#fixtures/partition-cluster";
import { request } from "#fixtures/partition-commands";
import type { PartitionReply } from "#partition";
import { createScanner } from "#partition";

const HOUR_MS = 3_600_000;

let cluster: FakeCluster;
beforeEach(async () => {
  cluster = await FakeCluster.start({ replicas: [1] });
});
afterEach(async () => {
  await cluster.close();
});

function send(name: string, executionTimeMs?: number): Promise<PartitionReply> {
  const id = idIn(0, name);
  const content = request(id, { executionTimeMs });
  const asked = { kind: "append-invocation", request: content, mode: "send", fresh: true } as const;
  return cluster.node(1).host.request(id, asked);
}

async function statusOf(name: string): Promise<string | undefined> {
  const scanner = createScanner(cluster.node(1).host);
  for await (const rows of scanner.invocations({ invocationId: idIn(0, name) })) {
    return rows[0]?.status;
  }
  return undefined;
}

describe("after the clock was set back", () => {
  test("a delay still lasts as long as was asked for", async () => {
    cluster.wallAheadMs = HOUR_MS;
    await send("before");
    cluster.wallAheadMs = 0;

    await send("delayed", systemClock.nowMs() + HOUR_MS / 2);

    expect(await statusOf("delayed")).toBe("scheduled");
  });

  test("a time that has passed by the new clock is now", async () => {
    cluster.wallAheadMs = HOUR_MS;
    await send("before");
    cluster.wallAheadMs = 0;

    await send("due", systemClock.nowMs() - 1);

    expect(await statusOf("due")).not.toBe("scheduled");
  });
});
