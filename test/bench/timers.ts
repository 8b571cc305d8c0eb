/** Ten thousand delayed sends that are due at one moment. */
import { setTimeout as sleep } from "node:timers/promises";
import { SERVICES } from "./deployment/services.ts";
import type { Deployment, Generator } from "./helpers.ts";
import type { Sample } from "./report.ts";
import type { Server } from "./servers.ts";

const TIMERS = 10_000;
const PROBES = 1_000;
const CLIENTS = 128;
const PATH = `/${SERVICES.bench}/timer/send`;
/** How much longer than expected the sends may take before the moment comes. */
const LEAD_FACTOR = 1.5;
const LEAD_MS_MIN = 3_000;
const SEND_TIMEOUT_MS = 120_000;
/** After the last invocation has begun: its result is yet to be stored. */
const SETTLE_MS = 300;

interface Parties {
  readonly server: Server;
  readonly deployment: Deployment;
  readonly generator: Generator;
}

/**
 * Sends, waits until all have fired, and says how fast that was: `p50Ms` is the lateness of the
 * first, `p99Ms` of the last.
 */
export async function measureTimers(
  parties: Parties,
): Promise<{ readonly sample: Omit<Sample, "othersPercent">; readonly errors: readonly string[] }> {
  const { server, deployment, generator } = parties;
  const errors: string[] = [];
  const send = async (total: number, dueMs: number): Promise<number> => {
    const result = await generator.run({
      port: server.ingressPort,
      serverPid: server.pid,
      clients: CLIENTS,
      requests: { kind: "send", path: PATH, dueMs },
      warmupMs: 0,
      durationMs: SEND_TIMEOUT_MS,
      total,
    });
    if (result.errors > 0) errors.push(`${server.target}, timers: ${result.firstError}`);
    return result.seconds;
  };

  await deployment.resetArrivals();
  const probeSeconds = await send(PROBES, 0);
  if (errors.length === 0) await deployment.waitForArrivals(PROBES);
  await deployment.resetArrivals();
  const leadMs = (probeSeconds * 1000 * TIMERS * LEAD_FACTOR) / PROBES;
  const dueMs = Date.now() + Math.round(Math.max(leadMs, LEAD_MS_MIN));
  await send(TIMERS, dueMs);
  if (Date.now() > dueMs) errors.push(`${server.target}, timers: due before all were sent`);
  await sleep(Math.max(dueMs - Date.now(), 0));
  const startCpuMs = server.cpuMs;
  const isComplete = errors.length === 0 && (await deployment.waitForArrivals(TIMERS));
  await sleep(SETTLE_MS);
  const cpuMs = server.cpuMs - startCpuMs;
  const { count, firstMs, lastMs } = await deployment.readArrivals();
  if (!isComplete || count !== TIMERS) {
    errors.push(`${server.target}, timers: ${count} of ${TIMERS} invocations began`);
  }
  if (count > 0 && firstMs < dueMs) {
    errors.push(`${server.target}, timers: the first came ${dueMs - firstMs} ms early`);
  }
  const sample = {
    target: server.target,
    round: 0,
    perSecond: count / ((lastMs - dueMs) / 1000),
    p50Ms: firstMs - dueMs,
    p99Ms: lastMs - dueMs,
    cpuUs: (cpuMs * 1000) / count,
    residentMb: server.residentBytes / 2 ** 20,
  };
  return { sample, errors };
}
