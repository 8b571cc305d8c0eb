// `make cluster`: starts, serves from every node, loses one, starts it again and stops. What the
// README tells people to try is tried.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployFiles, readDeployFile } from "#fixtures/deploy/files";
import { waitForAnswers } from "#fixtures/sample/registration";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SCRIPT = join(ROOT, "test/fixtures/sample/cluster.ts");
const LAUNCHER = join(ROOT, "src/cli/launcher.js");
const START_TIMEOUT_MS = 60_000;

interface Node {
  readonly name: string;
  readonly ingress: string;
  readonly admin: string;
  readonly metrics: string;
  readonly pid: number;
}

const folder = mkdtempSync(join(tmpdir(), "stet-local-cluster-"));
let script: ChildProcess;
let output: Interface;
const printed: string[] = [];
let nodes: Node[] = [];

beforeAll(async () => {
  script = spawn(process.execPath, [SCRIPT, "--base-dir", folder, "--port-base", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  output = createInterface({ input: script.stdout as NonNullable<typeof script.stdout> });
  output.on("line", (line) => printed.push(line));
  await lineWith("Stop with Ctrl-C");
  const row = /^ {2}(stet-\d) {2}(\S+) {2}(\S+) {2}(\S+) {2}(\d+) /;
  nodes = printed.flatMap((line) => {
    const [, name = "", ingress = "", admin = "", metrics = "", pid] = row.exec(line) ?? [];
    return pid === undefined ? [] : [{ name, ingress, admin, metrics, pid: Number(pid) }];
  });
});

afterAll(() => {
  script.kill("SIGKILL");
  for (const { pid } of nodes) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function lineWith(text: string): Promise<string> {
  for (;;) {
    const found = printed.find((line) => line.includes(text));
    if (found !== undefined) return found;
    if (script.exitCode !== null) throw new Error(`ended:\n${printed.join("\n")}`);
    await once(output, "line");
  }
}

function node(index: number): Node {
  const found = nodes[index];
  if (found === undefined) throw new Error(`no node ${index}:\n${printed.join("\n")}`);
  return found;
}

async function call(index: number, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${node(index).ingress}/${path}`, {
    method: "POST",
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a cluster on this machine", () => {
  test("has three nodes, each with addresses of its own", () => {
    expect(nodes.map(({ name }) => name)).toEqual(["stet-1", "stet-2", "stet-3"]);
    expect(new Set(nodes.flatMap((each) => [each.ingress, each.admin, each.metrics])).size).toBe(9);
  });

  test("answers what the README says to try", async () => {
    const [, section = ""] = readFileSync(`${ROOT}README.md`, "utf8").split("## Run a cluster");
    const [text = ""] = section.split("\n## ");
    const curls = [...text.matchAll(/^curl (\S+)(?:.*-d (\S+))?$/gm)];
    const defaults = ["http://localhost:8080", "http://localhost:8180", "http://localhost:8280"];

    const answers: unknown[] = [];
    for (const [, url = "", body] of curls) {
      const index = defaults.findIndex((ingress) => url.startsWith(`${ingress}/`));
      const path = url.slice(`${defaults[index]}/`.length);
      answers.push(await call(index, path, body === undefined ? undefined : JSON.parse(body)));
    }

    expect(text).toContain("make cluster");
    expect(answers).toEqual([5, 5]);
  });

  test("is one cluster to whichever node is asked", async () => {
    for (const { metrics } of nodes) {
      const address = metrics.replace("/metrics", "");
      const { status, stdout } = spawnSync(LAUNCHER, [
        ...["cluster", "status", "--address", address, "--json"],
      ]);
      expect({ status, text: stdout.toString() }).toMatchObject({ status: 0 });
    }
  });

  test("reports what the dashboards ask for, but for what has not happened yet", async () => {
    const unheardOf = new Set([
      "restate_ingress_reroutes_total",
      "restate_raft_snapshot_transfers_total",
    ]);
    const texts = await Promise.all(
      nodes.map(async ({ metrics }) => await (await fetch(metrics)).text()),
    );
    const reported = texts.join("\n");
    const asked = deployFiles("monitoring/grafana/dashboards").flatMap((path) => [
      // Of the matchers, the only one whose values the server chooses and the file does not.
      ...readDeployFile(path).matchAll(
        /\b((?:restate|stet|process)_\w+)(?:\{[^}]*?(quantile=\\"[^"\\]+\\"))?/g,
      ),
    ]);

    const missing = asked
      .map(([, name = "", quantile = ""]) => [name, quantile.replaceAll("\\", "")] as const)
      .filter(([name]) => !unheardOf.has(name))
      .filter(([name, quantile]) => !new RegExp(`^${name}[{ ].*${quantile}`, "m").test(reported));

    expect(asked.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  test("serves every key while one node is dead, and starts that node again", async () => {
    const keys = Array.from({ length: 24 }, (_, i) => `key-${i}`);
    process.kill(node(1).pid, "SIGKILL");

    const counts = await Promise.all(
      keys.map((key, i) => call(i % 2 === 0 ? 0 : 2, `Counter/${key}/add`, 1)),
    );
    const line = await lineWith("stet-2 is starting as process");
    const silent = await waitForAnswers([`${node(1).ingress}/restate/health`], START_TIMEOUT_MS);
    const seen = await Promise.all(keys.map((key) => call(1, `Counter/${key}/get`)));

    nodes[1] = { ...node(1), pid: Number(/process (\d+)/.exec(line)?.[1]) };
    expect(counts).toEqual(keys.map(() => 1));
    expect(silent).toEqual([]);
    expect(seen).toEqual(keys.map(() => 1));
  });

  test("stops as a whole, and gracefully", async () => {
    const ended = once(script, "exit");
    script.kill("SIGINT");
    const [code] = await ended;

    expect(code).toBe(0);
    expect(nodes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });
});

describe("the command", () => {
  test("is what make runs", () => {
    const { stdout } = spawnSync("make", ["--dry-run", "cluster", "ARGS=--nodes 5"], { cwd: ROOT });

    expect(stdout.toString()).toContain("test/fixtures/sample/cluster.ts --nodes 5");
  });

  test("explains itself, and refuses what it does not know", () => {
    const run = (...parameters: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...parameters]);
      return { status, text: `${stdout}${stderr}` };
    };

    expect(run("--help").text).toContain("--nodes 3|5");
    expect(run("--nodes", "4")).toMatchObject({ status: 2 });
    expect(run("--node", "3")).toMatchObject({ status: 2 });
  });
});
