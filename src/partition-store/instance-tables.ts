import type { KeyValueReader, WriteBatch } from "#engine";
import type { InvocationId } from "#model";
import type { InboxItem, PromiseStatus, QueuedItem } from "#state-machine";
import {
  type CacheLimits,
  type InstanceFacts,
  inboxFormat,
  instanceFormat,
  promiseFormat,
  stateFormat,
} from "./formats.ts";
import { MapTable } from "./map-table.ts";
import { RowTable } from "./row-table.ts";
import type { UndoLog } from "./undo-log.ts";

/** What is stored of keyed instances: lock, inbox, state and promises. */
export class InstanceTables {
  readonly #instances: RowTable<InstanceFacts>;
  readonly #inboxes: MapTable<number, InboxItem>;
  readonly #states: MapTable<string, Uint8Array>;
  readonly #promises: MapTable<string, PromiseStatus>;

  constructor({
    partitionId,
    limits,
    reader,
    undo,
  }: {
    readonly partitionId: number;
    readonly limits: CacheLimits;
    readonly reader: KeyValueReader;
    readonly undo: UndoLog;
  }) {
    this.#instances = new RowTable(instanceFormat(partitionId, limits), reader, undo);
    this.#inboxes = new MapTable(inboxFormat(partitionId, limits), reader, undo);
    this.#states = new MapTable(stateFormat(partitionId, limits), reader, undo);
    this.#promises = new MapTable(promiseFormat(partitionId, limits), reader, undo);
  }

  /** Lets go of what was not used lately; between records. */
  trim(): void {
    this.#instances.trim();
    this.#inboxes.trim();
    this.#states.trim();
    this.#promises.trim();
  }

  get dirtyCount(): number {
    return (
      this.#instances.dirtyCount +
      this.#inboxes.dirtyCount +
      this.#states.dirtyCount +
      this.#promises.dirtyCount
    );
  }

  /** Moves all unwritten changes into the batch; `flushed` follows when it is written. */
  collect(batch: WriteBatch): void {
    this.#instances.collect(batch);
    this.#inboxes.collect(batch);
    this.#states.collect(batch);
    this.#promises.collect(batch);
  }

  flushed(): void {
    this.#instances.flushed();
    this.#inboxes.flushed();
    this.#states.flushed();
    this.#promises.flushed();
  }

  lock(instance: string): InvocationId | undefined {
    return this.#instances.get(instance)?.owner;
  }

  setLock(instance: string, owner: InvocationId | undefined): void {
    const before = this.#instances.get(instance);
    const hasRows = before?.hasRows ?? false;
    if (owner === undefined && !hasRows) {
      this.#instances.delete(instance);
      return;
    }
    // Whoever finds the key locked queues behind the owner, so a free key has an empty inbox.
    if (before?.owner === undefined) this.#inboxes.markEmpty(instance);
    this.#instances.put(instance, { owner, hasRows });
  }

  /** Brings keyed instances into memory, with one read for all that are not. */
  async load(instances: readonly string[]): Promise<void> {
    const missing = instances.filter((instance) => !this.#instances.isLoaded(instance));
    if (missing.length > 0) await this.#instances.loadMany([...new Set(missing)]);
  }

  isLoaded(instance: string): boolean {
    return this.#instances.isLoaded(instance);
  }

  /** Notes that rows are stored for an instance from now on. */
  #noteRows(instance: string): void {
    const facts = this.#instances.get(instance);
    if (facts?.hasRows !== true) {
      this.#instances.put(instance, { owner: facts?.owner, hasRows: true });
    }
  }

  /** Notes that an instance has no rows any more, so that keys do not outlive what they held. */
  #forgetRows(instance: string): void {
    const facts = this.#instances.get(instance);
    if (facts?.hasRows !== true) return;
    if (this.#states.entries(instance).size > 0 || this.#promises.entries(instance).size > 0)
      return;
    if (facts.owner === undefined) this.#instances.delete(instance);
    else this.#instances.put(instance, { owner: facts.owner, hasRows: false });
  }

  /** Spares reading the rows of an instance that has none. */
  #knowEmpty(
    instance: string,
    table: { isLoaded(parent: string): boolean; markEmpty(parent: string): void },
  ): void {
    if (table.isLoaded(instance)) return;
    if (this.#instances.get(instance)?.hasRows !== true) table.markEmpty(instance);
  }

  inbox(instance: string): ReadonlyMap<number, InboxItem> {
    return this.#inboxes.entries(instance);
  }

  inboxHead(instance: string): QueuedItem | undefined {
    // Sequences only grow and rows load in their order, so the first is the lowest.
    for (const [sequence, item] of this.#inboxes.entries(instance)) return { sequence, item };
    return undefined;
  }

  addInboxItem(instance: string, sequence: number, item: InboxItem): void {
    this.#inboxes.set(instance, sequence, item);
  }

  removeInboxItem(instance: string, sequence: number): void {
    this.#inboxes.delete(instance, sequence);
  }

  stateValues(instance: string): ReadonlyMap<string, Uint8Array> {
    this.#knowEmpty(instance, this.#states);
    return this.#states.entries(instance);
  }

  setStateValue(instance: string, key: string, value: Uint8Array | undefined): void {
    this.#knowEmpty(instance, this.#states);
    if (value === undefined) {
      this.#states.delete(instance, key);
      this.#forgetRows(instance);
      return;
    }
    this.#noteRows(instance);
    this.#states.set(instance, key, value);
  }

  clearState(instance: string): void {
    this.#knowEmpty(instance, this.#states);
    this.#states.clear(instance);
    this.#forgetRows(instance);
  }

  promises(instance: string): ReadonlyMap<string, PromiseStatus> {
    this.#knowEmpty(instance, this.#promises);
    return this.#promises.entries(instance);
  }

  setPromise(instance: string, key: string, promise: PromiseStatus): void {
    this.#knowEmpty(instance, this.#promises);
    this.#noteRows(instance);
    this.#promises.set(instance, key, promise);
  }

  clearPromises(instance: string): void {
    this.#knowEmpty(instance, this.#promises);
    this.#promises.clear(instance);
    this.#forgetRows(instance);
  }
}
