import { readdirSync } from "node:fs";
import {
  constants,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from "node:perf_hooks";
import process from "node:process";
import { getHeapStatistics } from "node:v8";
import type { Sample } from "./metric-family.ts";
import type { Registry } from "./registry.ts";

/** Wakes the loop this often to see how late it is; short enough to catch a missed heartbeat. */
const LAG_RESOLUTION_MS = 100;
const NANOSECONDS = 1e-9;
const MAIN = "main";

/** Adds what the process itself can tell; nearly all of it is read when it is printed. */
export function addProcessMetrics(registry: Registry, version: string): void {
  const read = (type: "counter" | "gauge", name: string, help: string, value: () => number): void =>
    registry.read(type, name, help).fromValue(value);

  read("gauge", "process_resident_memory_bytes", "Resident memory.", process.memoryUsage.rss);
  read(
    "gauge",
    "process_start_time_seconds",
    "Start of the process, since the epoch.",
    () => Math.round(performance.timeOrigin) / 1_000,
  );
  read("gauge", "process_open_fds", "Open file descriptors.", countOpenFiles);
  read("counter", "process_cpu_seconds_total", "Processor time, user and system.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  // The original's names for the memory of its allocator; its dashboards read them.
  read("gauge", "jemalloc_resident_bytes", "Resident memory.", process.memoryUsage.rss);
  read("gauge", "jemalloc_allocated_bytes", "Heap in use and external memory.", () => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  });
  read("gauge", "stet_heap_limit_bytes", "Size at which the heap is full.", () => {
    return getHeapStatistics().heap_size_limit;
  });
  registry
    .read("gauge", "build_info", "Version of this build.", ["version"])
    .from(() => [[[version], 1]]);
  addEventLoopMetrics(registry);
  addGarbageCollection(registry);
}

function addEventLoopMetrics(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  delay.enable();
  // What earlier scrapes have seen: quantiles are of the time since the last one, totals are not.
  const past = { sum: 0, count: 0 };
  registry.observe({
    name: "restate_eventloop_lag_seconds",
    type: "summary",
    labels: ["thread"],
    help: "Lateness of timers on a thread; quantiles since the last scrape.",
    samples: () => lagSamples(delay, past),
  });
  let before = performance.eventLoopUtilization();
  registry
    .read("gauge", "worker_busy_ratio", "Share of time since the last scrape with work to do.", [
      "thread",
    ])
    .from(() => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return [[[MAIN], utilization]];
    });
}

function lagSamples(
  delay: ReturnType<typeof monitorEventLoopDelay>,
  past: { sum: number; count: number },
): Sample[] {
  const thread = MAIN;
  const lagSeconds = (nanoseconds: number): number =>
    Math.max(0, nanoseconds * NANOSECONDS - LAG_RESOLUTION_MS / 1_000);
  const samples = [50, 90, 99, 100].map((percentile) => ({
    suffix: "",
    labels: { thread, quantile: `${percentile / 100}` },
    value: lagSeconds(delay.percentile(percentile)),
  }));
  if (delay.count > 0) {
    past.sum += lagSeconds(delay.mean) * delay.count;
    past.count += delay.count;
  }
  delay.reset();
  return [
    ...samples,
    { suffix: "_sum", labels: { thread }, value: past.sum },
    { suffix: "_count", labels: { thread }, value: past.count },
  ];
}

const COLLECTION_KINDS: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weak-callbacks"],
]);

/** Pauses come some ten times per second under load; the runtime tells of them in batches. */
function addGarbageCollection(registry: Registry): void {
  const pauses = registry.summary("gc_pause_seconds", "Pauses for garbage collection.", [
    "thread",
    "kind",
  ]);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail, duration } = entry as typeof entry & { readonly detail?: { kind?: unknown } };
      const kind = COLLECTION_KINDS.get(detail?.kind) ?? "other";
      pauses.with(MAIN, kind).observe(duration / 1_000);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
}

function countOpenFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0; // Only Linux tells.
  }
}
