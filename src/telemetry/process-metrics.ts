import { readdirSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import process from "node:process";
import type { FamilyType, Sample } from "./metric-family.ts";
import type { Registry } from "./registry.ts";

/** Wakes the loop this often to see how late it is; short enough to catch a missed heartbeat. */
const LAG_RESOLUTION_MS = 100;
const NANOSECONDS = 1e-9;

/** Adds what the process itself can tell; all of it is read when it is printed. */
export function addProcessMetrics(registry: Registry, version: string): void {
  const add = (name: string, type: FamilyType, read: () => number): void =>
    registry.observe({ name, type, help: name, samples: () => [sample(read())] });

  add("process_resident_memory_bytes", "gauge", () => process.memoryUsage.rss());
  add("process_start_time_seconds", "gauge", () => performance.timeOrigin / 1_000);
  add("process_open_fds", "gauge", countOpenFiles);
  add("process_cpu_seconds_total", "counter", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  // The original's names for the memory of its allocator; its dashboards read them.
  add("restate_jemalloc_resident_bytes", "gauge", () => process.memoryUsage.rss());
  add("restate_jemalloc_allocated_bytes", "gauge", () => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  });
  registry.observe({
    name: "restate_build_info",
    type: "gauge",
    help: "Version of this build.",
    samples: () => [sample(1, { version })],
  });
  addEventLoopMetrics(registry);
}

function addEventLoopMetrics(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  delay.enable();
  registry.observe({
    name: "restate_eventloop_lag_seconds",
    type: "summary",
    help: "Lateness of timers on the main thread since the last scrape.",
    samples: () => lagSamples(delay),
  });
  let before = performance.eventLoopUtilization();
  registry.observe({
    name: "restate_worker_busy_ratio",
    type: "gauge",
    help: "Share of time since the last scrape in which a thread was busy.",
    samples: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return [sample(utilization, { thread: "main" })];
    },
  });
}

function lagSamples(delay: ReturnType<typeof monitorEventLoopDelay>): Sample[] {
  const thread = "main";
  const lagSeconds = (nanoseconds: number): number =>
    Math.max(0, nanoseconds * NANOSECONDS - LAG_RESOLUTION_MS / 1_000);
  const samples = [50, 90, 99, 100].map((percentile) =>
    sample(lagSeconds(delay.percentile(percentile)), { thread, quantile: `${percentile / 100}` }),
  );
  delay.reset();
  return samples;
}

function countOpenFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0; // Only Linux tells.
  }
}

function sample(value: number, labels: Readonly<Record<string, string>> = {}): Sample {
  return { suffix: "", labels, value };
}
