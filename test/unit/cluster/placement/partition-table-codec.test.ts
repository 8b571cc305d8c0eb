import { expect, test } from "vitest";

import { planInitialTable } from "../../../../cluster/placement/initial-placement.ts";
import {
  decodePartitionTable,
  encodePartitionTable,
} from "../../../../cluster/placement/partition-table-codec.ts";

test("a partition table comes back from its document with the document's version", () => {
  const table = planInitialTable({ partitionCount: 24, nodeIds: [1, 2, 3] });
  const decoded = decodePartitionTable(encodePartitionTable(table), 9);
  expect(decoded.version).toBe(9);
  expect(decoded.partitions).toEqual(table.partitions);
  expect(decoded.find(23)?.replicas).toEqual([
    { replicaId: 1, nodeId: 1 },
    { replicaId: 2, nodeId: 2 },
    { replicaId: 3, nodeId: 3 },
  ]);
});
