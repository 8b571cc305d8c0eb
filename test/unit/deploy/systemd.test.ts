import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../../src/config/load.ts";
import { readDeployFile } from "../../fixtures/deploy/files.ts";

const unit = readDeployFile("systemd/stet.service");
const settings = new Map(
  [...unit.matchAll(/^([A-Z]\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
);
const toml = readDeployFile("systemd/stet.toml");

function load() {
  return loadConfiguration({
    configFile: "/etc/stet/stet.toml",
    environment: {},
    hostName: "host",
    readFile: () => toml,
  });
}

describe("the systemd unit", () => {
  test("runs the launcher with the configuration file and always starts it again", () => {
    expect(settings.get("ExecStart")).toBe(
      "/opt/stet/src/cli/launcher.js server --config-file /etc/stet/stet.toml",
    );
    expect(settings.get("Restart")).toBe("always");
    expect(settings.get("StartLimitIntervalSec")).toBe("0");
  });

  test("gives the node more time to stop than it takes", () => {
    const { shutdownTimeoutMs } = load().configuration.node;

    expect(settings.get("KillSignal")).toBe("SIGTERM");
    expect(Number(settings.get("TimeoutStopSec")) * 1_000).toBeGreaterThan(shutdownTimeoutMs);
  });

  test("lets the node write to its state folder alone, which is where the data is", () => {
    expect(settings.get("ProtectSystem")).toBe("strict");
    expect(settings.get("StateDirectory")).toBe("stet");
    expect(parseToml(toml)["base-dir"]).toBe("/var/lib/stet");
    expect(settings.has("ReadWritePaths")).toBe(false);
  });

  test("allows what the engine of JavaScript needs", () => {
    expect(settings.has("MemoryDenyWriteExecute")).toBe(false);
    expect(settings.get("SystemCallFilter")).toBe("@system-service");
  });
});

describe("the configuration of the unit", () => {
  test("is one node of a cluster that is provisioned by hand", () => {
    const { configuration, notices } = load();

    expect(notices).toEqual([]);
    expect(configuration.node).toMatchObject({
      nodeName: "stet-1",
      autoProvision: false,
      defaultReplication: { nodeCopies: 2, zoneCopies: 1 },
      seedAddresses: [1, 2, 3].map((i) => `http://stet-${i}.internal:5122`),
      listener: { advertisedAddress: "http://stet-1.internal:5122" },
    });
  });

  test("offers keys that exist", () => {
    const all = toml.replaceAll(/^# (?=[a-z-]+ = )/gm, "");
    const loaded = loadConfiguration({
      configFile: "stet.toml",
      environment: {},
      hostName: "host",
      readFile: () => all,
    });

    expect(all).not.toBe(toml);
    expect(loaded.configuration.node).toMatchObject({ location: "region.zone" });
  });
});
