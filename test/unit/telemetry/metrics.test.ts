import { describe, expect, test } from "vitest";
import { Distribution } from "../../../src/telemetry/distribution.ts";
import { Registry } from "../../../src/telemetry/registry.ts";

const GLOBAL = { cluster_name: "c", node_name: "n" };

describe("metrics", () => {
  test("are printed under the names of the original, with the global labels", async () => {
    const registry = new Registry(GLOBAL);
    registry.counter("ingress_requests_total", "Requests.", ["status"]).with("admitted").add(3);
    registry.gauge("num_partitions", "Partitions.").set(24);

    const text = await registry.render(0);

    expect(text).toContain("# TYPE restate_ingress_requests_total counter");
    expect(text).toContain(
      'restate_ingress_requests_total{status="admitted",cluster_name="c",node_name="n"} 3',
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
    registry.observe({ name: "process_reads", help: "Reads.", type: "gauge", samples });

    await registry.render(0);

    expect(await registry.render(0)).toContain("process_reads 2");
  });
});

describe("a distribution", () => {
  test("forgets a period after the next one, and keeps sum and count", () => {
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

  test("is zero while nothing was observed", () => {
    expect(new Distribution().quantiles()).toEqual([0, 0, 0, 0]);
  });
});
