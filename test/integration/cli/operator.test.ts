// The operators' commands as people run them, against three nodes that are processes of their own:
// from nothing over a drained and removed node to one that was killed.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../../../src/cli/launcher.js", import.meta.url));
const PATH = process.env["PATH"] ?? "";
const NODES = ["n1", "n2", "n3"] as const;
type NodeName = (typeof NODES)[number];
const DEADLINE_MS = 40_000;
/** Below the ports that the system hands out, so that no connection takes one meanwhile. */
const PORT_MIN = 20_000;
const PORT_MAX = 32_000;

interface Result {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Three nodes, and the command line that talks to them. */
class ThreeNodes {
  readonly addresses: readonly string[];
  readonly folder = mkdtempSync(join(tmpdir(), "stet-operator-"));
  readonly #ports: readonly number[];
  readonly #processes = new Map<string, ChildProcess>();

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.addresses = NODES.map((_, position) => `http://127.0.0.1:${ports[3 * position]}`);
  }

  /** Starts the nodes; they wait for a cluster. */
  static async start(): Promise<ThreeNodes> {
    const cluster = new ThreeNodes(await freePorts(3 * NODES.length));
    for (const name of NODES) cluster.startNode(name);
    await cluster.until("config get", ({ stderr }) => stderr.includes("belongs to no cluster yet"));
    return cluster;
  }

  startNode(name: NodeName, flags: readonly string[] = []): void {
    const [port, ingressPort, adminPort] = this.#ports.slice(3 * NODES.indexOf(name));
    const log = openSync(join(this.folder, `${name}.log`), "a");
    const child = spawn(launcher, ["server", "--base-dir", join(this.folder, "data"), ...flags], {
      env: {
        PATH,
        STET_NODE_NAME: name,
        STET_AUTO_PROVISION: "false",
        STET_BIND_ADDRESS: `127.0.0.1:${port}`,
        STET_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingressPort}`,
        STET_ADMIN__BIND_ADDRESS: `127.0.0.1:${adminPort}`,
        STET_METADATA_CLIENT__ADDRESSES: JSON.stringify(this.addresses),
      },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#processes.set(name, child);
  }

  /** Ends a process, or waits for its end when no signal is given. */
  async stopNode(name: NodeName, signal?: NodeJS.Signals): Promise<void> {
    const child = this.#processes.get(name) as ChildProcess;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    if (signal !== undefined) child.kill(signal);
    await ended;
  }

  async close(): Promise<void> {
    for (const name of NODES) await this.stopNode(name, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a command line of `stet`. */
  run(words: string, address = this.addresses.join(",")): Promise<Result> {
    const options = { env: { PATH, STET_ADDRESS: address }, timeout: DEADLINE_MS };
    return new Promise((resolve) => {
      execFile(launcher, words.split(" "), options, (error, stdout, stderr) => {
        resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });
  }

  async json<T>(words: string): Promise<T> {
    const { stdout, stderr } = await this.run(`${words} --json`);
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }

  /** Repeats a command until its outcome is as wanted. */
  async until(words: string, isWanted: (result: Result) => boolean): Promise<Result> {
    const endMs = performance.now() + DEADLINE_MS;
    for (;;) {
      const result = await this.run(words);
      if (isWanted(result)) return result;
      if (performance.now() > endMs) throw new Error(`${words}: ${JSON.stringify(result)}`);
    }
  }
}

let cluster: ThreeNodes;
const stet = (words: string, address?: string) => cluster.run(words, address);
const isFine = ({ exitCode }: Result) => exitCode === 0;

beforeAll(async () => {
  cluster = await ThreeNodes.start();
});

afterAll(() => cluster.close());

describe("three nodes", () => {
  test("wait until they are provisioned, once", async () => {
    expect(await stet("cluster status")).toMatchObject({ exitCode: 1, stdout: "" });
    const planned = await stet("cluster provision -n 4 -r 2 --dry-run");
    expect(planned).toMatchObject({ exitCode: 0, stderr: "" });
    const unasked = await stet("cluster provision -n 4 -r 2");
    expect(unasked.exitCode).toBe(2);

    const created = await stet("cluster provision -n 4 -r 2 --yes");
    await cluster.until("cluster health", isFine);
    const again = await stet("cluster provision --yes");

    expect(created.stdout).toContain("was created by node N1");
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stdout).toContain("exists already, with 4 partitions");
  });

  test("show their status, whichever of them is asked", async () => {
    for (const address of cluster.addresses) {
      const { exitCode, stdout } = await stet("cluster status --extra", address);

      expect(exitCode).toBe(0);
      expect(stdout).toContain("3 of 3 nodes alive");
      expect(stdout.match(/^ *\d+ +N\d +(Leader|Voter) +Active/gm)).toHaveLength(12);
    }
  });

  test("are led as operators want", async () => {
    for (const name of ["n2", "n1"]) {
      const pinned = await stet(`part lead pin 0 --node ${name}`);
      expect(pinned.stdout).toContain("which leads it");
    }
    const transferred = await stet("partitions leadership transfer 1 --node n3");
    expect(transferred).toMatchObject({ exitCode: 0 });

    const shown = await stet("part lead show 0-1");
    expect(shown.stdout).toMatch(/^ 0 +N\d +\d+ +N\d +no +N1,N2,N3$/m);
    expect(await stet("part lead unpin 0")).toMatchObject({ exitCode: 0 });
    expect(await stet("part lead freeze 0")).toMatchObject({ exitCode: 0 });
    const frozen = await cluster.json<{ partitions: object[] }>("part lead show 0");
    expect(frozen.partitions[0]).toMatchObject({ isLeadershipFrozen: true });
    expect(await stet("part lead unfreeze 0")).toMatchObject({ exitCode: 0 });
  });

  test("refuse what they cannot keep", async () => {
    const copies = await stet("config set -r 9 --yes");
    expect(copies.exitCode).toBe(1);
    expect(copies.stderr).toContain("there are 3");
    const used = await stet("nodes remove n3 --yes");
    expect(used.exitCode).toBe(1);
    expect(used.stderr).toContain("Drain it first");
    const lost = await stet("partitions unsafe-recover 0 --survivors n1 --accept-data-loss --yes");
    expect(lost.exitCode).toBe(1);
    expect(await stet("metadata get nothing")).toMatchObject({ exitCode: 1 });
  });

  test("have documents that can be replaced, by version", async () => {
    const file = join(cluster.folder, "note.json");
    writeFileSync(file, '{"on": "call"}');
    const put = (words: string) => stet(`metadata put note --file ${file} ${words}`);

    expect(await put("--version 0 --yes")).toMatchObject({ exitCode: 0 });
    expect(await put("--version 0 --yes")).toMatchObject({ exitCode: 1 });
    expect(await put("--version 1 --dry-run")).toMatchObject({ exitCode: 0 });
    expect(await cluster.json("metadata get note")).toEqual({
      name: "note",
      version: 1,
      value: { on: "call" },
    });
    const table = await cluster.json<{ version: number; value: object }>(
      "metadata get partition_table",
    );
    writeFileSync(file, JSON.stringify(table.value));
    const words = `metadata put partition_table --file ${file} --version ${table.version}`;
    expect(await stet(`${words} --yes`)).toMatchObject({ exitCode: 0 });
    expect((await cluster.json<typeof table>("metadata get partition_table")).value).toMatchObject({
      partitions: (table.value as { partitions: object[] }).partitions.map(() => ({})),
    });
    writeFileSync(file, '{"partitions": [{}]}');
    expect((await stet(`${words} --yes`)).stderr).toContain("is no document");
  });

  test("let one go when it is empty, and not before", async () => {
    const drained = await stet("nodes drain n3");
    expect(drained.exitCode).toBe(0);
    expect(drained.stdout).toMatch(/^N\d \("n3"\): empty$/m);
    expect(drained.stderr).toContain("replicas left");
    expect(await stet("nodes undrain n3")).toMatchObject({ exitCode: 0 });
    await cluster.until("nodes list", ({ stdout }) => /^N\d .* n3 .* Alive +\d+ +4 /m.test(stdout));
    expect(await stet("nodes drain n3")).toMatchObject({ exitCode: 0 });

    expect(await stet("nodes remove n3 --yes")).toMatchObject({ exitCode: 0 });
    await cluster.stopNode("n3");

    const { nodes } = await cluster.json<{ nodes: { nodeName: string }[] }>("nodes list");
    expect(nodes.map(({ nodeName }) => nodeName).sort()).toEqual(["n1", "n2"]);
    await cluster.until("cluster health", isFine);
  });

  test("turn red when partitions cannot be led", async () => {
    await cluster.stopNode("n2", "SIGKILL");

    const { stdout } = await cluster.until("cluster status", ({ exitCode }) => exitCode === 1);
    expect(stdout).toMatch(/Node N\d \("n2"\) is down/);
    const health = await stet("cluster health");
    expect(health.exitCode).toBe(1);
    expect(health.stdout).toMatch(/^unavailable/);
  });
});

test("one of three goes on alone when that is asked for, metadata first", async () => {
  await cluster.close();
  cluster = await ThreeNodes.start();
  const recover = "partitions unsafe-recover --survivors n1 --accept-data-loss --yes";
  await stet("cluster provision -n 2 -r 2 --yes");
  await cluster.until(
    "metadata status",
    ({ stdout }) => stdout.match(/Voter|Leader/g)?.length === 3,
  );
  await cluster.until("cluster health", isFine);
  expect((await stet(`${recover} 0`)).stderr).toContain("has a replica, too");

  await cluster.stopNode("n2", "SIGKILL");
  await cluster.stopNode("n3", "SIGKILL");
  await cluster.until("metadata status", ({ exitCode }) => exitCode === 1);
  const refused = await stet(`${recover} 0`);
  expect(refused.exitCode).toBe(1);
  const flags = /--unsafe-recover-metadata N\d+,N\d+/.exec(refused.stderr)?.[0] ?? "";
  await cluster.stopNode("n1", "SIGKILL");
  cluster.startNode("n1", flags.split(" "));
  await cluster.until("metadata status", isFine);
  for (const id of [0, 1])
    expect(await stet(`${recover} ${id}`)).toMatchObject({
      exitCode: 0,
      stderr: expect.not.stringContaining("stet:"),
    });

  await cluster.until("cluster status", isFine);
  expect((await stet("metadata list")).stdout).toContain("unsafe_recoveries");
  await cluster.until("nodes list", ({ stdout }) => !/ n[23] /.test(stdout));
});

/** Ports that are free now, one after the other. */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  const span = PORT_MAX - PORT_MIN;
  for (let port = PORT_MIN + (process.pid % span); ports.length < count; port++) {
    if (port >= PORT_MAX) port = PORT_MIN;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
