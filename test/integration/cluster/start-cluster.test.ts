import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  type Cluster,
  type ClusterOptions,
  type MetadataDocument,
  startCluster,
  systemClock,
  systemRandom,
  systemScheduler,
} from "#cluster";
import { type KeyValueEngine, openRocksDbEngine } from "#engine";
import { silentLogger } from "./log-store/log-harness.ts";
import { ToyMachine } from "./toy-machine.ts";

let directory: string;
let engine: KeyValueEngine | undefined;
let machines: ToyMachine[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "stet-cluster-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function start(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  machines = [];
  return startCluster({
    dataDirectory: directory,
    nodeName: "n1",
    clusterName: "test",
    partitionCount: 3,
    engine: async (path) => {
      engine = await openRocksDbEngine(path);
      return engine;
    },
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    logger: silentLogger,
    createStateMachine: async (_partitionId, log) => {
      const machine = await ToyMachine.load(engine as KeyValueEngine, log);
      machines[log.partitionId] = machine;
      return machine;
    },
    onFatal: (error) => {
      throw error;
    },
    ...options,
  });
}

function machine(index: number): ToyMachine {
  return machines[index] as ToyMachine;
}

async function allLead(): Promise<void> {
  await Promise.all(machines.map((known) => known.whenLeader()));
}

describe("a node alone", () => {
  test("leads every partition and applies what is proposed, in order", async () => {
    const cluster = await start();
    expect(cluster.partitions().map(({ partitionId }) => partitionId)).toEqual([0, 1, 2]);
    await allLead();
    for (let i = 0; i < 100; i++) expect(machine(i % 3).propose(`v${i}`)).toBe("accepted");
    await Promise.all(machines.map((known, i) => known.whenCount(i === 0 ? 34 : 33)));
    expect(machine(1).records).toEqual(Array.from({ length: 33 }, (_, i) => `v${i * 3 + 1}`));
    expect(cluster.statistics()).toMatchObject({ pendingBytes: 0, segmentCount: 1 });
    expect(cluster.statistics().proposedRecords).toBeGreaterThanOrEqual(100);
    const leadership = machine(0).changes.at(-1);
    expect(leadership).toEqual({ isLeader: true, term: 1, leaderNode: 1 });
    expect(await cluster.partitions()[0]?.readIndex()).toBe(cluster.partitions()[0]?.appliedIndex);
    await cluster.close();
  });

  test("keeps everything over restarts, with a new generation and term", async () => {
    let cluster = await start();
    await allLead();
    machine(0).propose("first");
    await machine(0).whenCount(1);
    const fingerprint = cluster.membership.clusterFingerprint;
    await cluster.close();
    cluster = await start({ partitionCount: 7 });
    expect(cluster.table.count).toBe(3);
    expect(cluster.membership.clusterFingerprint).toBe(fingerprint);
    expect(cluster.membership.self.generation).toBe(2);
    expect(machine(0).records).toEqual(["first"]);
    await allLead();
    machine(0).propose("second");
    await machine(0).whenCount(2);
    expect(cluster.partitions()[0]?.term).toBe(2);
    await cluster.close();
    cluster = await start();
    expect(machine(0).records).toEqual(["first", "second"]);
    await cluster.close();
  });

  test("replays from the log what the store has lost", async () => {
    let cluster = await start();
    await allLead();
    for (let i = 0; i < 10; i++) machine(2).propose(`v${i}`);
    await machine(2).whenCount(10);
    await cluster.close();
    rmSync(join(directory, "db"), { recursive: true });
    cluster = await start();
    await machine(2).whenCount(10);
    expect(machine(2).records).toEqual(Array.from({ length: 10 }, (_, i) => `v${i}`));
    await cluster.close();
  });

  test("goes on after its log was compacted", async () => {
    let cluster = await start({ log: { segmentBytes: 64 * 1024 } });
    await allLead();
    const text = "x".repeat(1000);
    for (let round = 1; round <= 20; round++) {
      for (let i = 0; i < 20; i++) machine(0).propose(text);
      await machine(0).whenCount(round * 20);
      await cluster.engine.flush();
      const log = machine(0).log;
      expect(log.appendedBytesSinceCompaction()).toBeGreaterThan(0);
      log.compact(machine(0).appliedIndex);
    }
    await cluster.close();
    cluster = await start();
    expect(machine(0).records).toHaveLength(400);
    await allLead();
    machine(0).propose("after");
    await machine(0).whenCount(401);
    await cluster.close();
  });

  test("refuses proposals before it leads, beyond the limit, and after closing", async () => {
    const cluster = await start({ log: { pendingBytesMax: 1000 } });
    await allLead();
    let open: () => void = () => undefined;
    machine(0).gate = new Promise((resolve) => {
      open = resolve;
    });
    const text = "x".repeat(400);
    expect(machine(0).propose(text)).toBe("accepted");
    expect(machine(0).propose(text)).toBe("accepted");
    expect(machine(0).propose(text)).toBe("overloaded");
    expect(machine(1).propose("a".repeat(5000))).toBe("accepted");
    open();
    await machine(0).whenCount(2);
    await machine(0).log.readIndex();
    expect(machine(0).propose(text)).toBe("accepted");
    await cluster.close();
    expect(machine(0).propose(text)).toBe("not-leader");
    await expect(machine(0).log.readIndex()).rejects.toThrow("no confirmed leader");
  });

  test("a state machine that throws stops its partition and no other", async () => {
    const cluster = await start();
    await allLead();
    machine(1).applyBatch = () => {
      throw new Error("Defect");
    };
    machine(1).propose("poison");
    machine(0).propose("fine");
    await machine(0).whenCount(1);
    expect(machine(1).propose("more")).toBe("not-leader");
    expect(machine(1).changes.at(-1)?.isLeader).toBe(false);
    expect(machine(0).propose("fine")).toBe("accepted");
    await cluster.close();
  });

  test("calls of its own services are answered", async () => {
    const cluster = await start();
    cluster.calls.register("echo", async (payload, fromNode) =>
      Uint8Array.of(fromNode, ...payload),
    );
    const self = { nodeId: 1, service: "echo" };
    const answer = await cluster.calls.call(self, Uint8Array.of(7), { timeoutMs: 1000 });
    expect([...answer]).toEqual([1, 7]);
    const unknown = cluster.calls.call({ nodeId: 2, service: "echo" }, Uint8Array.of(7), {
      timeoutMs: 1000,
    });
    await expect(unknown).rejects.toMatchObject({ code: "NODE_UNREACHABLE" });
    await cluster.close();
  });
});

describe("metadata", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const shown = (document: MetadataDocument | undefined) =>
    document && `${document.version}:${new TextDecoder().decode(document.contents)}`;

  test("a document is written only at the version that the writer expects", async () => {
    let cluster = await start();
    const { metadata } = cluster;
    expect(await metadata.put("a", bytes("1"), 0)).toEqual({ isWritten: true, version: 1 });
    expect(await metadata.put("a", bytes("2"), 0)).toEqual({ isWritten: false, version: 1 });
    expect(await metadata.put("a", bytes("2"), 1)).toEqual({ isWritten: true, version: 2 });
    expect(await metadata.put("b", bytes("x"), 3)).toEqual({ isWritten: false, version: 0 });
    expect(shown(await metadata.getLatest("a"))).toBe("2:2");
    expect(await metadata.list("")).toEqual(["a", "nodes", "partition_table"]);
    await cluster.close();
    cluster = await start();
    expect(shown(await cluster.metadata.get("a"))).toBe("2:2");
    expect(await cluster.metadata.delete("a", 1)).toEqual({ isWritten: false, version: 2 });
    expect(await cluster.metadata.delete("a", 2)).toEqual({ isWritten: true, version: 0 });
    expect(await cluster.metadata.get("a")).toBeUndefined();
    await cluster.close();
  });

  test("of two writers at one version, one wins", async () => {
    const cluster = await start();
    const results = await Promise.all(
      ["x", "y", "z"].map((text) => cluster.metadata.put("a", bytes(text), 0)),
    );
    expect(results.filter(({ isWritten }) => isWritten)).toHaveLength(1);
    await cluster.close();
  });

  test("a watcher sees the present document, then every change, until it ends", async () => {
    const cluster = await start();
    const { metadata } = cluster;
    const seen: (string | undefined)[] = [];
    const stop = metadata.watch("a", (document) => seen.push(shown(document)));
    await metadata.put("a", bytes("1"), 0);
    await metadata.put("other", bytes("1"), 0);
    await metadata.put("a", bytes("2"), 1);
    await metadata.delete("a", 2);
    stop();
    await metadata.put("a", bytes("3"), 0);
    expect(seen).toEqual([undefined, "1:1", "2:2", undefined]);
    await cluster.close();
  });

  test("large documents make the log of the group be compacted", async () => {
    let cluster = await start();
    const contents = new Uint8Array(300_000).fill(7);
    for (let i = 0; i < 10; i++) await cluster.metadata.put("big", contents, i);
    await cluster.close();
    cluster = await start();
    expect((await cluster.metadata.get("big"))?.version).toBe(10);
    await cluster.close();
  });
});

describe("the data directory", () => {
  test("is refused while another start holds it", async () => {
    const cluster = await start();
    await expect(start()).rejects.toMatchObject({ code: "DATA_DIRECTORY_LOCKED" });
    await cluster.close();
    await (await start()).close();
  });

  test("is taken over from a process that is dead", async () => {
    await (await start()).close();
    const child = spawn("true");
    await new Promise((resolve) => child.on("exit", resolve));
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const lock = { pid: child.pid, startedAt: "1", boot };
    writeFileSync(join(directory, ".lock"), JSON.stringify(lock));
    await (await start()).close();
    // The id is alive, but belongs to a process that started at another time.
    writeFileSync(join(directory, ".lock"), JSON.stringify({ ...lock, pid: process.pid }));
    await (await start()).close();
    writeFileSync(join(directory, ".lock"), "not json");
    await (await start()).close();
  });

  test("is refused when it belongs to another cluster, node, version or nobody", async () => {
    await (await start()).close();
    await expect(start({ clusterName: "other" })).rejects.toThrow('belongs to cluster "test"');
    await expect(start({ nodeName: "n2" })).rejects.toThrow('belongs to node "n1"');
    const path = join(directory, ".cluster-marker");
    const marker = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...marker, formatVersion: 9, minReaderVersion: 9 }));
    await expect(start()).rejects.toThrow("is in format 9, for builds that know format");
    writeFileSync(path, "{");
    await expect(start()).rejects.toThrow("its marker");
    rmSync(path);
    await expect(start()).rejects.toThrow("no marker of a node");
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
    await (await start()).close();
  });

  test("without its log is refused once the node has taken part", async () => {
    await (await start()).close();
    rmSync(join(directory, "log-store"), { recursive: true });
    await expect(start()).rejects.toThrow("has taken part in a cluster");
  });
});
