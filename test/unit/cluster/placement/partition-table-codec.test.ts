import { expect, test } from "vitest";

import { ByteWriter } from "#base/byte-writer";
import { planInitialTable } from "../../../../cluster/placement/initial-placement.ts";
import {
  decodePartitionTable,
  encodePartitionTable,
} from "../../../../cluster/placement/partition-table-codec.ts";
import {
  findPlacement,
  routingTableOf,
  withNodes,
  withPartition,
} from "../../../../cluster/placement/placement-table.ts";
import { placementNodes } from "./placement-model.ts";

const replication = { nodeCopies: 2, zoneCopies: 1 };

test("a partition table comes back from its document with the document's version", () => {
  const nodes = placementNodes(3);
  let table = planInitialTable({ partitionCount: 24, nodes, replication });
  const moved = withNodes(findPlacement(table, 5) as never, [1, 2, 9]);
  table = withPartition(table, { ...moved, pinnedNode: 9, isPlacementFrozen: true });
  const decoded = decodePartitionTable(encodePartitionTable(table), 9);
  expect(decoded).toEqual({ ...table, version: 9 });
  expect(findPlacement(decoded, 23)?.replicas).toHaveLength(3);
  expect(findPlacement(decoded, 5)).toMatchObject({
    replicas: [
      { replicaId: 1, nodeId: 1 },
      { replicaId: 2, nodeId: 2 },
      { replicaId: 4, nodeId: 9 },
    ],
    leaving: [{ replicaId: 3, nodeId: 3 }],
    nextReplicaId: 5,
  });
  expect(routingTableOf(decoded).partitionIdOf(2n ** 64n - 1n)).toBe(23);
});

test("a table of the first format, which clusters of one node wrote, is read", () => {
  const writer = new ByteWriter();
  // Format, count; then per partition: id, two keys in halves, count of replicas, replica, node.
  const half = 2 ** 31;
  const words = [1, 2, 0, 0, 0, half - 1, 2 ** 32 - 1, 1, 1, 1];
  words.push(1, half, 0, 2 ** 32 - 1, 2 ** 32 - 1, 1, 1, 1);
  for (const word of words) writer.writeVarint(word);
  const table = decodePartitionTable(writer.finish(), 3);
  expect(table.version).toBe(3);
  expect(table.replication).toEqual({ nodeCopies: 1, zoneCopies: 1 });
  expect(table.partitions.map(({ replicas }) => replicas)).toEqual([
    [{ replicaId: 1, nodeId: 1 }],
    [{ replicaId: 1, nodeId: 1 }],
  ]);
  expect(table.partitions[1]).toMatchObject({ initialVoters: [1], nextReplicaId: 2, leaving: [] });
  expect(routingTableOf(table).partitionIdOf(2n ** 63n)).toBe(1);
  expect(decodePartitionTable(encodePartitionTable(table), 3)).toEqual(table);
});
