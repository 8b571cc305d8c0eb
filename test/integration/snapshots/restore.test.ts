// A node exports what it has, all is lost, and a new cluster goes on from the snapshots: state,
// calls under way, timers, registered services.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "#cluster";
import { loadConfiguration } from "#config";
import { type ServedDeployment, serveMeasured } from "#fixtures/metrics-services";
import { FakeS3, S3_BUCKET, S3_KEY, S3_REGION, S3_SECRET } from "#fixtures/s3-server";
import { createLogger, createMetrics } from "#telemetry";
import { type RunningNode, startNode } from "../../../src/node.ts";
import { openOperatorCalls } from "../../../src/operator-calls.ts";

interface Row {
  readonly partitionId: number;
  readonly snapshotId: string;
  readonly appliedIndex: number;
  readonly path: string;
}

let folder: string;
let server: FakeS3;
let deployment: ServedDeployment;
let nodes: RunningNode[];

beforeAll(async () => {
  deployment = await serveMeasured();
});

afterAll(async () => {
  await deployment.close();
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "stet-restore-"));
  server = await FakeS3.start();
  nodes = [];
});

afterEach(async () => {
  for (const node of nodes) await node.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  name: string,
  variables: Readonly<Record<string, string>>,
): Promise<RunningNode> {
  const environment: Record<string, string> = {
    STET_NODE_NAME: name,
    STET_BASE_DIR: join(folder, "data"),
    STET_DEFAULT_NUM_PARTITIONS: "4",
    STET_BIND_IP: "127.0.0.1",
    STET_BIND_PORT: "0",
    STET_INGRESS__BIND_PORT: "0",
    STET_ADMIN__BIND_PORT: "0",
  };
  for (const [key, value] of Object.entries(variables)) environment[`STET_${key}`] = value;
  const { configuration } = loadConfiguration({
    environment,
    hostName: "h",
    readFile: () => "",
  });
  const logger = createLogger({
    ...configuration.telemetry,
    isTerminal: false,
    write: () => undefined,
  });
  const metrics = createMetrics({ clusterName: "c", nodeName: name, version: "1" });
  const node = await startNode({
    configuration,
    logger,
    metrics,
    clock: systemClock,
    version: "1",
    environment: {},
  });
  nodes.push(node);
  return node;
}

async function stop(node: RunningNode): Promise<void> {
  nodes.splice(nodes.indexOf(node), 1);
  await node.close();
}

async function ask<T>(node: RunningNode, service: string, request: object = {}): Promise<T> {
  const calls = openOperatorCalls({ connectTimeoutMs: 5_000 });
  const address = new URL(node.addresses.node).host;
  const payload = new TextEncoder().encode(JSON.stringify(request));
  try {
    const reply = await calls.callAddress({ address, service }, payload, { timeoutMs: 20_000 });
    return JSON.parse(new TextDecoder().decode(reply)) as T;
  } finally {
    await calls.close();
  }
}

function post(url: string, body?: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

async function call(node: RunningNode, path: string, body?: unknown): Promise<unknown> {
  const response = await post(`${node.addresses.ingress}${path}`, body);
  expect(response.status, path).toBeLessThan(300);
  return response.json();
}

const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** State in all partitions, an awakeable that is waited for, and a send for later. */
async function work(node: RunningNode): Promise<void> {
  await post(`${node.addresses.admin}deployments`, { uri: `http://127.0.0.1:${deployment.port}` });
  for (const [i, key] of KEYS.entries()) await call(node, `Tally/${key}/add`, i + 1);
  await call(node, "Worker/wait/send", "waiting");
  while ((await call(node, "Tally/waiting/remembered")) === null) {
    // The handler has not stored it yet.
  }
  await call(node, "Tally/later/add/send?delay=3s", 100);
}

const store = {
  directory: () => ({ WORKER__SNAPSHOTS__DESTINATION: `file://${folder}/archive` }),
  s3: () => ({
    WORKER__SNAPSHOTS__DESTINATION: `s3://${S3_BUCKET}/clusters/one`,
    WORKER__SNAPSHOTS__AWS_ENDPOINT_URL: server.endpoint,
    WORKER__SNAPSHOTS__AWS_ALLOW_HTTP: "true",
    WORKER__SNAPSHOTS__AWS_ACCESS_KEY_ID: S3_KEY,
    WORKER__SNAPSHOTS__AWS_SECRET_ACCESS_KEY: S3_SECRET,
    WORKER__SNAPSHOTS__AWS_REGION: S3_REGION,
  }),
};

const RESTORE = { WORKER__SNAPSHOTS__RESTORE: "new-cluster" };

async function totals(node: RunningNode): Promise<unknown[]> {
  return Promise.all(KEYS.map((key) => call(node, `Tally/${key}/add`, 0)));
}

describe.each([
  { name: "a directory", variables: store.directory },
  { name: "S3", variables: store.s3 },
])("from $name", ({ variables }) => {
  test("a new cluster has the state, finishes what was under way, and exports on", async () => {
    const first = await start("n1", variables());
    await work(first);
    const created = await ask<{ snapshots: Row[] }>(first, "snapshots.create", { trimLog: true });
    expect(created.snapshots.map(({ partitionId }) => partitionId)).toEqual([0, 1, 2, 3]);
    expect(await ask(first, "snapshots.list")).toEqual(created);
    await stop(first);

    // Other partitions than were asked for before are not made.
    const second = await start("n2", {
      ...variables(),
      ...RESTORE,
      DEFAULT_NUM_PARTITIONS: "7",
    });

    expect(await totals(second)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const id = await call(second, "Tally/waiting/remembered");
    const resolved = await post(
      `${second.addresses.ingress}restate/awakeables/${String(id)}/resolve`,
      "done",
    );
    expect(resolved.status).toBe(202);
    while ((await call(second, "Tally/later/add", 0)) !== 100) {
      // Its time has not come yet.
    }
    const again = await ask<{ snapshots: Row[] }>(second, "snapshots.create");
    const before = new Map(created.snapshots.map((row) => [row.partitionId, row.appliedIndex]));
    expect(again.snapshots).toHaveLength(4);
    for (const { partitionId, appliedIndex } of again.snapshots) {
      expect(appliedIndex).toBeGreaterThan(before.get(partitionId) ?? 0);
    }
  });
});

test("snapshots are taken when their time has come, and the restart keeps to the own data", async () => {
  const variables = {
    ...store.directory(),
    WORKER__SNAPSHOTS__SNAPSHOT_INTERVAL_NUM_RECORDS: "5",
  };
  const node = await start("n1", variables);
  await work(node);
  for (;;) {
    const { snapshots } = await ask<{ snapshots: Row[] }>(node, "snapshots.list");
    if (snapshots.length > 0) break;
  }
  await call(node, "Tally/a/add", 41);
  await stop(node);

  const again = await start("n1", { ...variables, ...RESTORE });

  expect(await call(again, "Tally/a/add", 0)).toBe(42);
});

describe("a restore is refused", () => {
  async function exported(): Promise<void> {
    const node = await start("n1", store.directory());
    await work(node);
    await ask(node, "snapshots.create");
    await stop(node);
  }

  test("for a cluster of another name, unless it is forced", async () => {
    await exported();
    const other = { ...store.directory(), CLUSTER_NAME: "other" };

    await expect(start("n2", { ...other, ...RESTORE })).rejects.toMatchObject({
      code: "SNAPSHOT_MISMATCH",
    });

    const forced = await start("n2", { ...other, WORKER__SNAPSHOTS__RESTORE: "forced" });
    expect(await totals(forced)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("when a part is damaged, and starts nothing that looks like a cluster", async () => {
    await exported();
    const partition = join(folder, "archive", "2");
    const snapshot = readdirSync(partition).find((name) => name.startsWith("lsn_")) ?? "";
    const part = join(partition, snapshot, "image-00000.bin");
    const bytes = readFileSync(part);
    const good = Buffer.from(bytes);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x40;
    writeFileSync(part, bytes);
    await expect(start("n2", { ...store.directory(), ...RESTORE })).rejects.toMatchObject({
      code: "SNAPSHOT_DAMAGED",
    });
    writeFileSync(part, good);

    const node = await start("n2", { ...store.directory(), ...RESTORE });

    expect(await totals(node)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("when a partition has no snapshot, unless it is forced to start empty", async () => {
    await exported();
    // Some of the keys are in this partition.
    rmSync(join(folder, "archive", "2"), { recursive: true });

    await expect(start("n2", { ...store.directory(), ...RESTORE })).rejects.toMatchObject({
      code: "SNAPSHOT_MISSING",
    });

    const variables = { ...store.directory(), WORKER__SNAPSHOTS__RESTORE: "forced" };
    const found = await totals(await start("n2", variables));
    expect(found.some((total) => total === 0)).toBe(true);
    expect(found.every((total, i) => total === 0 || total === i + 1)).toBe(true);
  });

  test("when there is nothing", async () => {
    await expect(start("n2", { ...store.directory(), ...RESTORE })).rejects.toMatchObject({
      code: "SNAPSHOT_MISSING",
    });
  });
});
