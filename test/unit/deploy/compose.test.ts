import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../../src/config/load.ts";
import { deployFiles, readDeployFile } from "../../fixtures/deploy/files.ts";
import { parseYaml } from "../../fixtures/deploy/yaml.ts";

interface Service {
  readonly environment: Readonly<Record<string, unknown>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly [field: string]: unknown;
}

const [file] = parseYaml(readDeployFile("compose/compose.yaml")) as unknown as [
  { readonly services: Readonly<Record<string, Service>>; readonly volumes: object },
];
const nodes = Object.entries(file.services).filter(([name]) => name.startsWith("stet-"));

function configurationOf(name: string) {
  const environment = file.services[name]?.environment ?? {};
  const variables = Object.entries(environment).map(([key, value]) => [key, String(value)]);
  return loadConfiguration({
    environment: Object.fromEntries(variables),
    hostName: "host",
    readFile: () => "",
  });
}

describe("the compose file", () => {
  test("has three nodes that know each other, one of which creates the cluster", () => {
    const names = nodes.map(([name]) => name);
    const loaded = names.map(configurationOf);

    expect(names).toEqual(["stet-1", "stet-2", "stet-3"]);
    expect(loaded.flatMap(({ notices }) => notices)).toEqual([]);
    expect(loaded.map(({ configuration }) => configuration.node)).toMatchObject(
      names.map((name, i) => ({
        nodeName: name,
        forceNodeId: i + 1,
        clusterName: "stet-compose",
        autoProvision: i === 0,
        defaultReplication: { nodeCopies: 2, zoneCopies: 1 },
        seedAddresses: names.map((other) => `http://${other}:5122`),
        listener: { advertisedAddress: `http://${name}:5122`, port: 5_122 },
      })),
    );
  });

  test("publishes ingress, admin and node port of each node, on ports of their own", () => {
    const published = nodes.map(([, { ports }]) =>
      ports.map((port) => port.split(":").map(Number)),
    );

    expect(published.map((ports) => ports.map(([, inside]) => inside))).toEqual(
      Array(3).fill([8_080, 9_070, 5_122]),
    );
    expect(new Set(published.flatMap((ports) => ports.map(([outside]) => outside))).size).toBe(9);
  });

  test("keeps the data of each node in a volume of its own", () => {
    expect(nodes.map(([, { volumes }]) => volumes)).toEqual(
      nodes.map(([name]) => [`${name}:/var/lib/stet`]),
    );
    expect(Object.keys(file.volumes)).toEqual(nodes.map(([name]) => name));
  });

  test("builds the image of this repository and gives it no more than it needs", () => {
    for (const [, node] of nodes) {
      expect(node).toMatchObject({
        build: { context: "../..", dockerfile: "deploy/docker/Dockerfile" },
        read_only: true,
        tmpfs: ["/tmp"],
        cap_drop: ["ALL"],
        stop_grace_period: "75s",
      });
    }
  });

  test("mounts files that exist", () => {
    const mounted = Object.values(file.services)
      .flatMap(({ volumes }) => volumes)
      .filter((volume) => volume.startsWith("../"))
      .map((volume) => volume.split(":")[0]?.slice("../".length) ?? "");

    expect(mounted).toHaveLength(3);
    for (const folder of mounted) expect(deployFiles(folder)).not.toEqual([]);
  });
});
