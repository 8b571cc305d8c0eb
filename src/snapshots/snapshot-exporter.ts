import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { SnapshotSource } from "#cluster";
import { hasCode, ServerError } from "#errors";
import type { SnapshotMetrics } from "./export-metrics.ts";
import type { SnapshotArchive } from "./snapshot-archive.ts";
import type { LatestSnapshot } from "./snapshot-format.ts";

/** A replica of this node, as exports see it. */
export interface ExportedPartition {
  readonly partitionId: number;
  readonly isLeader: boolean;
  readonly term: number;
  readonly appliedIndex: number;
  readonly keys: { readonly start: bigint; readonly end: bigint };
  /** Takes an image of what is applied. */
  snapshot(): Promise<SnapshotSource>;
}

/** When snapshots are taken without being asked for; of two conditions both have to hold. */
export interface ExportTriggers {
  /** Time since the last one, plus up to a tenth. */
  readonly intervalMs: number | undefined;
  /** Records since the last one. */
  readonly records: number | undefined;
}

/** What exporting takes. */
export interface SnapshotExporterOptions {
  readonly archive: SnapshotArchive;
  readonly triggers: ExportTriggers;
  /** Exports at a time. */
  readonly concurrencyMax: number;
  /** The replicas of this node. */
  partitions(): readonly ExportedPartition[];
  /** Called once per round on the node that leads partition 0. */
  saveDocuments(): Promise<void>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: SnapshotMetrics;
}

/** What is known of the snapshots of a partition. */
interface PartitionState {
  /** Stay as the leader for which it was read; 0 for a replica that follows. */
  term: number;
  latest: LatestSnapshot | undefined;
  /** Records and time are counted from here. */
  sinceIndex: number;
  sinceMs: number;
  /** Share of the interval that is added to it. */
  jitter: number;
  isKnown: boolean;
  failures: number;
  retryAtMs: number;
}

const ROUND_MS = 1_000;
/** How often followers look up how far the log of their partition is covered. */
const FOLLOWER_READ_MS = 60_000;
const RETRY_MS = 5_000;
const RETRY_MS_MAX = 5 * 60_000;
const JITTER_MAX = 0.1;
/** Rounds between two looks at the documents. */
const DOCUMENT_ROUNDS = 10;

/**
 * Exports the partitions that this node leads: when they are due, and on request.
 *
 * One export per partition at a time, a few over all. One that fails is tried again, later every
 * time; what is in the store stays what it was.
 */
export class SnapshotExporter {
  readonly #options: SnapshotExporterOptions;
  readonly #states = new Map<number, PartitionState>();
  readonly #running = new Map<number, Promise<LatestSnapshot>>();
  readonly #reading = new Set<Promise<void>>();
  #savingDocuments: Promise<void> | undefined;
  #round = 0;
  #documentsRetryRound = 0;
  #timer: ScheduledCall | undefined;
  #isClosed = false;

  constructor(options: SnapshotExporterOptions) {
    this.#options = options;
  }

  /** True if snapshots are taken without being asked for. */
  get isAutomatic(): boolean {
    const { intervalMs, records } = this.#options.triggers;
    return intervalMs !== undefined || records !== undefined;
  }

  /** Starts to look, every second, for what is due. */
  start(): void {
    if (!this.isAutomatic || this.#isClosed) return;
    this.#timer = this.#options.scheduler.after(ROUND_MS, () => {
      this.#startDue();
      this.start();
    });
  }

  /** Starts nothing more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await Promise.allSettled([...this.#running.values(), ...this.#reading, this.#savingDocuments]);
  }

  /** Index up to which the oldest snapshot that is kept covers the log; 0 for nothing. */
  archivedIndex(partitionId: number): number {
    return this.#states.get(partitionId)?.latest?.retained_snapshots.at(-1)?.min_applied_lsn ?? 0;
  }

  /** Seconds since the newest snapshot of each partition that this node leads. */
  agesSeconds(): readonly number[] {
    const nowMs = this.#options.clock.nowMs();
    const led = this.#options.partitions().filter(({ isLeader }) => isLeader);
    return led.flatMap(({ partitionId }) => {
      const state = this.#states.get(partitionId);
      return state?.latest === undefined ? [] : [Math.max(0, nowMs - state.sinceMs) / 1_000];
    });
  }

  /**
   * Exports a partition now, or waits for the export under way.
   *
   * @throws ServerError `PARTITION_NOT_LEADER`, `SNAPSHOT_MISMATCH`, or the store's error
   */
  export(partitionId: number): Promise<LatestSnapshot> {
    const { partitions } = this.#options;
    const partition = partitions().find((candidate) => candidate.partitionId === partitionId);
    if (partition?.isLeader !== true || this.#isClosed) {
      return Promise.reject(notLeader(partitionId));
    }
    const running = this.#running.get(partitionId);
    if (running !== undefined) return running;
    const started = this.#export(partition).finally(() => this.#running.delete(partitionId));
    this.#running.set(partitionId, started);
    return started;
  }

  #startDue(): void {
    const { clock, partitions, random, concurrencyMax } = this.#options;
    const nowMs = clock.nowMs();
    this.#round++;
    const due: ExportedPartition[] = [];
    for (const partition of partitions()) {
      const state = this.#stateOf(partition);
      if (!state.isKnown) this.#read(partition, state);
      else if (partition.isLeader && this.#isDue(partition, state, nowMs)) due.push(partition);
    }
    // In any order, so that none waits for ever behind others.
    while (due.length > 0 && this.#running.size < concurrencyMax) {
      const [next] = due.splice(random.nextBelow(due.length), 1);
      // Failures are logged and counted where they happen.
      if (next !== undefined) this.export(next.partitionId).catch(() => undefined);
    }
    const isKeeper = partitions().some(
      ({ partitionId, isLeader }) => partitionId === 0 && isLeader,
    );
    if (isKeeper && this.#round >= this.#documentsRetryRound) this.#saveDocuments();
  }

  #isDue(partition: ExportedPartition, state: PartitionState, nowMs: number): boolean {
    const { intervalMs, records } = this.#options.triggers;
    const { partitionId, appliedIndex } = partition;
    if (this.#running.has(partitionId) || nowMs < state.retryAtMs) return false;
    if (appliedIndex <= state.sinceIndex) return false;
    const isOld =
      intervalMs === undefined || nowMs - state.sinceMs >= intervalMs * (1 + state.jitter);
    const isMany = records === undefined || appliedIndex - state.sinceIndex >= records;
    return isOld && isMany;
  }

  async #export(partition: ExportedPartition): Promise<LatestSnapshot> {
    const { archive, clock, metrics, logger } = this.#options;
    const { partitionId, term, keys } = partition;
    const state = this.#stateOf(partition);
    const startMs = clock.monotonicMs();
    const assertCurrent = () => {
      const isCurrent = partition.isLeader && partition.term === term && !this.#isClosed;
      if (!isCurrent) throw notLeader(partitionId);
    };
    try {
      const source = await partition.snapshot();
      let latest: LatestSnapshot;
      try {
        const { index } = source;
        const chunks = () => checked(source.chunks(), assertCurrent);
        latest = await archive.write({ partitionId, keys, index, term, chunks, assertCurrent });
      } finally {
        await source.close();
      }
      this.#note(state, latest);
      metrics.uploads.add();
      metrics.uploadDuration.observe((clock.monotonicMs() - startMs) / 1_000);
      logger.info("Exported a snapshot", {
        partition: partitionId,
        index: latest.min_applied_lsn,
        snapshot: latest.snapshot_id,
        durationMs: Math.round(clock.monotonicMs() - startMs),
      });
      return latest;
    } catch (error) {
      this.#noteFailure(partition, state, error);
      throw error;
    }
  }

  #noteFailure(partition: ExportedPartition, state: PartitionState, error: unknown): void {
    const { clock, metrics, logger } = this.#options;
    const { partitionId } = partition;
    metrics.failedUploads.add();
    state.failures++;
    state.retryAtMs = clock.nowMs() + pauseMs(state.failures);
    // A leader that was replaced has nothing to complain of.
    const level = hasCode(error, "PARTITION_NOT_LEADER") || this.#isClosed ? "debug" : "warn";
    logger[level]("Could not export a snapshot", {
      partition: partitionId,
      failures: state.failures,
      retryMs: pauseMs(state.failures),
      error,
    });
  }

  #note(state: PartitionState, latest: LatestSnapshot): void {
    const { random } = this.#options;
    state.latest = latest;
    state.isKnown = true;
    state.failures = 0;
    state.retryAtMs = 0;
    state.sinceIndex = latest.min_applied_lsn;
    state.sinceMs = Date.parse(latest.created_at);
    state.jitter = (random.nextBelow(1_000) / 1_000) * JITTER_MAX;
  }

  /** What is known of a partition; nothing, when it has a new leader. */
  #stateOf({ partitionId, isLeader, term }: ExportedPartition): PartitionState {
    const stay = isLeader ? term : 0;
    const known = this.#states.get(partitionId);
    const { clock } = this.#options;
    if (known !== undefined && known.term === stay) {
      const isStale = stay === 0 && clock.nowMs() >= known.sinceMs + FOLLOWER_READ_MS;
      if (isStale) known.isKnown = false;
      return known;
    }
    const state: PartitionState = {
      term: stay,
      latest: known?.latest,
      sinceIndex: 0,
      sinceMs: clock.nowMs(),
      jitter: 0,
      isKnown: false,
      failures: 0,
      retryAtMs: 0,
    };
    this.#states.set(partitionId, state);
    return state;
  }

  /** Learns what is in the store. */
  #read(partition: ExportedPartition, state: PartitionState): void {
    const { archive, clock, concurrencyMax, logger } = this.#options;
    const { partitionId, isLeader } = partition;
    const isFull = this.#reading.size >= concurrencyMax;
    if (isFull || clock.nowMs() < state.retryAtMs) return;
    // Not again before it is answered.
    state.retryAtMs = Number.POSITIVE_INFINITY;
    const reading = archive.latest(partitionId).then(
      (stored) => {
        state.retryAtMs = 0;
        state.isKnown = true;
        if (stored !== undefined) this.#note(state, stored.latest);
        if (!isLeader) state.sinceMs = clock.nowMs();
      },
      (error: unknown) => {
        state.failures++;
        state.retryAtMs = clock.nowMs() + pauseMs(state.failures);
        if (isLeader) logger.warn("Could not read a snapshot", { partition: partitionId, error });
      },
    );
    const tracked = reading.finally(() => this.#reading.delete(tracked));
    this.#reading.add(tracked);
  }

  #saveDocuments(): void {
    if (this.#savingDocuments !== undefined) return;
    this.#documentsRetryRound = this.#round + DOCUMENT_ROUNDS;
    this.#savingDocuments = this.#options.saveDocuments().then(
      () => {
        this.#savingDocuments = undefined;
      },
      (error: unknown) => {
        this.#savingDocuments = undefined;
        this.#documentsRetryRound = this.#round + pauseMs(3) / ROUND_MS;
        this.#options.logger.warn("Could not export the documents of the cluster", { error });
      },
    );
  }
}

/** Ends an image that is of no use any more. */
async function* checked(
  chunks: AsyncIterable<Uint8Array>,
  assertCurrent: () => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    assertCurrent();
    yield chunk;
  }
}

function notLeader(partitionId: number): ServerError {
  return new ServerError("PARTITION_NOT_LEADER", `Partition ${partitionId} is led elsewhere`, {
    details: { partitionId, leaderHint: undefined },
  });
}

function pauseMs(failures: number): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** (failures - 1));
}
