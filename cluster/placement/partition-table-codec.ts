import { assert } from "#base/assert";
import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { bool, type Codec, field, message, optional, repeated, uint } from "#base/wire-codec";
import type { PartitionKeyRange, PartitionReplica } from "#partitioning";
import type { PartitionPlacement, PlacementTable } from "./placement-table.ts";
import { type Replication, SINGLE_COPY } from "./replication.ts";

/** Version 1 held ranges and replicas only, and is read for ever; 2 is what is written. */
const FORMAT_VERSION = 2;
const FIRST_FORMAT_VERSION = 1;
const LOW_MASK = 0xffff_ffffn;

/** Name of the metadata document that holds the partition table. */
export const PARTITION_TABLE_DOCUMENT = "partition_table";

/** A key as its two halves: varints hold safe integers only. */
const key: Codec<bigint> = {
  wireType: 2,
  write: (writer, value) => {
    const mark = writer.beginLength();
    writeKey(writer, value);
    writer.endLength(mark);
  },
  read: (reader) => {
    reader.readEnd();
    return readKey(reader);
  },
};

const keyRange = message<PartitionKeyRange>({ start: field(1, key), end: field(2, key) });

const replica = message<PartitionReplica>({ replicaId: field(1, uint), nodeId: field(2, uint) });

const replication = message<Replication>({
  nodeCopies: field(1, uint),
  zoneCopies: field(2, uint),
});

const placement = message<PartitionPlacement>({
  partitionId: field(1, uint),
  keys: field(2, keyRange),
  replicas: repeated(3, replica),
  leaving: repeated(4, replica),
  initialVoters: repeated(5, uint),
  nextReplicaId: field(6, uint),
  pinnedNode: optional(7, uint),
  isLeadershipFrozen: field(8, bool),
  isPlacementFrozen: field(9, bool),
});

const contentsCodec = message<Omit<PlacementTable, "version">>({
  replication: field(1, replication),
  partitions: repeated(2, placement),
});

/** Encodes the contents of the partition table's document; the version is the document's. */
export function encodePartitionTable(table: PlacementTable): Uint8Array {
  const writer = new ByteWriter();
  writer.writeVarint(FORMAT_VERSION);
  contentsCodec.write(writer, table);
  return writer.finish();
}

/** Decodes the contents of the partition table's document. */
export function decodePartitionTable(contents: Uint8Array, version: number): PlacementTable {
  const reader = new ByteReader(contents);
  const format = reader.readVarint();
  if (format === FIRST_FORMAT_VERSION) return readFirstFormat(reader, version);
  assert(format === FORMAT_VERSION, "the partition table has a format that this build reads");
  return { version, ...contentsCodec.read(reader) };
}

function readFirstFormat(reader: ByteReader, version: number): PlacementTable {
  const count = reader.readVarint();
  const partitions: PartitionPlacement[] = [];
  for (let i = 0; i < count; i++) {
    const partitionId = reader.readVarint();
    const keys = { start: readKey(reader), end: readKey(reader) };
    const replicas = readReplicas(reader);
    const ids = replicas.map(({ replicaId }) => replicaId);
    partitions.push({
      partitionId,
      keys,
      replicas,
      leaving: [],
      initialVoters: ids,
      nextReplicaId: Math.max(...ids) + 1,
      pinnedNode: undefined,
      isLeadershipFrozen: false,
      isPlacementFrozen: false,
    });
  }
  return { version, replication: SINGLE_COPY, partitions };
}

function readReplicas(reader: ByteReader): PartitionReplica[] {
  const count = reader.readVarint();
  const replicas: PartitionReplica[] = [];
  for (let i = 0; i < count; i++) {
    replicas.push({ replicaId: reader.readVarint(), nodeId: reader.readVarint() });
  }
  return replicas;
}

function writeKey(writer: ByteWriter, value: bigint): void {
  writer.writeVarint(Number(value >> 32n));
  writer.writeVarint(Number(value & LOW_MASK));
}

function readKey(reader: ByteReader): bigint {
  const high = BigInt(reader.readVarint());
  return (high << 32n) | BigInt(reader.readVarint());
}
