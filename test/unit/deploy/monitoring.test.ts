// Dashboards and alerts ask for metrics that exist, with labels that these have.
import { describe, expect, test } from "vitest";
import type { FamilyDescription } from "#telemetry";
import { createMetrics } from "#telemetry";
import { deployFiles, readDeployFile } from "../../fixtures/deploy/files.ts";
import { parseYaml } from "../../fixtures/deploy/yaml.ts";

const families = new Map<string, FamilyDescription>(
  createMetrics({ clusterName: "c", nodeName: "n", version: "1" }).families.map((family) => [
    family.name,
    family,
  ]),
);
const SUFFIXES = { counter: [""], gauge: [""], summary: ["", "_sum", "_count"] } as const;
const HISTOGRAM_SUFFIXES = ["_bucket", "_sum", "_count"];
/** Of every series, and those that Prometheus adds. */
const GLOBAL_LABELS = ["cluster_name", "node_name", "job", "instance"];

/** The family of a name in a query, and the labels that its series have. */
function findSeries(name: string): ReadonlySet<string> | undefined {
  for (const { name: family, type, labels } of families.values()) {
    const suffixes = type === "histogram" ? HISTOGRAM_SUFFIXES : SUFFIXES[type];
    if (!suffixes.some((suffix) => name === `${family}${suffix}`)) continue;
    const own = name.endsWith("_bucket") ? ["le"] : name === family ? ["quantile"] : [];
    return new Set([...GLOBAL_LABELS, ...labels, ...(type === "summary" ? own : []), ...own]);
  }
  return undefined;
}

/** What is wrong with a query, in words. */
function problemsOf(query: string): string[] {
  const problems: string[] = [];
  const selectors = [...query.matchAll(/\b((?:restate|stet|process)_\w+)(?:\{([^}]*)\})?/g)];
  if (selectors.length === 0 && query !== 'up{job="stet"} == 0') problems.push("asks for nothing");
  const known = new Set<string>();
  for (const [, name = "", matchers = ""] of selectors) {
    const labels = findSeries(name);
    if (labels === undefined) problems.push(`no metric ${name}`);
    for (const label of labels ?? []) known.add(label);
    for (const [, label = ""] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
      if (labels?.has(label) === false) problems.push(`no label ${label} of ${name}`);
    }
  }
  for (const [, list = ""] of query.matchAll(/\bby \(([^)]*)\)/g)) {
    const missing = list.split(",").filter((label) => !known.has(label.trim()));
    problems.push(...missing.map((label) => `no label ${label} to group by`));
  }
  const depth = [...query].reduce((sum, c) => sum + Number(c === "(") - Number(c === ")"), 0);
  if (depth !== 0) problems.push("parentheses do not match");
  return problems;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const dashboards = deployFiles("monitoring/grafana/dashboards").map((path) => ({
  path,
  dashboard: JSON.parse(readDeployFile(path)) as Dashboard,
}));

describe.each(dashboards)("$path", ({ dashboard }) => {
  const { panels, templating } = dashboard;
  const queries = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
  );

  test("asks for metrics and labels that exist", () => {
    const problems = queries.flatMap(({ title, expr }) =>
      problemsOf(expr).map((problem) => `${title}: ${problem}`),
    );

    expect(queries.length).toBeGreaterThan(10);
    expect(problems).toEqual([]);
  });

  test("names series by labels that the queries keep", () => {
    const missing = queries.flatMap(({ title, expr, legendFormat }) => {
      const kept = /\bby \(([^)]*)\)/
        .exec(expr)?.[1]
        ?.split(",")
        .map((label) => label.trim());
      const name = /\b(?:restate|stet|process)_\w+/.exec(expr)?.[0] ?? "";
      const isReduced = /\b(?:sum|max|count) ?\(/.test(expr);
      const labels = kept ?? (isReduced ? [] : [...(findSeries(name) ?? [])]);
      return [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)]
        .filter(([, label = ""]) => !labels.includes(label))
        .map(([label]) => `${title}: ${label}`);
    });

    expect(missing).toEqual([]);
  });

  test("uses variables that it declares", () => {
    const declared = templating.list.map(({ name }) => `$${name}`);
    const used = queries.flatMap(({ expr }) => expr.match(/\$(?!__)\w+/g) ?? []);

    expect([...new Set(used)].filter((name) => !declared.includes(name))).toEqual([]);
  });

  test("has panels that do not overlap and have ids of their own", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );

    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});

describe("the dashboards", () => {
  test("have names of their own", () => {
    expect(new Set(dashboards.map(({ dashboard }) => dashboard.uid)).size).toBe(2);
  });

  test.each([
    ["leaders", "restate_num_active_partition_leaders"],
    ["terms", "restate_raft_term"],
    ["apply lag", "restate_partition_applied_lsn_lag"],
    ["lag of followers", "restate_raft_follower_lag_entries"],
    ["fsync time", "restate_raft_fsync_duration_seconds_hist_bucket"],
    ["queues between nodes", "stet_peer_queued_bytes"],
    ["queues of proposals", "restate_raft_proposals_pending_bytes"],
    ["failovers", "restate_raft_leader_changes_total"],
    ["what failovers cost", "restate_ingress_failover_wait_seconds_hist_bucket"],
  ])("show %s", (_, name) => {
    const panels = dashboards.flatMap(({ dashboard }) => dashboard.panels);

    expect(panels.some(({ targets }) => targets?.some(({ expr }) => expr.includes(name)))).toBe(
      true,
    );
  });
});

describe("Prometheus", () => {
  const [rules] = parseYaml(readDeployFile("monitoring/alerts.yaml")) as unknown as [
    {
      readonly groups: readonly {
        readonly rules: readonly { readonly alert: string; readonly expr: string }[];
      }[];
    },
  ];
  const alerts = rules.groups.flatMap((group) => group.rules);

  test("alerts on metrics and labels that exist", () => {
    expect(
      alerts.flatMap(({ alert, expr }) => problemsOf(expr).map((p) => `${alert}: ${p}`)),
    ).toEqual([]);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  test("alerts on every condition that the reference of metrics names", () => {
    const readme = readDeployFile("../src/telemetry/README.md");
    const section = readme.split("## Alerts to start with")[1]?.split("\n## ")[0] ?? "";
    const named = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, condition = ""]) => condition);
    const conditionOf = (text: string) => text.replace(/^(?:max|sum) by \([^)]*\) \((.*)\)/, "$1");
    const known = alerts.map(({ expr }) => conditionOf(expr));

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((condition) => !known.includes(condition))).toEqual([]);
  });

  test("scrapes the nodes of the compose file and keeps their own labels", () => {
    const [configuration] = parseYaml(readDeployFile("monitoring/prometheus.yaml"));

    expect(configuration).toMatchObject({
      rule_files: ["alerts.yaml"],
      scrape_configs: [
        {
          metrics_path: "/metrics",
          honor_labels: true,
          static_configs: [{ targets: ["stet-1:5122", "stet-2:5122", "stet-3:5122"] }],
        },
      ],
    });
  });

  test("a query for what does not exist is noticed", () => {
    expect(problemsOf('sum by (peer) (rate(restate_nothing_total{a="b"}[1m])')).toEqual([
      "no metric restate_nothing_total",
      "no label peer to group by",
      "parentheses do not match",
    ]);
    expect(problemsOf('restate_raft_term{node="a"}')).toEqual([
      "no label node of restate_raft_term",
    ]);
  });
});
