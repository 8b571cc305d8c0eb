import type {
  CommittedEntry,
  LeadershipChange,
  PartitionLog,
  SnapshotSource,
  StateMachine,
} from "#cluster";
import { type KeyValueEngine, WriteBatch } from "#engine";

/** Applies every record by appending it to a list, in memory and in the engine. */
export class ToyMachine implements StateMachine {
  readonly log: PartitionLog;
  readonly records: string[] = [];
  readonly changes: LeadershipChange[] = [];
  /** Set to make `applyBatch` wait. */
  gate: Promise<void> | undefined;
  appliedIndex = 0;
  readonly #engine: KeyValueEngine;
  #waiters: { count: number; resolve: () => void }[] = [];
  #leaderWaiters: (() => void)[] = [];

  private constructor(engine: KeyValueEngine, log: PartitionLog) {
    this.#engine = engine;
    this.log = log;
  }

  static async load(engine: KeyValueEngine, log: PartitionLog): Promise<ToyMachine> {
    const machine = new ToyMachine(engine, log);
    const applied = await engine.get(machine.#key("a"));
    machine.appliedIndex = applied === undefined ? 0 : Number(new TextDecoder().decode(applied));
    const range = { start: machine.#key("r"), end: machine.#key("s") };
    for await (const { value } of engine.iterate(range)) {
      machine.records.push(new TextDecoder().decode(value));
    }
    return machine;
  }

  applyBatch(entries: readonly CommittedEntry[], lastIndex: number): Promise<void> {
    const batch = new WriteBatch();
    for (const { data, index } of entries) {
      this.records.push(new TextDecoder().decode(data));
      batch.put(this.#key(`r${String(index).padStart(12, "0")}`), data);
    }
    this.appliedIndex = lastIndex;
    batch.put(this.#key("a"), new TextEncoder().encode(String(lastIndex)));
    const written = this.#engine.write(batch);
    return Promise.all([written, this.gate]).then(() => this.#wake());
  }

  onLeadership(change: LeadershipChange): void {
    this.changes.push(change);
    if (!change.isLeader) return;
    for (const resolve of this.#leaderWaiters.splice(0)) resolve();
  }

  snapshot(): Promise<SnapshotSource> {
    return Promise.reject(new Error("no snapshots here"));
  }

  async restore(): Promise<void> {}

  propose(text: string): string {
    return this.log.propose(new TextEncoder().encode(text));
  }

  whenLeader(): Promise<void> {
    if (this.log.isLeader) return Promise.resolve();
    return new Promise((resolve) => this.#leaderWaiters.push(resolve));
  }

  /** Resolves when this many records are applied. */
  whenCount(count: number): Promise<void> {
    if (this.records.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ count, resolve }));
  }

  #wake(): void {
    const due = this.#waiters.filter(({ count }) => this.records.length >= count);
    this.#waiters = this.#waiters.filter(({ count }) => this.records.length < count);
    for (const { resolve } of due) resolve();
  }

  #key(suffix: string): Uint8Array {
    return new TextEncoder().encode(`p${String(this.log.partitionId).padStart(4, "0")}${suffix}`);
  }
}
