import { describe, expect, test } from "vitest";
import type { ReplicaStatus, StorageState } from "#cluster";
import { type HealthSources, readHealth } from "../../src/node-health.ts";

const GROUP = { isStopped: false, failure: undefined };

function healthOf(
  groups: readonly { readonly group: number; readonly failure?: Error | undefined }[],
  overrides: { readonly storageState?: StorageState; readonly isStopping?: boolean } = {},
) {
  const self = { nodeId: 1, nodeName: "n", generation: 2, address: "", isAlive: true };
  const sources = {
    cluster: {
      groups: () => groups.map((group) => ({ ...GROUP, ...group }) as unknown as ReplicaStatus),
      membership: { self, clusterName: "c" },
      storageState: overrides.storageState ?? "ready",
      table: { version: 7 },
    },
    roles: ["worker"],
    startedAtMs: 1_000,
    nowMs: 91_250,
    isStopping: overrides.isStopping ?? false,
  };
  return readHealth(sources as unknown as HealthSources);
}

describe("the health of a node", () => {
  test("has no problems while all groups run and the disk has space", () => {
    expect(healthOf([{ group: 0 }, { group: 1 }])).toEqual({
      status: "Alive",
      node_id: "N1:2",
      cluster_name: "c",
      roles: ["worker"],
      age: "1m 30s 250ms",
      admin_status: "Ready",
      worker_status: "Ready",
      log_server_status: "Ready",
      metadata_server_status: "Member",
      partition_table_version: 7,
      problems: [],
    });
  });

  test("names the partition that a defect has stopped", () => {
    const health = healthOf([{ group: 0 }, { group: 4, failure: new Error("Gap in the journal") }]);

    expect(health.worker_status).toBe("Degraded");
    expect(health.problems).toEqual([
      {
        component: "partition",
        partition_id: 3,
        code: "STOPPED_BY_DEFECT",
        message: "Stopped on this node until it restarts: Gap in the journal",
      },
    ]);
  });

  test("tells the metadata group apart, and a full disk", () => {
    const failure = new Error("Boom");
    const health = healthOf([{ group: 0, failure }], { storageState: "disk-full" });

    expect(health.metadata_server_status).toBe("Degraded");
    expect(health.log_server_status).toBe("Degraded");
    expect(health.problems.map(({ component, code }) => [component, code])).toEqual([
      ["log", "STORAGE_FULL"],
      ["metadata", "STOPPED_BY_DEFECT"],
    ]);
  });

  test("says that the node stops", () => {
    expect(healthOf([], { isStopping: true }).status).toBe("ShuttingDown");
  });
});
