// Every command against a cluster that is a table of answers: what is asked for, what people and
// scripts see, and how the process ends.
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

import { node, partition, refuse, runCommand, status } from "./fake-cluster.ts";

const nodes = [node(1), node(2), node(3)];
const lists = {
  "nodes.list": () => ({ nodes }),
  "partitions.list": () => ({ partitions: [partition(), partition({ partitionId: 1 })] }),
  "cluster.status": () => status(),
};

describe("finding a node", () => {
  const list = { answers: lists };

  test("addresses are tried in order", async () => {
    const silent = ["http://a:1"];
    const { exitCode, calls } = await runCommand("nodes list -s http://a:1,http://b:2,http://c:3", {
      ...list,
      silent,
    });

    expect(exitCode).toBe(0);
    expect(calls.map(({ address }) => address)).toEqual(["http://b:2"]);
  });

  test("a member is asked rather than a node that waits for a cluster", async () => {
    const { calls } = await runCommand("nodes list -s a:1,b:2", { ...list, waiting: ["a:1"] });

    expect(calls.map(({ address }) => address)).toEqual(["b:2"]);
  });

  test("it says of every address why nobody answered", async () => {
    const { exitCode, noted } = await runCommand("nodes list -s a:1,b:2", {
      silent: ["a:1", "b:2"],
    });

    expect(exitCode).toBe(1);
    expect(noted).toContain("a:1: nobody listens there\n  b:2: nobody listens there");
  });

  test("a node without a cluster says what to do", async () => {
    const { exitCode, noted } = await runCommand("nodes list -s a:1", { waiting: ["a:1"] });

    expect(exitCode).toBe(1);
    expect(noted).toContain('"stet cluster provision" creates one');
  });

  test("scripts get failures as JSON, too", async () => {
    const { noted } = await runCommand("nodes list --json -s a:1", { silent: ["a:1"] });

    expect(JSON.parse(noted)).toMatchObject({ error: { code: "UNREACHABLE" } });
  });
});

describe("usage", () => {
  test.each([
    "cluster",
    "nodes",
    "nodes unknown",
    "nodes list --unknown",
    "nodes remove",
    "nodes set-worker-state n1 --worker-state asleep",
    "partitions leadership pin 0",
    "partitions list --sort colour",
    "partitions list x",
    "nodes list --connect-timeout never",
    "nodes set",
    "cluster provision -n 0",
  ])("%s is a mistake", async (words) => {
    expect(await runCommand(words, { answers: lists })).toMatchObject({ exitCode: 2, calls: [] });
  });

  test.each(["--help", "cluster --help", "part lead pin --help", "--version"])(
    "%s is answered without a connection",
    async (words) => {
      expect(await runCommand(words)).toMatchObject({ exitCode: 0, calls: [] });
    },
  );
});

describe("confirmation", () => {
  const answers = { ...lists, "nodes.remove": () => ({}) };

  test("without somebody to ask nothing is done", async () => {
    const { exitCode, noted, calls } = await runCommand("nodes remove N2", { answers });

    expect(exitCode).toBe(2);
    expect(noted).toContain("add --yes");
    expect(calls.map(({ service }) => service)).toEqual(["nodes.list"]);
  });

  test.each([
    ["y", 0],
    ["YES", 0],
    ["", 1],
    ["no", 1],
  ])("the answer %j ends with %s", async (typed, exitCode) => {
    const outcome = await runCommand("nodes remove N2", { answers, typed: [typed] });

    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.calls.some(({ service }) => service === "nodes.remove")).toBe(exitCode === 0);
  });

  test("--yes is an answer", async () => {
    const { exitCode, calls } = await runCommand("nodes remove N2,node-3 -y", { answers });

    expect(exitCode).toBe(0);
    expect(calls.slice(1).map(({ request }) => request)).toEqual([{ nodeId: 2 }, { nodeId: 3 }]);
  });
});

describe("cluster provision", () => {
  const settings = { partitionCount: 8, nodeCopies: 2, zoneCopies: 1, expectedNodes: 3 };
  const answers = {
    "cluster.provision": () => ({ settings, nodeId: 1, clusterFingerprint: "99" }),
    "config.get": () => ({ version: 1, partitionCount: 8, replication: settings }),
  };
  const waiting = ["http://127.0.0.1:5122"];

  test("a dry run shows the settings and creates nothing", async () => {
    const outcome = await runCommand("cluster provision -n 8 -r 2 --dry-run", { answers, waiting });

    expect(outcome.exitCode).toBe(0);
    expect(outcome.printed).toContain("8  {node: 2}                 3");
    const requests = outcome.calls.map(({ request }) => request);
    expect(requests).toEqual([{ partitionCount: 8, nodeCopies: 2, zoneCopies: 1, isDryRun: true }]);
  });

  test("the cluster is created after the settings were shown", async () => {
    const outcome = await runCommand("cluster provision", { answers, waiting, typed: ["y"] });

    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.noted).toContain("cannot be changed later");
    expect(outcome.printed).toContain("Cluster 99 was created by node N1");
    expect(outcome.calls.map(({ request }) => request)).toEqual([{}]);
  });

  test("a cluster that exists is fine unless it differs from what was asked for", async () => {
    const same = await runCommand("cluster provision -n 8 --yes", { answers });
    const other = await runCommand("cluster provision -r 3 --yes", { answers });

    expect(same.exitCode).toBe(0);
    expect(other.exitCode).toBe(1);
    expect(other.noted).toContain("exists already, with 8 partitions and replication {node: 2}");
  });
});

describe("cluster status", () => {
  const run = (words: string, reply = status()) =>
    runCommand(words, { answers: { "cluster.status": () => reply } });

  test("shows nodes, partitions and metadata", async () => {
    const { exitCode, printed } = await run("cluster status");

    expect(exitCode).toBe(0);
    expect(printed).toContain('Cluster "test" (77), 3 of 3 nodes alive');
    expect(printed).toMatch(/^N1:2 +node-1 +Alive +1 +0 +0 +1m 1s +http/m);
    expect(printed).toMatch(/PARTITIONS +LED +LEADERLESS +UNDER-REPLICATED +NO-QUORUM\n +1 +1 +0/);
    expect(printed).toContain("Metadata: led by N1 in term 2, voters N1,N2,N3");
    expect(printed).not.toContain("Problems");
  });

  test("ends with 1 when a partition has no leader, and names it", async () => {
    const { leaderNode: _, term: __, ...leaderless } = partition();
    const { exitCode, printed } = await run("cluster status", status({ partitions: [leaderless] }));

    expect(exitCode).toBe(1);
    expect(printed).toContain("Partition 0: no leader");
  });

  test("prints every replica with --extra, and everything with --json", async () => {
    const extra = await run("cluster status --extra");
    const json = await run("cluster status --json");

    expect(extra.printed).toMatch(/ID +NODE +MODE +STATUS +TERM +APPLIED/);
    expect(JSON.parse(json.printed)).toMatchObject({ counts: { led: 1 }, outages: [] });
  });

  test("health is a word, and 0 only when nothing is wrong", async () => {
    const [first, ...others] = status().nodes;
    const down = { ...others[1], nodeId: 3, nodeName: "node-3", isAlive: false } as never;
    const weak = status({ nodes: [first as never, others[0] as never, down] });
    const { leaderNode: _, ...leaderless } = partition();

    expect(await run("cluster health")).toMatchObject({ exitCode: 0, printed: "healthy" });
    expect(await run("cluster health", weak)).toMatchObject({
      exitCode: 1,
      printed: 'degraded\n  Node N3 ("node-3") is down',
    });
    const out = await run("cluster health", status({ partitions: [leaderless] }));
    expect(out.printed).toMatch(/^unavailable\n {2}Partition 0: no leader/);
    const { metadata: _metadata, ...headless } = status();
    expect((await run("cluster health", headless)).printed).toContain("metadata has no leader");
  });
});

describe("nodes", () => {
  test("are listed", async () => {
    const draining = node(2, { workerState: "draining", generation: 0, roles: ["worker"] });
    const answers = { "nodes.list": () => ({ nodes: [node(1), draining] }) };
    const { printed } = await runCommand("nodes list --extra", { answers });

    expect(printed).toMatch(/^NODE +GEN +NAME +ADDRESS/);
    expect(printed).toMatch(/^N1 +2 +node-1 .* Alive .* active +read-write +ready +all$/m);
    expect(printed).toMatch(/^N2 +- +node-2 .* Draining .* worker$/m);
  });

  test("are drained with progress until they are empty", async () => {
    const left = [
      [2, 4],
      [0, 4],
      [0, 4],
      [0, 1],
      [0, 0],
    ];
    let round = -1;
    const { exitCode, noted, printed, calls, pausesMs } = await runCommand("nodes drain node-2", {
      answers: {
        "nodes.list": () => {
          const [leaders = 0, replicas = 0] = left[Math.max(0, round++)] ?? [];
          return { nodes: [node(1), node(2, { leaders, replicas })] };
        },
        "nodes.setWorkerState": () => ({}),
        "config.get": () => ({ partitionCount: 8, replication: {}, weakness: "fewer nodes" }),
      },
    });

    expect(exitCode).toBe(0);
    expect(calls[1]?.request).toEqual({ nodeId: 2, workerState: "draining", force: false });
    expect(noted.split("\n")).toEqual([
      "N2: 2 leaders, 4 replicas left",
      "N2: 0 leaders, 4 replicas left",
      "N2: 0 leaders, 1 replicas left",
      "Mind: fewer nodes",
    ]);
    expect(printed).toBe('N2 ("node-2"): empty');
    expect(pausesMs).toHaveLength(4);
  });

  test("that do not become empty in time are left draining", async () => {
    const answers = { ...lists, "nodes.setWorkerState": () => ({}) };
    const { exitCode, printed } = await runCommand("nodes drain N2 --timeout 2s", { answers });

    expect(exitCode).toBe(1);
    expect(printed).toContain("Not empty after 2s");
  });

  test("are undrained, and drained without waiting", async () => {
    const answers = { ...lists, "nodes.setWorkerState": () => ({}) };
    const undrained = await runCommand("nodes undrain 1", { answers });
    const drained = await runCommand("nodes drain N3 --no-wait --force", { answers });

    expect(undrained.calls[1]?.request).toMatchObject({ nodeId: 1, workerState: "active" });
    expect(drained.calls[1]?.request).toMatchObject({ workerState: "draining", force: true });
    expect([undrained.exitCode, drained.exitCode]).toEqual([0, 0]);
  });

  test("get states, and being gone is asked about", async () => {
    const answers = {
      ...lists,
      "nodes.setStorageState": () => ({}),
      "nodes.setWorkerState": () => refuse("REPLICATION_UNSATISFIABLE", "too few"),
    };
    const gone = "nodes set-storage-state --nodes N1 --storage-state gone";

    expect(await runCommand(gone, { answers })).toMatchObject({ exitCode: 2 });
    expect(await runCommand(`${gone} --yes`, { answers })).toMatchObject({ exitCode: 0 });
    const refused = await runCommand("nodes set-worker-state 1 --worker-state disabled", {
      answers,
    });
    expect(refused.exitCode).toBe(1);
    expect(refused.noted).toContain("too few\nAdd nodes, choose fewer copies");
  });

  test("are named by id or by name, and never by what may be both", async () => {
    const answers = {
      "nodes.list": () => ({
        nodes: [
          node(1, { nodeName: "n3" }),
          node(3, { nodeName: "n1" }),
          node(2, { nodeName: "1" }),
        ],
      }),
      "nodes.setWorkerState": () => ({}),
    };
    const undrained = async (reference: string) => {
      const { calls, exitCode } = await runCommand(`nodes undrain ${reference}`, { answers });
      return { exitCode, nodeId: calls[1]?.request["nodeId"] };
    };

    expect(await undrained("n3")).toEqual({ exitCode: 0, nodeId: 1 });
    expect(await undrained("N3")).toEqual({ exitCode: 0, nodeId: 3 });
    expect(await undrained("N1")).toEqual({ exitCode: 0, nodeId: 1 });
    expect(await undrained("1")).toEqual({ exitCode: 1, nodeId: undefined });
    expect(await undrained("n2")).toEqual({ exitCode: 1, nodeId: undefined });
  });

  test("that the cluster does not have are refused", async () => {
    const { exitCode, noted } = await runCommand("nodes undrain N9", { answers: lists });

    expect(exitCode).toBe(1);
    expect(noted).toContain('no node "N9"');
  });
});

describe("partitions", () => {
  test("are listed replica by replica, in the order asked for", async () => {
    const behind = partition({ partitionId: 1 });
    const members = behind.members.map((member) =>
      member.nodeId === 3 ? { ...member, applied: 4 } : member,
    );
    const answers = {
      "partitions.list": () => ({ partitions: [partition(), { ...behind, members }] }),
    };
    const { printed } = await runCommand("partitions list --sort lag", { answers });
    const lines = printed.split("\n").map((line) => line.trim().split(/\s+/));

    expect(lines[0]).toEqual(
      "ID NODE MODE STATUS TERM APPLIED COMMIT MATCH LSN-LAG SNAPSHOT LAST REPLICA".split(" "),
    );
    expect(lines[1]).toEqual("1 N3 Voter Active 3 4 10 8 6 4 10 3".split(" "));
    expect(lines[2]).toEqual("0 N1 Leader Active 3 10 10 10 0 4 10 1".split(" "));
    expect(lines).toHaveLength(7);
  });

  test("that do not exist are refused", async () => {
    const { exitCode, noted } = await runCommand("partitions list 5", { answers: lists });

    expect(exitCode).toBe(1);
    expect(noted).toContain("no partition 5");
  });

  test("are moved by hand", async () => {
    const answers = { ...lists, "partitions.placement": () => ({ version: 9 }) };
    const set = await runCommand("partitions placement set 1 --nodes N3,node-1 -y", { answers });
    const frozen = await runCommand("part placement freeze 0-1", { answers });
    const shown = await runCommand("part placement show", { answers });

    expect(set.calls.at(-1)?.request).toEqual({ partitionId: 1, nodes: [3, 1] });
    expect(frozen.calls.map(({ request }) => request)).toEqual([
      { partitionId: 0, isFrozen: true },
      { partitionId: 1, isFrozen: true },
    ]);
    expect(shown.printed).toMatch(/^ 0 +N1,N2,N3 +- +no +no +yes$/m);
  });

  test("are pinned, and the leader is waited for", async () => {
    let looks = 0;
    const answers = {
      ...lists,
      "partitions.pin": () => ({}),
      "partitions.list": () => ({
        partitions: [partition({ leaderNode: ++looks < 3 ? 1 : 2 })],
      }),
    };
    const pinned = await runCommand("part lead pin 0 --node N2", { answers });
    const unpinned = await runCommand("part lead unpin 0,1", { answers });

    expect(pinned).toMatchObject({ exitCode: 0, pausesMs: [50, 50] });
    expect(pinned.printed).toBe("Partition 0 is pinned to N2, which leads it");
    expect(unpinned.calls.map(({ request }) => request)).toEqual([
      { partitionId: 0, nodeId: null },
      { partitionId: 1, nodeId: null },
    ]);
  });

  test("that are not handed over end with 1", async () => {
    const answers = { ...lists, "partitions.transfer": () => ({ fromNode: 1, toNode: 2 }) };
    const { exitCode, printed } = await runCommand("part lead transfer 0 --node N2", { answers });

    expect(exitCode).toBe(1);
    expect(printed).toContain("still not led by N2");
  });

  test("are recovered only by somebody who accepts the loss and types the partition", async () => {
    const recoveredFrom = { nodeId: 1, lastIndex: 8 };
    const answers = {
      ...lists,
      "partitions.unsafeRecover": () => ({ partitionId: 1, recoveredFrom }),
    };
    const words = "partitions unsafe-recover 1 --survivors N1";
    const unaware = await runCommand(words, { answers });
    const mistyped = await runCommand(`${words} --accept-data-loss`, { answers, typed: ["yes"] });
    const done = await runCommand(`${words} --accept-data-loss`, { answers, typed: ["1"] });

    expect([unaware.exitCode, mistyped.exitCode, done.exitCode]).toEqual([2, 1, 0]);
    const services = mistyped.calls.map(({ service }) => service);
    expect(services).not.toContain("partitions.unsafeRecover");
    expect(done.calls.at(-1)?.request).toEqual({
      partitionId: 1,
      survivors: [1],
      acceptDataLoss: true,
    });
    expect(done.noted).toContain("on N2,N3 must not come back");
  });
});

test("logs are shown with their leaders and with their replicas", async () => {
  const list = await runCommand("logs list", { answers: lists });
  const described = await runCommand("logs describe 1", { answers: lists });

  expect(list.printed).toMatch(/^ 0 +N1 +3 +5 +10 +10 +10 +0 +N1,N2,N3$/m);
  expect(described.printed).toContain("Log 1: keys 0 to 18446744073709551615, led by N1 in term 3");
  expect(described.printed).toMatch(/^N2 +2 +Voter +Active +replicate +5 +10 +10 +10 +9$/m);
});

describe("metadata", () => {
  test("documents are printed as values, JSON or base64", async () => {
    const text = (value: string) => ({ version: 1, base64: Buffer.from(value).toString("base64") });
    const documents: Readonly<Record<string, object>> = {
      nodes: { version: 2, base64: "AA==", value: { nodes: [] } },
      schema: text('{"a":1}'),
      bytes: text("{\u0000"),
    };
    const answers = {
      "metadata.get": ({ name }: Record<string, unknown>) =>
        documents[String(name)] ?? { name, version: 0 },
    };
    const get = async (words: string) => runCommand(`metadata get ${words}`, { answers });

    expect(JSON.parse((await get("nodes")).printed)).toEqual({ nodes: [] });
    expect(JSON.parse((await get("-k schema --json")).printed)).toMatchObject({ value: { a: 1 } });
    expect(JSON.parse((await get("bytes")).printed)).toEqual({ base64: "ewA=" });
    expect(await get("nothing")).toMatchObject({ exitCode: 1 });
    expect(await get("")).toMatchObject({ exitCode: 2 });
  });

  test("documents are replaced at a version, after their name was typed", async () => {
    const file = fileURLToPath(new URL("../../../../package.json", import.meta.url));
    const answers = { "metadata.put": () => ({ isWritten: true, version: 4 }) };
    const words = `metadata put nodes --version 3 --file ${file}`;
    const cancelled = await runCommand(words, { answers, typed: ["yes"] });
    const done = await runCommand(words, { answers, typed: ["nodes"] });
    const binary = await runCommand(`${words} --binary --dry-run`, { answers });

    expect(cancelled).toMatchObject({ exitCode: 1, calls: [] });
    expect(done).toMatchObject({ exitCode: 0, printed: '"nodes" is at version 4' });
    const request = { name: "nodes", version: 3, value: { name: "stet" }, isDryRun: false };
    expect(done.calls[0]?.request).toMatchObject(request);
    expect(binary.calls[0]?.request).toMatchObject({ base64: expect.any(String), isDryRun: true });
    const missing = await runCommand("metadata put nodes --version 3 --file /nowhere -y", {});
    expect(missing).toMatchObject({ exitCode: 2 });
  });

  test("names and members are listed", async () => {
    const answers = {
      ...lists,
      "metadata.list": ({ prefix }: Record<string, unknown>) => ({ names: [`${prefix}a`, "b"] }),
    };

    expect((await runCommand("metadata list", { answers })).printed).toBe("a\nb");
    const { printed } = await runCommand("metadata status", { answers });
    expect(printed).toMatch(/^N1 +Leader +- +N1,N2,N3 +10 +10 +3 +6 +4 +3 +10$/m);
  });
});

describe("config", () => {
  const answers = {
    "config.get": () => ({
      version: 1,
      partitionCount: 8,
      replication: { nodeCopies: 2, zoneCopies: 1 },
    }),
    "config.set": ({ nodeCopies, zoneCopies }: Record<string, unknown>) =>
      Number(nodeCopies) > 3
        ? refuse("REPLICATION_UNSATISFIABLE", "9 copies need as many nodes")
        : { version: 2, replication: { nodeCopies, zoneCopies } },
  };

  test("is shown and changed", async () => {
    const shown = await runCommand("config get", { answers });
    const changed = await runCommand("config set -r 3 --yes", { answers });
    const same = await runCommand("config set -r 2", { answers });

    expect(shown.printed).toContain("replication     {node: 2}");
    expect(changed.printed).toBe("replication: {node: 2} -> {node: 3}");
    expect(changed.calls.at(-1)?.request).toEqual({ nodeCopies: 3, zoneCopies: 1, force: false });
    expect(same).toMatchObject({ exitCode: 0, printed: "Nothing changes" });
  });

  test("is not changed to what the nodes cannot keep, nor in what is fixed", async () => {
    const impossible = await runCommand("config set -r 9 --yes", { answers });
    const fixed = await runCommand("config set -n 16", { answers });

    expect(impossible).toMatchObject({ exitCode: 1 });
    expect(fixed).toMatchObject({ exitCode: 2 });
    expect(fixed.noted).toContain("8 partitions, which cannot be changed");
  });
});

test("snapshots end with 2 where nodes have no object store", async () => {
  const { exitCode, noted } = await runCommand("snapshots create", { answers: lists });
  const create = { "snapshots.create": () => ({ snapshots: [] }) };

  expect(exitCode).toBe(2);
  expect(noted).toContain("exports no snapshots");
  expect(await runCommand("snapshots restore")).toMatchObject({ exitCode: 2, calls: [] });
  expect(await runCommand("snapshots create 1,2 --min-lsn 7", { answers: create })).toMatchObject({
    exitCode: 0,
    calls: [{ request: { partitionIds: [1, 2], minIndex: 7 }, timeoutMs: 600_000 }],
  });
  const brief = await runCommand("snapshots create --request-timeout 2s", { answers: create });
  expect(brief.calls[0]?.timeoutMs).toBe(2_000);
});
