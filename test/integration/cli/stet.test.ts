// The built command as a user runs it: launcher, flags, files, exit codes, signals.
import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import packageDescription from "../../../package.json" with { type: "json" };

const launcher = fileURLToPath(new URL("../../../src/cli/launcher.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "stet-cli-"));
const environment = { PATH: process.env["PATH"] ?? "" };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(parameters: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const env = { ...environment, ...variables };
  const { status, stdout, stderr } = spawnSync(launcher, parameters, { env, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("the command", () => {
  test("prints its version, whether it is executed or given to a Node", () => {
    const expected = { status: 0, stdout: `stet ${packageDescription.version}\n`, stderr: "" };
    const given = spawnSync(process.execPath, [launcher, "--version"], { encoding: "utf8" });

    expect(run(["--version"])).toEqual(expected);
    expect(given.stdout).toBe(expected.stdout);
  });

  test("dumps a configuration that it reads back to the same", () => {
    const first = run(["server", "--dump-config", "--roles", "worker,admin", "--node-name", "n1"]);
    const file = join(folder, "dumped.toml");
    writeFileSync(file, first.stdout);

    const second = run(["server", "--config-file", file, "--dump-config"]);

    expect(second).toEqual(first);
    expect(first.stdout).toContain('roles = [ "worker", "admin" ]');
  });

  test("refuses unknown keys and flags, and says what was probably meant", () => {
    const key = run(["server"], { STET_WORKER__CLEANUP_INTERVALL: "1h" });
    const flag = run(["server", "--node-nam", "n1"]);

    expect(key.status).toBe(1);
    expect(key.stderr).toContain('[RT0002] Unknown key "worker.cleanup-intervall"');
    expect(key.stderr).toContain('did you mean "worker.cleanup-interval"?');
    expect(flag.status).not.toBe(0);
    expect(flag.stderr).toContain("--node-name");
  });

  test("refuses a file that it cannot read or parse", () => {
    const file = join(folder, "broken.toml");
    writeFileSync(file, "node-name = \n");

    expect(run(["server", "--config-file", file]).stderr).toContain("Cannot parse file");
    expect(run(["server"], { STET_CONFIG: "/nowhere.toml" }).stderr).toContain("Cannot read");
  });
});

describe("a server", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("stops gracefully on %s", async (signal) => {
    const server = start();
    await lineWith(server, "Node is ready");

    server.kill(signal);
    const [stopped, [code]] = await Promise.all([
      lineWith(server, "Shutdown completed"),
      once(server, "exit"),
    ]);

    expect(stopped).toBeDefined();
    expect(code).toBe(0);
  });

  test("that waits for a cluster stops on SIGTERM, and says so", async () => {
    const server = start({ STET_AUTO_PROVISION: "false" });
    await lineWith(server, "awaiting-provisioning");

    server.kill("SIGTERM");
    const [told, [code]] = await Promise.all([
      lineWith(server, "Stopped before the node was ready"),
      once(server, "exit"),
    ]);

    expect(told).toBeDefined();
    expect(code).toBe(0);
  });

  test("prints its configuration on SIGUSR1 and goes on", async () => {
    const server = start();
    await lineWith(server, "Node is ready");

    server.kill("SIGUSR1");
    const [printed] = await once(server.stderr as NodeJS.ReadableStream, "data");
    server.kill("SIGTERM");
    const [code] = await once(server, "exit");

    expect(String(printed)).toContain('cluster-name = "localcluster"');
    expect(code).toBe(0);
  });
});

function start(variables: Readonly<Record<string, string>> = {}): ChildProcess {
  const base = mkdtempSync(join(folder, "node-"));
  const flags = ["--base-dir", base, "--bind-ip", "127.0.0.1", "--use-random-ports"];
  return spawn(launcher, ["server", ...flags, "--default-num-partitions", "2"], {
    env: { ...environment, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function lineWith(server: ChildProcess, text: string): Promise<string | undefined> {
  if (server.stdout === null) return undefined;
  for await (const line of createInterface(server.stdout)) if (line.includes(text)) return line;
  return undefined;
}
