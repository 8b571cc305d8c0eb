import type { CommittedEntry, LeadershipChange, SnapshotSource, StateMachine } from "#cluster";
import type { RaftModel } from "./raft-model.ts";
import type { SimRandom } from "./sim-random.ts";
import type { SimProcess } from "./sim-world.ts";

/** One applied record. */
export interface SimRecord {
  readonly index: number;
  readonly term: number;
  readonly text: string;
}

/** What a store holds of one group. */
interface SimState {
  readonly appliedIndex: number;
  readonly records: readonly SimRecord[];
}

const EMPTY_STATE: SimState = { appliedIndex: 0, records: [] };
const RECORDS_PER_CHUNK = 20;

/**
 * The store below a state machine, which outlives its process: what was flushed.
 *
 * As in a real engine a flush may happen at any moment, asked for or not.
 */
export class SimStore {
  durable = EMPTY_STATE;
}

/** Parts that a simulated state machine needs. */
export interface SimMachineOptions {
  readonly group: number;
  readonly replicaId: number;
  readonly store: SimStore;
  readonly process: SimProcess;
  readonly random: SimRandom;
  readonly model: RaftModel;
  /** Milliseconds that taking over each part of a snapshot takes. */
  readonly restoreChunkMs?: number;
  /** Milliseconds that a batch may take to apply. */
  readonly applyMsMax?: number;
}

/** Applies records to a list, and checks with the model that every replica has the same list. */
export class SimMachine implements StateMachine {
  leadership: LeadershipChange = { isLeader: false, term: 0, leaderNode: undefined };
  restoreCount = 0;
  /** Set to make batches wait. */
  gate: Promise<void> | undefined;
  readonly #options: SimMachineOptions;
  #records: SimRecord[];
  #appliedIndex: number;

  constructor(options: SimMachineOptions) {
    this.#options = options;
    const { records, appliedIndex } = options.store.durable;
    this.#records = [...records];
    this.#appliedIndex = appliedIndex;
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  get records(): readonly SimRecord[] {
    return this.#records;
  }

  get texts(): readonly string[] {
    return this.#records.map(({ text }) => text);
  }

  applyBatch(entries: readonly CommittedEntry[], lastIndex: number): void | Promise<void> {
    if (this.gate !== undefined) return this.gate.then(() => this.#apply(entries, lastIndex));
    const { random, applyMsMax } = this.#options;
    if (random.oneIn(4)) {
      const delayMs = random.nextBelow(applyMsMax ?? 3);
      return this.#pause(delayMs).then(() => this.#apply(entries, lastIndex));
    }
    this.#apply(entries, lastIndex);
  }

  onLeadership(change: LeadershipChange): void {
    this.leadership = change;
    if (!change.isLeader) return;
    const { model, group, replicaId } = this.#options;
    model.noteLeader(group, { replicaId, term: change.term, appliedIndex: this.#appliedIndex });
  }

  async snapshot(): Promise<SnapshotSource> {
    const index = this.#appliedIndex;
    const records = [...this.#records];
    await this.#pause(1);
    const options = this.#options;
    return {
      index,
      async *chunks() {
        for (let at = 0; at < records.length; at += RECORDS_PER_CHUNK) {
          const part = records.slice(at, at + RECORDS_PER_CHUNK);
          yield new TextEncoder().encode(JSON.stringify(part));
        }
      },
      async close() {
        options.model.noteSnapshotClosed();
      },
    };
  }

  async restore(chunks: AsyncIterable<Uint8Array>, index: number): Promise<void> {
    const { store, restoreChunkMs, model, group } = this.#options;
    // What is there goes first: until the end the store claims nothing.
    store.durable = EMPTY_STATE;
    const records: SimRecord[] = [];
    for await (const chunk of chunks) {
      records.push(...(JSON.parse(new TextDecoder().decode(chunk)) as SimRecord[]));
      await this.#pause(restoreChunkMs ?? 1);
      if (!this.#options.process.isAlive) return;
    }
    this.#records = records;
    this.#appliedIndex = index;
    store.durable = { appliedIndex: index, records: [...records] };
    this.restoreCount++;
    model.restores++;
    model.checkRecords(group, records, index);
  }

  /** Makes what is applied durable; returns the index. */
  async flush(): Promise<number> {
    const flushed = { appliedIndex: this.#appliedIndex, records: [...this.#records] };
    await this.#pause(this.#options.random.between(1, 20));
    if (flushed.appliedIndex > this.#options.store.durable.appliedIndex) {
      this.#options.store.durable = flushed;
    }
    return flushed.appliedIndex;
  }

  #apply(entries: readonly CommittedEntry[], lastIndex: number): void {
    const { process, model, group, store, random } = this.#options;
    if (!process.isAlive) return;
    if (lastIndex <= this.#appliedIndex) throw new Error("A batch was applied twice");
    for (const { index, term, data } of entries) {
      if (index <= this.#appliedIndex) throw new Error(`Entry ${index} was applied twice`);
      const record = { index, term, text: new TextDecoder().decode(data) };
      model.noteApplied(group, record);
      this.#records.push(record);
    }
    this.#appliedIndex = lastIndex;
    model.noteProgress(group, lastIndex);
    // The engine may flush by itself, and nobody is told.
    if (random.oneIn(20)) store.durable = { appliedIndex: lastIndex, records: [...this.#records] };
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.process.after(delayMs, resolve);
    });
  }
}
