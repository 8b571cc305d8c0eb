/** Reads of whole tables, for leaders that take over and for introspection. Flush first. */
import { decode } from "#base/wire-codec";
import type { KeyValueReader } from "#engine";
import type { InvocationId, InvocationStatus, JournalEntry } from "#model";
import type {
  Expiry,
  InboxItem,
  OutboxMessage,
  PromiseStatus,
  StoredEvent,
  Timer,
} from "#state-machine";
import { decodeInstance } from "./formats.ts";
import {
  concat,
  invocationIdOfKey,
  invocationKey,
  numberOfKey,
  prefixEnd,
  readInstanceKey,
  readTextKey,
  readTimedRest,
  readUint64,
  sequenceKey,
  TABLES,
  TIMER_SLEEP,
  tablePrefix,
  timeOfKey,
  timerKey,
} from "./keys.ts";
import {
  inboxItemCodec,
  journalChunkCodec,
  outboxMessageCodec,
  promiseCodec,
  statusCodec,
  storedEventCodec,
} from "./row-codec.ts";

const ZERO = Uint8Array.of(0);

/** A row of a table that is named by a keyed instance. */
export interface InstanceRow<V> {
  readonly instance: string;
  readonly value: V;
}

/** Tables of one partition, read from the engine or a snapshot of it. */
export class PartitionTables {
  readonly #reader: KeyValueReader;
  readonly #partitionId: number;

  constructor(reader: KeyValueReader, partitionId: number) {
    this.#reader = reader;
    this.#partitionId = partitionId;
  }

  /** Invocations that were in the hands of the invoker. */
  async *invoked(): AsyncIterable<InvocationId> {
    for await (const row of this.#rows(TABLES.invoked)) yield invocationIdOfKey(row.key);
  }

  async invocation(id: InvocationId): Promise<InvocationStatus | undefined> {
    const prefix = tablePrefix(this.#partitionId, TABLES.invocation);
    const row = await this.#reader.get(invocationKey(prefix, id));
    return row === undefined ? undefined : decode(statusCodec, row);
  }

  async *invocations(): AsyncIterable<readonly [InvocationId, InvocationStatus]> {
    for await (const row of this.#rows(TABLES.invocation)) {
      yield [invocationIdOfKey(row.key), decode(statusCodec, row.value)];
    }
  }

  /** Entries with their index, of one invocation or of all. */
  async *journal(id?: InvocationId): AsyncIterable<readonly [InvocationId, number, JournalEntry]> {
    for await (const row of this.#rows(TABLES.journal, id)) {
      const rowId = invocationIdOfKey(row.key);
      const first = numberOfKey(row.key);
      const { entries } = decode(journalChunkCodec, row.value);
      for (const [offset, entry] of entries.entries()) yield [rowId, first + offset, entry];
    }
  }

  async *events(id?: InvocationId): AsyncIterable<readonly [InvocationId, StoredEvent]> {
    for await (const row of this.#rows(TABLES.event, id)) {
      yield [invocationIdOfKey(row.key), decode(storedEventCodec, row.value)];
    }
  }

  async *locks(): AsyncIterable<InstanceRow<InvocationId>> {
    for await (const row of this.#rows(TABLES.instance)) {
      const { owner } = decodeInstance(row.value);
      if (owner !== undefined) yield { instance: readInstanceKey(row.key).instance, value: owner };
    }
  }

  async *inbox(): AsyncIterable<InstanceRow<InboxItem> & { readonly sequence: number }> {
    for await (const row of this.#rows(TABLES.inbox)) {
      const { instance, rest } = readInstanceKey(row.key);
      yield { instance, sequence: readUint64(rest, 0), value: decode(inboxItemCodec, row.value) };
    }
  }

  async *state(): AsyncIterable<InstanceRow<Uint8Array> & { readonly key: string }> {
    for await (const row of this.#rows(TABLES.state)) {
      const { instance, rest } = readInstanceKey(row.key);
      yield { instance, key: readTextKey(rest), value: row.value };
    }
  }

  async *promises(): AsyncIterable<InstanceRow<PromiseStatus> & { readonly key: string }> {
    for await (const row of this.#rows(TABLES.promise)) {
      const { instance, rest } = readInstanceKey(row.key);
      yield { instance, key: readTextKey(rest), value: decode(promiseCodec, row.value) };
    }
  }

  async *outbox(): AsyncIterable<readonly [number, OutboxMessage]> {
    for await (const row of this.#rows(TABLES.outbox)) {
      yield [timeOfKey(row.key), decode(outboxMessageCodec, row.value)];
    }
  }

  /** The first timers after another, at most `limit`, in order of time. */
  async timers(after: Timer | undefined, limit: number): Promise<readonly Timer[]> {
    const prefix = tablePrefix(this.#partitionId, TABLES.timer);
    const start = after === undefined ? prefix : concat(timerKey(prefix, after), ZERO);
    const rows = await this.#reader.scan({ start, end: prefixEnd(prefix) }, { limit });
    return rows.map(({ key }) => timerOf(key));
  }

  /** Expiries up to a time, at most `limit`, in order of time. */
  async expiries(upToMs: number, limit: number): Promise<readonly Expiry[]> {
    const prefix = tablePrefix(this.#partitionId, TABLES.expiry);
    const range = { start: prefix, end: sequenceKey(prefix, upToMs + 1) };
    const rows = await this.#reader.scan(range, { limit });
    return rows.map(({ key }) => {
      const { id: invocationId, kind } = readTimedRest(key);
      return { timeMs: timeOfKey(key), invocationId, what: kind === 1 ? "completion" : "journal" };
    });
  }

  #rows(table: number, id?: InvocationId) {
    const prefix = tablePrefix(this.#partitionId, table);
    const start = id === undefined ? prefix : invocationKey(prefix, id);
    return this.#reader.iterate({ start, end: prefixEnd(start) });
  }
}

function timerOf(key: Uint8Array): Timer {
  const { id: invocationId, kind, number: completionId, incarnation } = readTimedRest(key);
  const timeMs = timeOfKey(key);
  if (kind === TIMER_SLEEP) {
    return { kind: "sleep", timeMs, invocationId, completionId, incarnation };
  }
  return { kind: "start", timeMs, invocationId };
}
