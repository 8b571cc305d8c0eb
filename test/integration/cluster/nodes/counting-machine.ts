import type {
  CommittedEntry,
  LeadershipChange,
  PartitionLog,
  SnapshotSource,
  StateMachine,
} from "#cluster";
import { type KeyValueEngine, WriteBatch } from "#engine";

const text = new TextDecoder();

function keyOf(partitionId: number): Uint8Array {
  return new TextEncoder().encode(`count/${partitionId}`);
}

/** Keeps all records of a partition as one row, with the applied index. */
export class CountingMachine implements StateMachine {
  readonly log: PartitionLog;
  records: string[] = [];
  leadership: LeadershipChange = { isLeader: false, term: 0, leaderNode: undefined };
  appliedIndex = 0;
  snapshotsTaken = 0;
  snapshotsRestored = 0;
  readonly #engine: KeyValueEngine;

  private constructor(engine: KeyValueEngine, log: PartitionLog) {
    this.#engine = engine;
    this.log = log;
  }

  static async load(engine: KeyValueEngine, log: PartitionLog): Promise<CountingMachine> {
    const machine = new CountingMachine(engine, log);
    const row = await engine.get(keyOf(log.partitionId));
    if (row !== undefined) machine.#read(row);
    return machine;
  }

  static async drop(engine: KeyValueEngine, partitionId: number): Promise<void> {
    const batch = new WriteBatch();
    batch.delete(keyOf(partitionId));
    await engine.write(batch);
  }

  /** Leaves the rows of an earlier replica behind. */
  static async leave(engine: KeyValueEngine, partitionId: number): Promise<void> {
    const batch = new WriteBatch();
    const image = JSON.stringify({ records: ["stale"], appliedIndex: 99 });
    batch.put(keyOf(partitionId), new TextEncoder().encode(image));
    await engine.write(batch);
  }

  applyBatch(entries: readonly CommittedEntry[], lastIndex: number): Promise<void> {
    for (const { data } of entries) this.records.push(text.decode(data));
    this.appliedIndex = lastIndex;
    return this.#store();
  }

  onLeadership(change: LeadershipChange): void {
    this.leadership = change;
  }

  async snapshot(): Promise<SnapshotSource> {
    this.snapshotsTaken++;
    const image = this.#image();
    return {
      index: this.appliedIndex,
      async *chunks() {
        yield image;
      },
      async close() {
        // Nothing is held.
      },
    };
  }

  async restore(chunks: AsyncIterable<Uint8Array>, index: number): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    this.#read(Buffer.concat(parts));
    this.appliedIndex = index;
    this.snapshotsRestored++;
    await this.#store();
  }

  propose(record: string): string {
    return this.log.propose(new TextEncoder().encode(record));
  }

  #image(): Uint8Array {
    const { records, appliedIndex } = this;
    return new TextEncoder().encode(JSON.stringify({ records, appliedIndex }));
  }

  #read(image: Uint8Array): void {
    const { records, appliedIndex } = JSON.parse(text.decode(image));
    this.records = records;
    this.appliedIndex = appliedIndex;
  }

  #store(): Promise<void> {
    const batch = new WriteBatch();
    batch.put(keyOf(this.log.partitionId), this.#image());
    return this.#engine.write(batch);
  }
}
