import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import type { Logger } from "#base/logger";
import type { LoadedConfiguration } from "#config";
import { ConfigurationError, dumpConfiguration, loadConfiguration } from "#config";
import { createLogger, createMetrics, systemClock } from "#telemetry";
import type { ServerRequest } from "./cli/program.ts";
import type { RunningNode } from "./node.ts";
import { VERSION } from "./version.ts";

/** Time that a start has to end by itself after the signal to stop. */
const START_STOP_MS = 1_000;

/** How a run of the server ended, as the exit code of the process. */
type ExitCode = 0 | 1;

/**
 * Runs a node until it is told to stop: SIGTERM and SIGINT stop it gracefully, a second one at
 * once, and `shutdown-timeout` ends a stop that takes too long.
 *
 * Reads the configuration and the environment for the whole process; nobody below does.
 */
export async function serve(request: ServerRequest): Promise<ExitCode> {
  const loaded = load(request);
  if (loaded === undefined) return 1;
  const { configuration, values, notices } = loaded;
  if (request.dumpConfiguration) {
    process.stdout.write(dumpConfiguration(values));
    return 0;
  }

  const lineCounts = new Map<string, number>();
  const logger = createLogger({
    ...configuration.telemetry,
    isTerminal: process.stdout.isTTY,
    onLine: (level) => lineCounts.set(level, (lineCounts.get(level) ?? 0) + 1),
  });
  for (const notice of notices) logger[notice.level](notice.message);
  stopOnDefect(logger);
  process.on("SIGUSR1", () => process.stderr.write(dumpConfiguration(values)));
  process.on("SIGHUP", () => logger.info("Ignored SIGHUP: stop with SIGTERM or SIGINT"));

  const stopping = new AbortController();
  const stop = stopSignal(logger).then(() => stopping.abort());
  const { clusterName, nodeName, shutdownTimeoutMs } = configuration.node;
  const metrics = createMetrics({ clusterName, nodeName, version: VERSION });
  metrics.node.logLines.from(() => Array.from(lineCounts, ([level, count]) => [[level], count]));
  logger.info("Starting", { version: VERSION, clusterName, nodeName, pid: process.pid });
  let node: RunningNode;
  try {
    const { startNode } = await import("./node.ts");
    const starting = startNode({
      configuration,
      logger,
      metrics,
      clock: systemClock,
      version: VERSION,
      lostNodes: request.lostNodes,
      signal: stopping.signal,
      environment: process.env,
    });
    node = await Promise.race([starting, giveUp(stop)]);
  } catch (error) {
    if (stopping.signal.aborted) {
      logger.info("Stopped before the node was ready");
      return 0;
    }
    logger.error("Failed to start", { error });
    return 1;
  }
  const startMs = Math.round(performance.now());
  logger.info("Node is ready", { ...node.addresses, startMs });
  await stop;
  return await closeWithin(node, shutdownTimeoutMs, logger);
}

function load(request: ServerRequest): LoadedConfiguration | undefined {
  try {
    return loadConfiguration({
      configFile: request.configFile,
      flags: request.flags,
      environment: process.env,
      hostName: hostname(),
      production: request.production,
      readFile: (path) => readFileSync(path, "utf8"),
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const problem of error.problems) process.stderr.write(`[${error.code}] ${problem}\n`);
    return undefined;
  }
}

/** Resolves at the first signal to stop; the second one ends the process. */
function stopSignal(logger: Logger): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let signals = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(1);
      logger.info("Shutting down", { signal });
      resolve();
    });
  }
  return promise;
}

/** Rejects some time after the signal to stop: nothing is lost by leaving a start half done. */
async function giveUp(stop: Promise<void>): Promise<never> {
  await stop;
  await new Promise((resolve) => setTimeout(resolve, START_STOP_MS));
  throw new Error("The node was told to stop before it was ready");
}

async function closeWithin(
  node: RunningNode,
  timeoutMs: number,
  logger: Logger,
): Promise<ExitCode> {
  const hardStop = setTimeout(() => {
    logger.error("Stopped hard: the graceful stop took longer than shutdown-timeout", {
      timeoutMs,
    });
    process.exit(1);
  }, timeoutMs);
  hardStop.unref();
  const startedMs = performance.now();
  try {
    await node.close();
    const durationMs = Math.round(performance.now() - startedMs);
    logger.info("Shutdown completed", { durationMs });
    return 0;
  } catch (error) {
    logger.error("Failed to stop cleanly", { error });
    return 1;
  } finally {
    clearTimeout(hardStop);
  }
}

/** What nobody caught is a defect whose reach is unknown: say so and end the process. */
function stopOnDefect(logger: Logger): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      logger.error("Stopped by a defect", { error });
      process.exit(1);
    });
  }
}
