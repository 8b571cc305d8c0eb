import type { Logger } from "#base/logger";
import type { Entry, HardState } from "#raft";
import { LogStore, type LogStoreOptions } from "../../../../cluster/log-store/log-store.ts";
import { systemClock, systemRandom, systemScheduler } from "../../../../cluster/runtime.ts";

/** Logger that drops everything. */
export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silentLogger,
};

/** Membership of a group whose only voter is replica 1. */
export const ONE_VOTER = {
  voters: [1],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/** A log store whose appends can be awaited. */
export class LogHarness {
  readonly store: LogStore;
  readonly failures: Error[];
  readonly #waiters: Set<{ sequence: number; resolve: () => void }>;

  private constructor(store: LogStore, parts: Pick<LogHarness, "failures">, waiters: Set<never>) {
    this.store = store;
    this.failures = parts.failures;
    this.#waiters = waiters;
  }

  static async open(
    directory: string,
    options: Partial<LogStoreOptions> = {},
  ): Promise<LogHarness> {
    const waiters = new Set<{ sequence: number; resolve: () => void }>();
    const failures: Error[] = [];
    const store = await LogStore.open({
      directory,
      clock: systemClock,
      scheduler: systemScheduler,
      random: systemRandom,
      logger: silentLogger,
      onDurable: (sequence) => {
        for (const waiter of waiters) {
          if (waiter.sequence > sequence) continue;
          waiters.delete(waiter);
          waiter.resolve();
        }
      },
      onDiskFull: () => undefined,
      onFatal: (error) => failures.push(error),
      ...options,
    });
    return new LogHarness(store, { failures }, waiters as Set<never>);
  }

  /** Creates the group when it is missing. */
  ensureGroup(group: number): void {
    if (!this.store.has(group)) this.store.createGroup(group, ONE_VOTER);
  }

  /** Appends one entry per text, behind the last one, and waits until they are durable. */
  async append(group: number, texts: readonly string[], term = 1): Promise<void> {
    await this.durable(this.appendNow(group, texts, term));
  }

  /** Appends without waiting; returns the sequence of the batch. */
  appendNow(group: number, texts: readonly string[], term = 1): number {
    const log = this.store.group(group);
    const first = log.lastIndex() + 1;
    return this.appendAt(group, first, texts, term);
  }

  /** Appends at an index, replacing what is there. */
  appendAt(group: number, first: number, texts: readonly string[], term: number): number {
    const log = this.store.group(group);
    const entries = texts.map((text, i) => entryOf(first + i, term, text));
    const hardState: HardState = { term, vote: 1, commit: log.hardState.commit };
    return this.store.append(log, entries, hardState);
  }

  /** Waits until a batch is durable. */
  durable(sequence: number): Promise<void> {
    this.store.flush();
    if (this.store.durableSequence >= sequence) return Promise.resolve();
    return new Promise((resolve) => {
      (this.#waiters as Set<{ sequence: number; resolve: () => void }>).add({ sequence, resolve });
    });
  }

  /** Payloads of all live entries of a group. */
  texts(group: number): string[] {
    const log = this.store.group(group);
    const entries = log.entries(log.firstIndex(), log.lastIndex() + 1, Number.POSITIVE_INFINITY);
    if (typeof entries === "string") throw new Error(entries);
    return entries.map(({ data }) => new TextDecoder().decode(data));
  }
}

export function entryOf(index: number, term: number, text: string): Entry {
  return { index, term, type: "normal", data: new TextEncoder().encode(text) };
}
