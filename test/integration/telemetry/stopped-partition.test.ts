// A defect while a record is applied stops that partition on this node: health and metrics say so,
// and the other partitions go on.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Logger } from "#base/logger";
import {
  type Cluster,
  type PartitionLog,
  type StateMachine,
  startCluster,
  systemClock,
  systemRandom,
  systemScheduler,
} from "#cluster";
import { MemoryEngine } from "#engine";
import type { NodeInvoker } from "#invoker";
import type { PartitionHost } from "#partition";
import { createMetrics } from "#telemetry";
import { NodeEndpoint } from "../../../src/node-endpoint.ts";
import { readHealth } from "../../../src/node-health.ts";
import { raftMetrics } from "../../../src/node-metrics.ts";
import { observeNode } from "../../../src/node-readings.ts";
import { parseScrape } from "./scrape.ts";

/** Cannot apply a certain record. */
class FragileMachine implements StateMachine {
  readonly log: PartitionLog;
  appliedIndex = 0;
  readonly applied: string[] = [];
  #onChange: () => void = () => {};

  constructor(log: PartitionLog) {
    this.log = log;
  }

  applyBatch(entries: readonly { readonly data: Uint8Array }[], lastIndex: number): void {
    for (const { data } of entries) {
      const text = new TextDecoder().decode(data);
      if (text === "poison") throw new Error("This record cannot be applied");
      this.applied.push(text);
    }
    this.appliedIndex = lastIndex;
    this.#onChange();
  }

  onLeadership(): void {
    this.#onChange();
  }

  snapshot(): Promise<never> {
    return Promise.reject(new Error("no snapshots here"));
  }

  async restore(): Promise<void> {}

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }
}

const silent: Logger = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silent,
};

const folder = mkdtempSync(join(tmpdir(), "stet-health-"));
const machines: FragileMachine[] = [];
let cluster: Cluster;
let endpoint: NodeEndpoint;
let url: string;

beforeAll(async () => {
  const metrics = createMetrics({ clusterName: "c", nodeName: "n", version: "1" });
  cluster = await startCluster({
    dataDirectory: join(folder, "n"),
    nodeName: "n",
    clusterName: "c",
    partitionCount: 2,
    engine: new MemoryEngine(),
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    logger: silent,
    createStateMachine: async (partitionId, log) => {
      const machine = new FragileMachine(log);
      machines[partitionId] = machine;
      return machine;
    },
    metrics: raftMetrics(metrics),
    onFatal: (error) => {
      throw error;
    },
  });
  const host = {
    partitionIds: [0, 1],
    leaderCount: 2,
    unwrittenCount: 0,
    leaderStatistics: () => new Map(),
  } as unknown as PartitionHost;
  const invoker = {
    statistics: () => ({
      invocations: 0,
      waiting: 0,
      concurrentAttemptsMax: 1,
      heldBytes: 0,
      memoryBytesMax: 1,
    }),
  } as unknown as NodeInvoker;
  const refresh = observeNode(metrics, { cluster, host, invoker, dataDirectory: folder });
  endpoint = new NodeEndpoint({
    contentType: "text/plain",
    render: async () => {
      await refresh();
      return metrics.render();
    },
    health: () =>
      readHealth({ cluster, roles: [], startedAtMs: 0, nowMs: 1_000, isStopping: false }),
  });
  url = `http://127.0.0.1:${await endpoint.listen("127.0.0.1", 0)}`;
});

afterAll(async () => {
  await endpoint.close();
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

function machine(partitionId: number): FragileMachine {
  const found = machines[partitionId];
  if (found === undefined) throw new Error(`partition ${partitionId} has no state machine`);
  return found;
}

function propose(partitionId: number, text: string): string {
  return machine(partitionId).log.propose(new TextEncoder().encode(text));
}

describe("a partition that a defect has stopped", () => {
  test("is named by /health with status 503 and by metrics; the others go on", async () => {
    for (const each of machines) await each.until(() => each.log.isLeader);
    expect((await fetch(`${url}/health`)).status).toBe(200);

    expect(propose(1, "poison")).toBe("accepted");
    await machine(1).until(() => !machine(1).log.isLeader);
    propose(0, "fine");
    await machine(0).until(() => machine(0).applied.includes("fine"));

    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: "Alive",
      worker_status: "Degraded",
      problems: [
        {
          component: "partition",
          partition_id: 1,
          code: "STOPPED_BY_DEFECT",
          message: "Stopped on this node until it restarts: This record cannot be applied",
        },
      ],
    });
    const scrape = parseScrape(await (await fetch(`${url}/metrics`)).text());
    const values = (name: string) => Object.fromEntries(scrape.get(name) ?? []);
    const labels = 'cluster_name="c",node_name="n"';
    expect(values("restate_partition_blocked_flare")).toEqual({
      [`{${labels},partition="1",reason="apply-failed"}`]: 1,
    });
    expect(values("restate_partition_stop_total")).toEqual({
      [`{${labels},partition="1",type="error"}`]: 1,
    });
    expect(values("stet_raft_failed_groups")).toEqual({ [`{${labels}}`]: 1 });
    expect(values("restate_raft_leaderless_groups")).toEqual({ [`{${labels}}`]: 1 });
    expect(values("restate_raft_groups")[`{${labels},role="stopped"}`]).toBe(1);
    expect(propose(1, "more")).toBe("not-leader");
  });
});
