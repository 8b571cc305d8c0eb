import { assert } from "#base/assert";
import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { type PartitionDescriptor, type PartitionReplica, PartitionTable } from "#partitioning";

const FORMAT_VERSION = 1;
const LOW_MASK = 0xffff_ffffn;

/** Name of the metadata document that holds the partition table. */
export const PARTITION_TABLE_DOCUMENT = "partition_table";

/** Encodes the contents of the partition table's document; the version is the document's. */
export function encodePartitionTable(table: PartitionTable): Uint8Array {
  const writer = new ByteWriter();
  writer.writeVarint(FORMAT_VERSION);
  writer.writeVarint(table.count);
  for (const { partitionId, keys, replicas } of table.partitions) {
    writer.writeVarint(partitionId);
    writeKey(writer, keys.start);
    writeKey(writer, keys.end);
    writer.writeVarint(replicas.length);
    for (const { replicaId, nodeId } of replicas) {
      writer.writeVarint(replicaId);
      writer.writeVarint(nodeId);
    }
  }
  return writer.finish();
}

/** Decodes the contents of the partition table's document. */
export function decodePartitionTable(contents: Uint8Array, version: number): PartitionTable {
  const reader = new ByteReader(contents);
  const format = reader.readVarint();
  assert(format === FORMAT_VERSION, "the partition table has a format that this build reads");
  const count = reader.readVarint();
  const partitions: PartitionDescriptor[] = [];
  for (let i = 0; i < count; i++) {
    const partitionId = reader.readVarint();
    const keys = { start: readKey(reader), end: readKey(reader) };
    partitions.push({ partitionId, keys, replicas: readReplicas(reader) });
  }
  return new PartitionTable(version, partitions);
}

function readReplicas(reader: ByteReader): PartitionReplica[] {
  const count = reader.readVarint();
  const replicas: PartitionReplica[] = [];
  for (let i = 0; i < count; i++) {
    replicas.push({ replicaId: reader.readVarint(), nodeId: reader.readVarint() });
  }
  return replicas;
}

function writeKey(writer: ByteWriter, key: bigint): void {
  writer.writeVarint(Number(key >> 32n));
  writer.writeVarint(Number(key & LOW_MASK));
}

function readKey(reader: ByteReader): bigint {
  const high = BigInt(reader.readVarint());
  return (high << 32n) | BigInt(reader.readVarint());
}
