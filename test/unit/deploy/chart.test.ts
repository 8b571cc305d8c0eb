import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../../src/config/load.ts";
import type { YamlMap } from "../../fixtures/deploy/chart.ts";
import { renderChart } from "../../fixtures/deploy/chart.ts";

const one = renderChart();
const three = renderChart({ replicaCount: 3 });

function manifest(chart: ReturnType<typeof renderChart>, name: string): YamlMap {
  const found = chart.manifests.get(name);
  if (found === undefined) throw new Error(`no ${name} in ${[...chart.manifests.keys()]}`);
  return found;
}

interface PodSpec {
  readonly containers: readonly {
    readonly image: string;
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    readonly [field: string]: unknown;
  }[];
  readonly volumes: readonly YamlMap[];
  readonly [field: string]: unknown;
}

function setOf(chart: ReturnType<typeof renderChart>) {
  const { spec } = manifest(chart, "StatefulSet/stet") as unknown as {
    readonly spec: {
      readonly template: { readonly spec: PodSpec };
      readonly [field: string]: unknown;
    };
  };
  const pod = spec.template.spec;
  const [container] = pod.containers;
  if (container === undefined) throw new Error("no container");
  return { spec, pod, container };
}

/** The environment as the first pod sees it. */
function environmentOf(chart: ReturnType<typeof renderChart>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { name, value } of setOf(chart).container.env) {
    environment[name] = (value ?? "stet-0").replaceAll(
      /\$\((\w+)\)/g,
      (_, variable: string) => environment[variable] ?? "",
    );
  }
  return environment;
}

function load(environment: Record<string, string>) {
  return loadConfiguration({ environment, hostName: "host", readFile: () => "" });
}

describe("the chart's nodes", () => {
  test("start together, are upgraded one by one, and have time to hand leaderships over", () => {
    const { spec, pod } = setOf(three);

    expect(spec).toMatchObject({
      replicas: 3,
      serviceName: "stet-cluster",
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "RollingUpdate" },
    });
    expect(pod["terminationGracePeriodSeconds"]).toBe(75);
    const { shutdownTimeoutMs } = load({}).configuration.node;
    expect(75_000).toBeGreaterThan(shutdownTimeoutMs);
  });

  test("run without privileges, on a file system that they cannot write to", () => {
    const { pod, container } = setOf(one);

    expect(pod["securityContext"]).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(container["securityContext"]).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
    expect(container.volumeMounts).toEqual([
      { name: "storage", mountPath: "/var/lib/stet" },
      { name: "tmp", mountPath: "/tmp" },
    ]);
  });

  test("get no variables for services, whose names begin like those of the configuration", () => {
    expect(setOf(one).pod["enableServiceLinks"]).toBe(false);
  });

  test("are probed where the server answers", () => {
    const { container } = setOf(one);

    expect(container.ports).toEqual([
      { name: "ingress", containerPort: 8080 },
      { name: "admin", containerPort: 9070 },
      { name: "node", containerPort: 5122 },
    ]);
    expect(container["startupProbe"]).toMatchObject({ httpGet: { path: "/health", port: "node" } });
    expect(container["readinessProbe"]).toMatchObject({
      httpGet: { path: "/restate/health", port: "ingress" },
    });
    expect(container["livenessProbe"]).toBeUndefined();
    const { node, ingress, admin } = load(environmentOf(one)).configuration;
    expect([ingress.listener.port, admin.listener.port, node.listener.port]).toEqual([
      8_080, 9_070, 5_122,
    ]);
  });

  test("of a cluster find each other and wait to be provisioned", () => {
    const { configuration, notices } = load(environmentOf(three));

    expect(notices).toEqual([]);
    expect(configuration.node).toMatchObject({
      nodeName: "stet-0",
      clusterName: "stet",
      autoProvision: false,
      defaultReplication: { nodeCopies: 2, zoneCopies: 1 },
      seedAddresses: [0, 1, 2].map((i) => `http://stet-${i}.stet-cluster:5122`),
    });
    expect(configuration.node.listener.advertisedAddress).toBe("http://stet-0.stet-cluster:5122");
    expect(three.notes).toContain("stet cluster provision --address http://localhost:5122");
  });

  test("do not restart when the cluster grows", () => {
    const five = setOf(renderChart({ replicaCount: 5 }));

    expect({ ...five.spec, replicas: 3 }).toEqual(setOf(three).spec);
  });

  test("are provisioned by themselves when there is one", () => {
    const { configuration, notices } = load(environmentOf(one));

    expect(notices).toEqual([]);
    expect(configuration.node).toMatchObject({ autoProvision: true, seedAddresses: [] });
    expect(one.notes).not.toContain("provision");
  });

  test("read a configuration file and restart when it changes", () => {
    const config = 'location = "eu.a"\n[raft]\ntick-interval = "50ms"\n';
    const chart = renderChart({ config });

    expect(manifest(chart, "ConfigMap/stet-config")["data"]).toEqual({ "stet.toml": config });
    expect(environmentOf(chart)["STET_CONFIG"]).toBe("/etc/stet/stet.toml");
    expect(setOf(chart).container.volumeMounts).toContainEqual({
      name: "config",
      mountPath: "/etc/stet",
      readOnly: true,
    });
    const changed = renderChart({ config: `${config}pre-vote = true\n` });
    expect(setOf(changed).spec.template).not.toEqual(setOf(chart).spec.template);
    expect(one.manifests.has("ConfigMap/stet-config")).toBe(false);
  });

  test("take values that people set", () => {
    const chart = renderChart({
      image: { repository: "images.example/stet", tag: "1.2.3" },
      env: [{ name: "STET_LOCATION", value: "eu.a" }],
      tolerations: [{ key: "dedicated", operator: "Exists" }],
      storage: { storageClassName: "fast", size: "1Ti" },
    });
    const { spec, pod, container } = setOf(chart);

    expect(container.image).toBe("images.example/stet:1.2.3");
    expect(container.env).toContainEqual({ name: "STET_LOCATION", value: "eu.a" });
    expect(pod["tolerations"]).toEqual([{ key: "dedicated", operator: "Exists" }]);
    expect(spec["volumeClaimTemplates"]).toMatchObject([
      { spec: { storageClassName: "fast", resources: { requests: { storage: "1Ti" } } } },
    ]);
  });
});

describe("the chart's services", () => {
  test("name nodes before they are ready, and clients see only ready ones", () => {
    expect(manifest(one, "Service/stet-cluster")["spec"]).toMatchObject({
      clusterIP: "None",
      publishNotReadyAddresses: true,
      ports: [{ name: "node", port: 5122, targetPort: "node" }],
    });
    const { ports, ...client } = manifest(one, "Service/stet")["spec"] as YamlMap;
    expect((ports as YamlMap[]).map(({ name, port }) => [name, port])).toEqual([
      ["ingress", 8080],
      ["admin", 9070],
      ["node", 5122],
    ]);
    expect(client).not.toHaveProperty("publishNotReadyAddresses");
  });

  test("select the pods of their release alone", () => {
    const chart = renderChart({}, "orders");
    const { spec } = manifest(chart, "StatefulSet/orders") as { spec: YamlMap };
    const { metadata } = spec["template"] as { metadata: { labels: YamlMap } };

    for (const name of ["Service/orders", "Service/orders-cluster"]) {
      const { selector } = manifest(chart, name)["spec"] as { selector: YamlMap };
      expect(selector["app.kubernetes.io/instance"]).toBe("orders");
      expect(metadata.labels).toMatchObject(selector);
    }
  });
});

describe("the chart's options", () => {
  test("a disruption budget comes with the third node and can be turned off", () => {
    expect(manifest(three, "PodDisruptionBudget/stet")["spec"]).toMatchObject({
      maxUnavailable: 1,
      selector: { matchLabels: { "app.kubernetes.io/instance": "stet" } },
    });
    expect(renderChart({ replicaCount: 2 }).manifests.has("PodDisruptionBudget/stet")).toBe(false);
    const without = renderChart({ replicaCount: 3, podDisruptionBudget: null });
    expect(without.manifests.has("PodDisruptionBudget/stet")).toBe(false);
  });

  test("a service monitor scrapes every node once", () => {
    const chart = renderChart({ serviceMonitor: { enabled: true, labels: { release: "p" } } });
    const monitor = manifest(chart, "ServiceMonitor/stet");
    const { endpoints, selector } = monitor["spec"] as {
      endpoints: YamlMap[];
      selector: { matchLabels: YamlMap };
    };

    expect(endpoints).toEqual([
      { port: "node", path: "/metrics", interval: "15s", honorLabels: true },
    ]);
    const selected = ["Service/stet", "Service/stet-cluster"].filter((name) => {
      const { labels } = manifest(chart, name)["metadata"] as { labels: YamlMap };
      return Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value);
    });
    expect(selected).toEqual(["Service/stet-cluster"]);
    expect(one.manifests.has("ServiceMonitor/stet")).toBe(false);
  });
});
