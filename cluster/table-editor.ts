import { ClusterError } from "#base/cluster-error";
import { editDocument } from "./metadata/edit-document.ts";
import type { Metadata } from "./metadata/metadata.ts";
import {
  decodePartitionTable,
  encodePartitionTable,
  PARTITION_TABLE_DOCUMENT,
} from "./placement/partition-table-codec.ts";
import {
  findPlacement,
  type PartitionPlacement,
  type PlacementTable,
  withPartition,
} from "./placement/placement-table.ts";

/** What an operator's call asks for, before it is checked. */
export type JsonRequest = Readonly<Record<string, unknown>>;

/** The partition table as this node has applied it. */
export async function readTable(metadata: Metadata): Promise<PlacementTable> {
  const document = await metadata.get(PARTITION_TABLE_DOCUMENT);
  if (document === undefined) throw noTable();
  return decodePartitionTable(document.contents, document.version);
}

/** Changes the partition table; resolves with the version that holds the change. */
export function editTable(
  metadata: Metadata,
  edit: (table: PlacementTable) => PlacementTable,
): Promise<number> {
  return editDocument(metadata, PARTITION_TABLE_DOCUMENT, (document) => {
    if (document === undefined) throw noTable();
    return encodePartitionTable(edit(decodePartitionTable(document.contents, document.version)));
  });
}

/** Changes one partition; resolves with what tools are told. */
export async function editPartition(
  metadata: Metadata,
  partitionId: number,
  edit: (partition: PartitionPlacement) => PartitionPlacement,
): Promise<{ readonly partitionId: number; readonly version: number }> {
  const version = await editTable(metadata, (table) =>
    withPartition(table, edit(partitionIn(table, partitionId))),
  );
  return { partitionId, version };
}

/** The partition with this id. */
export function partitionIn(table: PlacementTable, partitionId: number): PartitionPlacement {
  const partition = findPlacement(table, partitionId);
  if (partition !== undefined) return partition;
  throw new ClusterError("PARTITION_UNKNOWN", `There is no partition ${partitionId}`);
}

/** Refuses a node that has no replica of the partition. */
export function checkHolds({ partitionId, replicas }: PartitionPlacement, nodeId: number): void {
  if (replicas.some((replica) => replica.nodeId === nodeId)) return;
  throw new ClusterError(
    "INVALID_REQUEST",
    `Node ${nodeId} has no replica of partition ${partitionId}`,
  );
}

/** A field that is a whole number. */
export function idOf(request: JsonRequest, name: string): number {
  const value = request[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ClusterError("INVALID_REQUEST", `"${name}" is a whole number`);
}

function noTable(): ClusterError {
  return new ClusterError(
    "NOT_PROVISIONED",
    "There is no partition table yet: it is planned once the expected nodes have joined, or a " +
      "few seconds after the cluster was created",
  );
}
