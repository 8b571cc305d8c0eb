import { assert, assertPresent } from "#base/assert";
import {
  equalKeyRange,
  equalPartitionOf,
  equalPartitionOfHalves,
  type PartitionKeyRange,
} from "./key-range.ts";

/** One replica of a partition: a Raft id that is never reused, and the node that holds it. */
export interface PartitionReplica {
  readonly replicaId: number;
  readonly nodeId: number;
}

/** One partition: which keys it owns and where it lives. */
export interface PartitionDescriptor {
  readonly partitionId: number;
  readonly keys: PartitionKeyRange;
  readonly replicas: readonly PartitionReplica[];
}

/** Immutable map from key range to partition to replicas; a change makes a new version. */
export class PartitionTable {
  /** Version of the metadata document it came from. */
  readonly version: number;
  /** By ascending key range. */
  readonly partitions: readonly PartitionDescriptor[];
  readonly #byId: ReadonlyMap<number, PartitionDescriptor>;
  readonly #isEqual: boolean;

  /**
   * @param version    version of the document
   * @param partitions descriptors in key order, which together cover every key exactly once
   */
  constructor(version: number, partitions: readonly PartitionDescriptor[]) {
    assertCoversKeySpace(partitions);
    this.version = version;
    this.partitions = partitions;
    this.#byId = new Map(partitions.map((partition) => [partition.partitionId, partition]));
    assert(this.#byId.size === partitions.length, "every partition id occurs once");
    this.#isEqual = partitions.every((partition, index) =>
      isEqualRange(partition, index, partitions),
    );
  }

  /** Number of partitions. */
  get count(): number {
    return this.partitions.length;
  }

  /** The partition with this id, if there is one. */
  find(partitionId: number): PartitionDescriptor | undefined {
    return this.#byId.get(partitionId);
  }

  /** Id of the partition that owns a partition key (unsigned 64 bits). */
  partitionIdOf(key: bigint): number {
    if (this.#isEqual) return equalPartitionOf(key, this.partitions.length);
    return this.#searchByKey(key);
  }

  /** As `partitionIdOf`, from the two unsigned 32-bit halves of the key; allocates nothing. */
  partitionIdOfHalves(high: number, low: number): number {
    if (this.#isEqual) return equalPartitionOfHalves(high, low, this.partitions.length);
    return this.#searchByKey((BigInt(high) << 32n) | BigInt(low));
  }

  #searchByKey(key: bigint): number {
    let low = 0;
    let high = this.partitions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#at(middle).keys.start <= key) low = middle;
      else high = middle - 1;
    }
    return this.#at(low).partitionId;
  }

  #at(index: number): PartitionDescriptor {
    return assertPresent(this.partitions[index], "the index is within the table");
  }
}

function isEqualRange(
  partition: PartitionDescriptor,
  index: number,
  all: readonly PartitionDescriptor[],
): boolean {
  const equal = equalKeyRange(index, all.length);
  return partition.partitionId === index && partition.keys.start === equal.start;
}

function assertCoversKeySpace(partitions: readonly PartitionDescriptor[]): void {
  assert(partitions.length > 0, "a partition table has partitions");
  let next = 0n;
  for (const { keys } of partitions) {
    assert(keys.start === next, "partitions are contiguous and in key order");
    assert(keys.end >= keys.start, "every partition owns at least one key");
    next = keys.end + 1n;
  }
  assert(next === 1n << 64n, "the partitions cover the whole key space");
}
