import { assert } from "#base/assert";
import { decode, encodeShared } from "#base/wire-codec";
import type { KeyValueReader, WriteBatch } from "#engine";
import { type InvocationId, isNotificationType, type JournalEntry } from "#model";
import {
  type JournalView,
  type NotificationKey,
  type NotificationOutcome,
  readNotificationHead,
} from "#state-machine";
import { GenerationalCache } from "./generational-cache.ts";
import { invocationKey, numberedKey, prefixEnd } from "./keys.ts";
import { MissSignal } from "./miss.ts";
import { journalChunkCodec } from "./row-codec.ts";
import type { UndoLog } from "./undo-log.ts";

const ENTRY_WEIGHT = 160;
const PAGE_ROWS = 256;
/** Entries of one stored row: bounds its size for small entries. */
const CHUNK_ENTRIES_MAX = 256;
/** Body bytes of one stored row after which another begins. */
const CHUNK_BYTES_MAX = 64 * 1024;

interface Journal {
  readonly id: InvocationId;
  readonly entries: JournalEntry[];
  readonly notifications: Map<NotificationKey, NotificationOutcome>;
  /** Entries below are in the engine, or in the batch that is being written. */
  writtenLength: number;
  weight: number;
  /** Entries wait for the next flush. */
  isDirty: boolean;
  /** The journal may leave memory as soon as it is written. */
  isReleased: boolean;
}

/**
 * Journals, in memory whole or not at all. Entries that were appended since the last flush are
 * written together, as one row per run: a short journal costs one row.
 */
export class JournalTable {
  readonly #prefix: Uint8Array;
  readonly #reader: KeyValueReader;
  readonly #undo: UndoLog;
  readonly #cache: GenerationalCache<Journal>;
  /** Grown since the last flush; a journal that was rolled back or deleted is not dirty. */
  #dirty: Journal[] = [];
  #flushing: Journal[] = [];
  #deleted: InvocationId[] = [];
  #flushCount = 0;

  constructor(prefix: Uint8Array, { reader, undo, weightMax }: JournalTableOptions) {
    this.#prefix = prefix;
    this.#reader = reader;
    this.#undo = undo;
    this.#cache = new GenerationalCache(weightMax, (journal) => journal.weight);
  }

  /** Lets go of what was not used lately; between records. */
  trim(): void {
    if (!this.#cache.trim()) return;
    // What the engine does not hold yet stays, for two generations at least.
    for (const { id } of this.#flushing) this.#cache.get(id);
    for (const { id } of this.#dirty) this.#cache.get(id);
  }

  get dirtyCount(): number {
    return this.#dirty.length + this.#deleted.length;
  }

  view(id: InvocationId): JournalView {
    return this.#loaded(id);
  }

  isLoaded(id: InvocationId): boolean {
    return this.#cache.get(id) !== undefined;
  }

  create(id: InvocationId): void {
    this.#cache.set(id, emptyJournal(id));
    this.#undo.push(() => this.#cache.delete(id));
  }

  append(id: InvocationId, index: number, entry: JournalEntry): void {
    const journal = this.#loaded(id);
    assert(journal.entries.length === index, "a journal grows at its end");
    const wasDirty = journal.isDirty;
    journal.entries.push(entry);
    const key = this.#index(journal, entry);
    const weight = ENTRY_WEIGHT + entry.body.length;
    journal.weight += weight;
    this.#cache.grow(weight);
    if (!wasDirty) this.#markDirty(journal);
    this.#undo.push(() => {
      journal.entries.pop();
      if (key !== undefined) journal.notifications.delete(key);
      journal.weight -= weight;
      if (wasDirty) return;
      journal.isDirty = false;
      this.#dirty.pop();
    });
  }

  /** Removes a journal; rows that are not loaded are removed without being read. */
  delete(id: InvocationId): void {
    const journal = this.#cache.get(id);
    const wasDirty = journal?.isDirty === true;
    this.#cache.delete(id);
    if (journal !== undefined) journal.isDirty = false;
    const isWritten = journal === undefined || journal.writtenLength > 0;
    if (isWritten) this.#deleted.push(id);
    this.#undo.push(() => {
      if (journal !== undefined) {
        journal.isDirty = wasDirty;
        this.#cache.set(id, journal);
      }
      if (isWritten) this.#deleted.pop();
    });
  }

  /** Lets a journal leave memory as soon as it is written: its invocation has ended. */
  release(id: InvocationId): void {
    const journal = this.#cache.get(id);
    if (journal !== undefined) journal.isReleased = true;
  }

  async load(id: InvocationId): Promise<void> {
    const flushCount = this.#flushCount;
    const journal = emptyJournal(id);
    for await (const { entries } of readJournalChunks(this.#reader, this.#prefix, id)) {
      for (const entry of entries) {
        journal.entries.push(entry);
        this.#index(journal, entry);
        journal.weight += ENTRY_WEIGHT + entry.body.length;
      }
    }
    // What was read may have been overtaken by a write that has already left memory.
    if (flushCount !== this.#flushCount) return this.load(id);
    journal.writtenLength = journal.entries.length;
    if (this.#cache.get(id) === undefined) this.#cache.set(id, journal);
  }

  collect(batch: WriteBatch): void {
    for (const id of this.#deleted) {
      const start = invocationKey(this.#prefix, id);
      batch.deleteRange(start, prefixEnd(start));
    }
    this.#deleted = [];
    for (const journal of this.#dirty) if (journal.isDirty) this.#collectJournal(batch, journal);
    this.#flushing = this.#dirty;
    this.#dirty = [];
  }

  flushed(): void {
    for (const journal of this.#flushing) {
      // Another journal may have taken the place of one that was deleted.
      const isHeld = this.#cache.get(journal.id) === journal;
      if (isHeld && journal.isReleased && !journal.isDirty) this.#cache.delete(journal.id);
    }
    this.#flushing = [];
    this.#flushCount++;
  }

  #markDirty(journal: Journal): void {
    journal.isDirty = true;
    journal.isReleased = false;
    this.#dirty.push(journal);
  }

  #collectJournal(batch: WriteBatch, journal: Journal): void {
    const { entries } = journal;
    journal.isDirty = false;
    while (journal.writtenLength < entries.length) {
      const first = journal.writtenLength;
      let end = first;
      let bytes = 0;
      while (end < entries.length && end - first < CHUNK_ENTRIES_MAX && bytes < CHUNK_BYTES_MAX) {
        bytes += (entries[end] as JournalEntry).body.length;
        end++;
      }
      const chunk = { entries: entries.slice(first, end) };
      const key = numberedKey(this.#prefix, journal.id, first);
      batch.put(key, encodeShared(journalChunkCodec, chunk));
      journal.writtenLength = end;
    }
  }

  /** Indexes a notification; returns its key if it is the first of its id. */
  #index(journal: Journal, { type, body }: JournalEntry): NotificationKey | undefined {
    if (!isNotificationType(type)) return undefined;
    const { key, outcome } = readNotificationHead(body);
    if (journal.notifications.has(key)) return undefined;
    journal.notifications.set(key, outcome);
    return key;
  }

  #loaded(id: InvocationId): Journal {
    const journal = this.#cache.get(id);
    if (journal === undefined) throw new MissSignal({ load: () => this.load(id) });
    return journal;
  }
}

function emptyJournal(id: InvocationId): Journal {
  return {
    id,
    entries: [],
    notifications: new Map(),
    writtenLength: 0,
    weight: ENTRY_WEIGHT,
    isDirty: false,
    isReleased: false,
  };
}

/** What a journal table works on. */
export interface JournalTableOptions {
  readonly reader: KeyValueReader;
  readonly undo: UndoLog;
  /** Largest weight of one cache generation, in bytes. */
  readonly weightMax: number;
}

/** Reads the stored rows of one journal, in order. */
export async function* readJournalChunks(
  reader: KeyValueReader,
  prefix: Uint8Array,
  id: InvocationId,
): AsyncIterable<{ readonly entries: readonly JournalEntry[] }> {
  const start = invocationKey(prefix, id);
  const end = prefixEnd(start);
  let from = start;
  for (;;) {
    const page = await reader.scan({ start: from, end }, { limit: PAGE_ROWS });
    for (const row of page) yield decode(journalChunkCodec, row.value);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    from = new Uint8Array(last.key.length + 1);
    from.set(last.key);
  }
}
