import { describe, expect, test } from "vitest";
import { Distribution } from "../../../src/telemetry/distribution.ts";
import { Registry } from "../../../src/telemetry/registry.ts";

const GLOBAL = { cluster_name: "c", node_name: "n" };

describe("metrics", () => {
  test("are printed under the names of the original, with the global labels", async () => {
    const registry = new Registry(GLOBAL);
    const requests = registry.counter("ingress_requests_total", "Requests.", ["status", "type"]);
    requests.with("admitted", "").add(3);
    registry.gauge("num_partitions", "Partitions.").set(24);

    const text = await registry.render(0);

    expect(text).toContain("# TYPE restate_ingress_requests_total counter");
    expect(text).toContain(
      'restate_ingress_requests_total{cluster_name="c",node_name="n",status="admitted"} 3\n',
    );
    expect(text).toContain('restate_num_partitions{cluster_name="c",node_name="n"} 24');
  });

  test("collect durations as summaries with four quantiles, sum and count", async () => {
    const registry = new Registry({});
    const summary = registry.summary("task_seconds", "Tasks.");
    for (let i = 1; i <= 100; i++) summary.observe(i / 100);

    const lines = (await registry.render(0)).split("\n");

    const seriesValue = (start: string): number =>
      Number(
        lines
          .find((line) => line.startsWith(start))
          ?.split(" ")
          .at(-1),
      );
    expect(seriesValue('restate_task_seconds{quantile="0.5"}')).toBeCloseTo(0.5, 1);
    expect(seriesValue('restate_task_seconds{quantile="0.9"}')).toBeCloseTo(0.9, 1);
    expect(seriesValue('restate_task_seconds{quantile="1"}')).toBe(1);
    expect(seriesValue("restate_task_seconds_sum")).toBeCloseTo(50.5);
    expect(seriesValue("restate_task_seconds_count")).toBe(100);
  });

  test("forget a removed series and start it at zero again", async () => {
    const registry = new Registry({});
    const family = registry.counter("starts_total", "Starts.", ["partition"]);
    family.with("1").add();

    family.remove("1");
    const removed = await registry.render(0);
    family.with("1").add();

    expect(removed).not.toContain('partition="1"');
    expect(await registry.render(0)).toContain('restate_starts_total{partition="1"} 1');
  });

  test("put series beyond the limit into one series", async () => {
    const registry = new Registry({});
    const family = registry.counter("calls_total", "Calls.", ["service"]);

    for (let i = 0; i < 2_010; i++) family.with(`service-${i}`).add();

    expect(await registry.render(0)).toContain('restate_calls_total{service="other"} 10');
  });

  test("are read when they are printed if they were added as observed", async () => {
    const registry = new Registry({});
    let reads = 0;
    const samples = () => [{ suffix: "", labels: {}, value: ++reads }];
    registry.observe({ name: "process_reads", help: "R.", type: "gauge", labels: [], samples });

    await registry.render(0);

    expect(await registry.render(0)).toContain("process_reads 2");
  });

  test("of connection pools print their maximum as 1 and as 1.0", async () => {
    const registry = new Registry({});
    registry.poolSummary("wait_seconds", "Wait.").observe(3);

    const lines = (await registry.render(0)).split("\n");

    expect(lines).toContain('restate_wait_seconds{quantile="1"} 3');
    expect(lines).toContain('restate_wait_seconds{quantile="1.0"} 3');
  });

  test("are left out while a family has no value to read", async () => {
    const registry = new Registry({});
    const lag = registry.read("gauge", "lag", "Lag.", ["quantile"]);

    const before = await registry.render(0);
    lag.from(() => [[["0.5"], 7]]);

    expect(before).not.toContain("restate_lag");
    expect(await registry.render(0)).toContain('restate_lag{quantile="0.5"} 7\n');
  });

  test("have labels with any character, escaped as the format asks", async () => {
    const registry = new Registry({});
    registry.counter("calls_total", "Calls.", ["key"]).with('a"b\\c\nd').add();

    expect(await registry.render(0)).toContain('restate_calls_total{key="a\\"b\\\\c\\nd"} 1\n');
  });

  test("are engine families alone, without global labels, where metrics are switched off", async () => {
    const registry = new Registry(GLOBAL);
    registry.counter("calls_total", "Calls.").add();
    registry.read("gauge", "rocksdb_keys", "Keys.").fromValue(() => 3);

    const text = await registry.render(0, ({ name }) => name.startsWith("restate_rocksdb_"));

    expect(text).toContain("\nrestate_rocksdb_keys 3\n");
    expect(text).not.toContain("calls_total");
  });
});

describe("a histogram", () => {
  test("counts what was observed up to each bound, since the start", async () => {
    const registry = new Registry({});
    const summary = registry.histogram("wait_seconds", "Wait.");
    for (const seconds of [0.01, 0.24, 0.3, 100]) summary.observe(seconds);
    await registry.render(60_000);
    await registry.render(120_000);
    summary.observe(0.3);

    const lines = (await registry.render(180_000)).split("\n");

    expect(lines).toContain('restate_wait_seconds_hist_bucket{le="0.0078125"} 0');
    expect(lines).toContain('restate_wait_seconds_hist_bucket{le="0.25"} 2');
    expect(lines).toContain('restate_wait_seconds_hist_bucket{le="0.5"} 4');
    expect(lines).toContain('restate_wait_seconds_hist_bucket{le="+Inf"} 5');
    expect(lines).toContain("restate_wait_seconds_hist_count 5");
    expect(lines).toContain("# TYPE restate_wait_seconds_hist histogram");
  });
});

describe("a distribution", () => {
  test("forgets a period after the next one, and keeps sum and count", async () => {
    const distribution = new Distribution();
    distribution.observe(8);
    distribution.rotate();
    distribution.observe(1);

    const before = distribution.quantiles();
    distribution.rotate();
    const after = distribution.quantiles();

    expect([before.at(-1), after.at(-1)]).toEqual([8, 1]);
    expect([distribution.sum, distribution.count]).toEqual([9, 2]);
  });

  test.each([0, 1e-9, 1e-6, 0.25, 3, 1_000, 1e15, -1])("takes %d without losing it", (value) => {
    const distribution = new Distribution();

    distribution.observe(value);

    expect(distribution.count).toBe(1);
    expect(distribution.quantiles()).toHaveLength(4);
  });

  test("is zero while nothing was observed", async () => {
    expect(new Distribution().quantiles()).toEqual([0, 0, 0, 0]);
  });
});
