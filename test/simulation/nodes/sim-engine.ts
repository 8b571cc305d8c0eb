import {
  type EngineStatistics,
  type KeyRange,
  type KeyValueEngine,
  type KeyValueReader,
  type KeyValueRow,
  type KeyValueSnapshot,
  MemoryEngine,
  type ScanOptions,
  WriteBatch,
} from "#engine";
import { DELETE, DELETE_RANGE, PUT } from "../../../cluster/engine/write-batch.ts";
import type { SimRandom } from "../sim-random.ts";
import type { SimProcess } from "../sim-world.ts";

const NOTHING = new Uint8Array(0);
const EVERYTHING: KeyRange = { start: NOTHING, end: NOTHING };
/** One in so many reads takes a while; the others are answered by a cache. */
const SLOW_READ_ONE_IN = 4;

/** What a node's engine has on disk; it outlives processes. */
export class SimStorage {
  /** What a flush has made durable, and what the engine wrote by itself. */
  durable = new MemoryEngine();
  /** Batches that are visible and not durable, oldest first. */
  pending: WriteBatch[] = [];
  readonly #random: SimRandom;

  constructor(random: SimRandom) {
    this.#random = random;
  }

  /** The process has ended: of what was not durable a prefix survives. */
  async crash(): Promise<void> {
    const { durable, pending } = this;
    const survivors = pending.slice(0, this.#random.nextBelow(pending.length + 1));
    this.pending = [];
    for (const batch of survivors) await durable.write(batch);
  }

  /** Loses everything. */
  wipe(): void {
    this.durable = new MemoryEngine();
    this.pending = [];
  }
}

/**
 * The engine of one run of a node: an engine in memory with the latency of a disk, of which only
 * what was flushed is certain to survive the process.
 */
export class SimEngine implements KeyValueEngine {
  readonly #storage: SimStorage;
  readonly #process: SimProcess;
  readonly #random: SimRandom;
  readonly #live = new MemoryEngine();
  /** Ends with the last write that was asked for. */
  #writes: Promise<void> = Promise.resolve();

  private constructor(storage: SimStorage, process: SimProcess, random: SimRandom) {
    this.#storage = storage;
    this.#process = process;
    this.#random = random;
  }

  /** Opens what is on disk. */
  static async open(
    storage: SimStorage,
    process: SimProcess,
    random: SimRandom,
  ): Promise<SimEngine> {
    const engine = new SimEngine(storage, process, random);
    const batch = new WriteBatch();
    for await (const { key, value } of storage.durable.iterate(EVERYTHING)) batch.put(key, value);
    await engine.#live.write(batch);
    return engine;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#read(() => this.#live.get(key));
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#read(() => this.#live.getMany(keys));
  }

  scan(range: KeyRange, options?: ScanOptions): Promise<KeyValueRow[]> {
    return this.#read(() => this.#live.scan(range, options));
  }

  iterate(range: KeyRange, options?: ScanOptions): AsyncIterable<KeyValueRow> {
    return this.#live.iterate(range, options);
  }

  snapshot(): KeyValueSnapshot {
    const snapshot = this.#live.snapshot();
    const read = <T>(ask: (reader: KeyValueReader) => Promise<T>): Promise<T> =>
      this.#read(() => ask(snapshot));
    return {
      get: (key) => read((reader) => reader.get(key)),
      getMany: (keys) => read((reader) => reader.getMany(keys)),
      scan: (range, options) => read((reader) => reader.scan(range, options)),
      iterate: (range, options) => snapshot.iterate(range, options),
      release: () => snapshot.release(),
    };
  }

  write(batch: WriteBatch): Promise<void> {
    const before = this.#writes;
    const written = this.#pause(this.#random.nextBelow(3)).then(async () => {
      await before;
      await this.#live.write(batch);
      this.#storage.pending.push(copyOf(batch));
      // The engine may write by itself, and nobody is told.
      if (this.#random.oneIn(10)) await this.#harden(this.#storage.pending.length);
    });
    this.#writes = written;
    return written;
  }

  async flush(): Promise<void> {
    await this.#writes;
    const count = this.#storage.pending.length;
    await this.#pause(this.#random.between(1, 30));
    await this.#harden(count);
  }

  async statistics(properties: readonly string[]): Promise<EngineStatistics> {
    void properties;
    return this.#live.statistics();
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#live.close();
  }

  /** Changes one byte of one value below the first key byte of the cluster; false if none is. */
  async corrupt(range: KeyRange): Promise<boolean> {
    const rows = await this.#live.scan(range, {});
    const found = rows.filter(({ value }) => value.length > 0);
    if (found.length === 0) return false;
    const { key, value } = this.#random.pick(found);
    const at = this.#random.nextBelow(value.length);
    value[at] = (value[at] ?? 0) ^ (1 << this.#random.nextBelow(8));
    const batch = new WriteBatch();
    batch.put(key, value);
    await this.#live.write(batch);
    this.#storage.pending.push(batch);
    return true;
  }

  async #harden(count: number): Promise<void> {
    const hardened = this.#storage.pending.splice(0, count);
    for (const batch of hardened) await this.#storage.durable.write(batch);
  }

  async #read<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#random.oneIn(SLOW_READ_ONE_IN)) await this.#pause(this.#random.between(1, 5));
    return ask();
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#process.after(delayMs, resolve);
    });
  }
}

function copyOf(batch: WriteBatch): WriteBatch {
  const copy = new WriteBatch();
  for (let i = 0; i < batch.count; i++) {
    const first = (batch.first[i] as Uint8Array).slice();
    const second = batch.second[i] as Uint8Array;
    const kind = batch.kinds[i];
    if (kind === PUT) copy.put(first, second.slice());
    else if (kind === DELETE) copy.delete(first);
    else if (kind === DELETE_RANGE) copy.deleteRange(first, second.slice());
  }
  return copy;
}
