// Replicas are compared while they run: a row that differs is found, and its replica put aside.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WriteBatch } from "#engine";
import { FakeCluster, idIn, until } from "#fixtures/partition-cluster";
import { request } from "#fixtures/partition-commands";
import { partitionRange } from "#partition-store";
import { compareDigests } from "../../../../src/partition/digest/compare-digests.ts";
import { DigestBook } from "../../../../src/partition/digest/digest-book.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = await FakeCluster.start();
  for (let i = 0; i < 50; i++) {
    const id = idIn(0, `i${i}`);
    const content = request(id);
    const asked = { kind: "append-invocation", request: content, mode: "call", fresh: true };
    await cluster.node(2).host.request(id, asked as never);
  }
});

afterEach(async () => {
  await cluster.close();
});

/** Flips one bit of a stored row, behind the back of everybody. */
async function corrupt(nodeId: number, nth = 5): Promise<void> {
  const { engine, host } = cluster.node(nodeId);
  await cluster.group(0).settled();
  await host.flush();
  const rows = await engine.scan(partitionRange(0));
  const row = rows.filter(({ value }) => value.length > 20)[nth];
  if (row === undefined) throw new Error("there are rows to damage");
  const batch = new WriteBatch();
  const value = row.value.slice();
  value[value.length - 1] = (value.at(-1) as number) ^ 1;
  batch.put(row.key, value);
  await engine.write(batch);
}

describe("a comparison of replicas", () => {
  test("finds them equal, wherever their rows were flushed", async () => {
    await cluster.node(3).host.flush();
    const verdict = await cluster.node(1).host.checkDigest(0);
    expect(verdict).toEqual({ kind: "equal", count: 3 });
    expect(cluster.errors).toEqual([]);
    expect(cluster.node(1).reports.map(({ verdict: { kind } }) => kind)).toEqual(["equal"]);
  });

  test("goes on while work does", async () => {
    const { host } = cluster.node(1);
    const work = Array.from({ length: 200 }, async (_, i) => {
      const id = idIn(0, `w${i}`);
      const asked = { kind: "append-invocation", request: request(id), mode: "call", fresh: true };
      await cluster.node((i % 3) + 1).host.request(id, asked as never);
      return i % 20 === 0 ? host.checkDigest(0) : undefined;
    });
    const verdicts = (await Promise.all(work)).filter((verdict) => verdict !== undefined);
    for (const verdict of verdicts) expect(verdict.kind).toBe("equal");
    expect(verdicts).toHaveLength(10);
  });

  test("is of one state, however slowly a replica writes", async () => {
    const { engine, host } = cluster.node(3);
    const { promise, resolve } = Promise.withResolvers<void>();
    engine.gate = promise;
    const flushed = host.flush();
    const verdict = cluster.node(1).host.checkDigest(0);
    for (let i = 0; i < 20; i++) {
      const id = idIn(0, `more${i}`);
      const asked = { kind: "append-invocation", request: request(id), mode: "call", fresh: true };
      await cluster.node(2).host.request(id, asked as never);
    }
    resolve();
    expect(await verdict).toEqual({ kind: "equal", count: 3 });
    await flushed;
  });

  test("finds a flipped bit in a follower, which never leads again", async () => {
    await corrupt(3);
    const verdict = await cluster.node(1).host.checkDigest(0);
    expect(verdict).toEqual({ kind: "diverged", nodes: [3] });
    await until(() => cluster.node(3).rebuilt.length > 0);
    expect(cluster.node(3).rebuilt).toEqual([0]);
    const group = cluster.group(0);
    await group.elect(3);
    await until(() => group.leader !== 3);
    const id = idIn(0, "after");
    const asked = { kind: "append-invocation", request: request(id), mode: "call", fresh: true };
    expect(await cluster.node(3).host.request(id, asked as never)).toMatchObject({
      kind: "result",
    });
    expect(cluster.node(3).host.processor(0)?.isLeader).toBe(false);
  });

  test("makes a leader that differs from the others hand over", async () => {
    await corrupt(1);
    const verdict = await cluster.node(1).host.checkDigest(0);
    expect(verdict).toEqual({ kind: "diverged", nodes: [1] });
    await until(() => cluster.group(0).leader !== 1);
    expect(cluster.node(1).rebuilt).toEqual([0]);
    expect(cluster.node(1).reports.at(-1)?.verdict).toEqual({ kind: "diverged", nodes: [1] });
  });

  test("leaves out who cannot be reached", async () => {
    cluster.network.cut(2);
    expect(await cluster.node(1).host.checkDigest(0)).toEqual({ kind: "equal", count: 2 });
  });

  test("leaves out replicas of another build, whose rows may say more", async () => {
    await corrupt(3);
    cluster.builds.set(3, "next");
    expect(await cluster.node(1).host.checkDigest(0)).toEqual({ kind: "equal", count: 2 });
    cluster.builds.delete(3);
    expect(await cluster.node(1).host.checkDigest(0)).toMatchObject({ kind: "diverged" });
  });

  test("cannot decide between two", async () => {
    cluster.network.cut(2);
    await corrupt(3);
    const verdict = await cluster.node(1).host.checkDigest(0);
    expect(verdict?.kind).toBe("undecided");
    expect(cluster.group(0).leader).toBe(1);
  });

  test("is not made by who does not lead", async () => {
    expect(await cluster.node(2).host.checkDigest(0)).toBeUndefined();
  });
});

describe("digests", () => {
  const votes = (...digests: readonly (string | undefined)[]) =>
    compareDigests({ digests: new Map(digests.map((digest, node) => [node, digest])) });

  test("are compared by majority of those who answered", () => {
    expect(votes("a", "a", undefined)).toEqual({ kind: "equal", count: 2 });
    expect(votes()).toEqual({ kind: "equal", count: 0 });
    expect(votes("a", "b", "a")).toEqual({ kind: "diverged", nodes: [1] });
    expect(votes("a", "b", "c", "b", "b")).toEqual({ kind: "diverged", nodes: [0, 2] });
    expect(votes("a", "b")).toEqual({ kind: "undecided", nodes: [0, 1] });
    expect(votes("a", "b", "b", "a")).toMatchObject({ kind: "undecided" });
    expect(votes("a", "b", undefined)).toMatchObject({ kind: "undecided" });
  });

  test("are kept for a few states, and waited for", async () => {
    const book = new DigestBook();
    const later = book.find(3);
    const skipped = book.find(2);
    book.note(1, Promise.resolve("one"));
    book.note(3, Promise.resolve("three"));
    expect(await later).toBe("three");
    expect(await skipped).toBeUndefined();
    for (let index = 4; index < 8; index++) book.note(index, Promise.resolve(`${index}`));
    expect(await book.find(1)).toBeUndefined();
    expect(await book.find(5)).toBe("5");
    const never = book.find(99);
    book.close();
    expect(await never).toBeUndefined();
  });
});
