// Every declared metric is fed: a node does all kinds of work and is scraped meanwhile; each family
// has shown a value, but for those that are listed here with the reason.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "#cluster";
import { loadConfiguration } from "#config";
import { type ServedDeployment, serveMeasured } from "#fixtures/metrics-services";
import { createLogger, createMetrics, type Metrics } from "#telemetry";
import { type RunningNode, startNode } from "../../../src/node.ts";
import { movedFamilies, parseScrape, type Scrape } from "./scrape.ts";

/** What one healthy node that has just started cannot show, and why. */
const UNMOVED: Readonly<Record<string, readonly RegExp[]>> = {
  "needs another node": [
    /^stet_peer_/,
    /^restate_raft_(?:messages_dropped|snapshot_transfers|replica_destroyed|conf_changes)_total$/,
    /^restate_raft_(?:under_replicated|quorum_at_risk)_groups$/,
    /^restate_raft_follower_lag_entries$/,
    /^stet_partition_forward/,
    /^restate_ingress_(?:reroutes_total|failover_wait_seconds(?:_hist)?)$/,
  ],
  "needs an object store": [/^restate_partition_(?:store_snapshots_|snapshot_age_seconds$)/],
  "says that something is wrong": [
    /^restate_partition_blocked_flare$/,
    /^stet_raft_failed_groups$/,
    /^restate_raft_leaderless_groups$/,
    /^restate_partition_num_unknown_applied_lsn_lag$/,
    /^restate_rocksdb_(?:background_errors|is_write_stopped|actual_delayed_write_rate_bytes)$/,
    /^restate_rocksdb_(?:stall_micros_total|db_write_stall_seconds)$/,
  ],
  "is counted when the node has stopped": [/^restate_partition_stop_total$/],
  "passes within one turn of the event loop": [
    /^restate_partition_applied_lsn_lag$/,
    /^restate_partition_shuffle_inflight$/,
    /^stet_outbox_messages$/,
    /^restate_memory_pool_usage_bytes$/,
    /^restate_raft_proposals_pending_bytes$/,
  ],
  "begins with 64 MiB of data": [
    /^restate_raft_log_truncations_total$/,
    /^restate_rocksdb_(?:block_cache|bloom_filter|l0|l1|l2andup|compact|flush|num_files)_/,
    /^restate_rocksdb_(?:estimate_live|total_sst|estimate_pending|sst_read)_/,
    /^restate_rocksdb_(?:compaction|num_immutable|mem_table_flush|num_running)_/,
    /^restate_rocksdb_memory_approx_memtable_readers_bytes$/,
    // Everything is in the caches: nothing is read back.
    /^restate_rocksdb_(?:memtable_hit|bytes_read|db_iter_bytes_read|number_db_next)_total$/,
  ],
};

const folder = mkdtempSync(join(tmpdir(), "stet-metrics-"));
let node: RunningNode;
let metrics: Metrics;
let deployment: ServedDeployment;
const scrapes: Scrape[] = [];
const lines: { readonly message: string }[] = [];

beforeAll(async () => {
  deployment = await serveMeasured();
  metrics = createMetrics({ clusterName: "c", nodeName: "n1", version: "1" });
  const { configuration } = loadConfiguration({
    configFile: undefined,
    flags: {},
    environment: {
      STET_NODE_NAME: "n1",
      STET_BASE_DIR: folder,
      STET_DEFAULT_NUM_PARTITIONS: "4",
      STET_BIND_IP: "127.0.0.1",
      STET_BIND_PORT: "0",
      STET_INGRESS__BIND_PORT: "0",
      STET_ADMIN__BIND_PORT: "0",
      // Two attempts at once, so that others wait; little state with the first message.
      STET_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT: "2",
      STET_WORKER__INVOKER__EAGER_STATE_SIZE_LIMIT: "16",
    },
    hostName: "h",
    production: false,
    readFile: () => "",
  });
  const logger = createLogger({
    ...configuration.telemetry,
    logFormat: "json",
    isTerminal: false,
    write: (_level, line) => lines.push(JSON.parse(line).fields),
  });
  metrics.node.logLines.from(() => [[["info"], lines.length]]);
  node = await startNode({ configuration, logger, metrics, clock: systemClock, version: "1" });
  await post(`${node.addresses.admin}deployments`, { uri: urlOf(deployment.port) });
});

afterAll(async () => {
  await node.close();
  await deployment.close().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
});

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function post(url: string, body?: unknown): Promise<Response> {
  if (body === undefined) return fetch(url, { method: "POST" });
  const headers = { "content-type": "application/json" };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

function call(path: string, body?: unknown): Promise<Response> {
  return post(`${node.addresses.ingress}${path}`, body);
}

async function scrape(): Promise<Scrape> {
  const response = await fetch(`${node.addresses.node}metrics`);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const parsed = parseScrape(await response.text());
  scrapes.push(parsed);
  return parsed;
}

function sumOf(parsed: Scrape, family: string, start: string): number {
  let sum = 0;
  for (const [key, value] of parsed.get(family) ?? []) if (key.startsWith(start)) sum += value;
  return sum;
}

describe("a node at work", () => {
  test("answers as its metrics say", { timeout: 60_000 }, async () => {
    const work = [
      ...Array.from({ length: 12 }, (_, i) => call("Worker/fanOut", `key-${i % 3}`)),
      ...Array.from({ length: 5 }, (_, i) => call("Worker/echo/send?delay=300ms", `text-${i}`)),
      call("Worker/echo/send?delay=1h", "never"),
      call("Worker/flaky", "flaky"),
      call("Worker/refuse"),
      call("Worker/echo/send?delay=soon", "text"),
      call("Nowhere/at/all"),
    ];
    const waiting = call("Worker/wait", "waiting");
    await once(connect(Number(new URL(node.addresses.ingress).port)).end(), "close");
    const done = Promise.all(work);
    let isDone = false;
    done.then(() => (isDone = true)).catch(() => undefined);
    while (!isDone) await scrape();
    await resolveAwakeable("waiting");

    const statuses = (await done).map(({ status }) => status);
    expect((await waiting).status).toBe(200);
    expect(statuses.filter((status) => status === 202)).toHaveLength(6);
    expect(statuses.slice(-3)).toEqual([409, 400, 404]);

    const last = await scrape();
    const requests = (labels: string) =>
      sumOf(last, "restate_ingress_requests_total", `{cluster_name="c",node_name="n1",${labels}`);
    expect(requests('status="completed",rpc_service="Worker",rpc_type="call"')).toBe(14);
    expect(requests('status="completed",rpc_service="Worker",rpc_type="send"')).toBe(6);
    expect(requests('status="invocation_error",rpc_service="Worker"')).toBe(1);
    expect(requests('status="request_error",rpc_service="Worker",rpc_type="send"')).toBe(1);
    expect(requests('status="admitted"}')).toBeGreaterThan(20);
  });

  test("counts what deployments do and fail to do", { timeout: 60_000 }, async () => {
    await deployment.close();
    // The name of a handler that nobody serves any more: the attempt cannot connect.
    const failing = await call("Worker/echo/send", "nobody listens");
    expect(failing.status).toBe(202);
    const opened = () => {
      const latest = scrapes.at(-1) as Scrape;
      return sumOf(latest, "restate_connection_pool_connection_open_failed_total", "");
    };
    do await scrape();
    while (opened() === 0);

    const attempts = scrapes.at(-1)?.get("restate_invoker_invocation_tasks_total") ?? new Map();
    const statuses = new Set([...attempts.keys()].map((key) => /status="(\w+)"/.exec(key)?.[1]));
    expect(statuses).toEqual(new Set(["started", "completed", "suspended", "failed"]));
    expect([...attempts.keys()].some((key) => key.includes('transient="true"'))).toBe(true);
  });

  test("has moved every family but those that are listed with a reason", async () => {
    await scrape();
    const moved = movedFamilies(scrapes);
    const allowed = Object.values(UNMOVED).flat();
    const declared = metrics.families.map(({ name }) => name);

    const still = declared.filter((name) => !moved.has(name));

    expect(still.filter((name) => !allowed.some((pattern) => pattern.test(name)))).toEqual([]);
    // A reason that no longer holds for anything is a line too many.
    expect(allowed.filter((pattern) => !declared.some((name) => pattern.test(name)))).toEqual([]);
  });

  test("is healthy, and says who it is", async () => {
    const response = await fetch(`${node.addresses.node}health`);

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: "Alive",
      node_id: expect.stringMatching(/^N1:\d+$/),
      worker_status: "Ready",
      problems: [],
    });
  });

  test("logs a failing attempt once, however often it is repeated", () => {
    const failures = lines.filter(({ message }) => message.startsWith("Attempt failed"));

    // The flaky handler, and the deployment that is gone.
    expect(failures.length).toBe(2);
  });
});

async function resolveAwakeable(key: string): Promise<void> {
  for (;;) {
    const id: unknown = await (await call(`Tally/${key}/remembered`)).json();
    if (typeof id !== "string") continue;
    expect((await call(`restate/awakeables/${id}/resolve`, "value")).status).toBe(202);
    return;
  }
}
