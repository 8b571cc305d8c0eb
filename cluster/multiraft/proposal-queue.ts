import type { ProposeResult } from "./partition-log.ts";
import type { ReplicaHost } from "./replica-host.ts";

/** Payload bytes that one group adds to a batch at once, so that others have their turn. */
const PROPOSED_BYTES_MAX = 1024 * 1024;

/** Proposals that went into the log together. */
interface ProposedBatch {
  /** Index of the last one. */
  readonly index: number;
  readonly count: number;
  readonly bytes: number;
  /** When the first one was made. */
  readonly startMs: number;
}

/** Proposals of one group that the core has not taken, and the bytes that are not applied yet. */
export class ProposalQueue {
  readonly #host: ReplicaHost;
  #proposals: Uint8Array[] = [];
  #pendingBytes = 0;
  /** When the first of `#proposals` was made. */
  #startMs = 0;
  /** Batches that are not committed yet, oldest first; bounded by the pending bytes. */
  #batches: ProposedBatch[] = [];

  constructor(host: ReplicaHost) {
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#proposals.length === 0;
  }

  /** Adds a proposal unless too much waits. */
  push(data: Uint8Array): Exclude<ProposeResult, "not-leader"> {
    const host = this.#host;
    const { pendingBytesMax, nodePendingBytesMax } = host.limits;
    const isFull =
      this.#pendingBytes + data.length > pendingBytesMax ||
      host.pendingBytes + data.length > nodePendingBytesMax;
    // A proposal that is larger than the limit itself is taken when nothing else waits.
    if (!host.isAccepting || (isFull && this.#pendingBytes > 0)) return this.#refuse();
    host.metrics.recordBytes.observe(data.length);
    if (this.#proposals.length === 0) this.#startMs = host.nowMs();
    this.#pendingBytes += data.length;
    host.pendingBytes += data.length;
    host.proposedRecords++;
    host.proposedBytes += data.length;
    this.#proposals.push(data);
    return "accepted";
  }

  /** What goes into this batch, at least one; it stays here until `accept`. */
  next(): readonly Uint8Array[] {
    const proposals = this.#proposals;
    if (this.#pendingBytes <= PROPOSED_BYTES_MAX) return proposals;
    const count = fitting(proposals);
    return count === proposals.length ? proposals : proposals.slice(0, count);
  }

  #refuse(): "overloaded" | "storage-full" {
    const { isDiskFull, metrics } = this.#host;
    (isDiskFull ? metrics.proposals.storageFull : metrics.proposals.overloaded).add();
    return isDiskFull ? "storage-full" : "overloaded";
  }

  /**
   * Forgets what `next` returned, for the core has it.
   *
   * @param index where the last of them is in the log
   */
  accept(taken: readonly Uint8Array[], index: number): void {
    let bytes = 0;
    for (const data of taken) bytes += data.length;
    this.#batches.push({ index, count: taken.length, bytes, startMs: this.#startMs });
    this.#proposals = taken === this.#proposals ? [] : this.#proposals.slice(taken.length);
  }

  /** Notes that everything up to `index` is committed. */
  committed(index: number): void {
    const batches = this.#batches;
    if (batches.length === 0) return;
    const { metrics } = this.#host;
    const nowMs = this.#host.nowMs();
    let done = 0;
    for (const batch of batches) {
      if (batch.index > index) break;
      metrics.commitDuration.observe((nowMs - batch.startMs) / 1_000);
      metrics.proposals.committed.add(batch.count);
      metrics.proposals.committedBytes.add(batch.bytes);
      done++;
    }
    if (done === batches.length) this.#batches = [];
    else batches.splice(0, done);
  }

  /** Notes that payload bytes are applied. */
  release(bytes: number): void {
    const released = Math.min(bytes, this.#pendingBytes);
    this.#pendingBytes -= released;
    this.#host.pendingBytes -= released;
  }

  /** Forgets everything: leadership is lost. */
  drop(): void {
    const { dropped } = this.#host.metrics.proposals;
    for (const { count } of this.#batches) dropped.add(count);
    this.#batches = [];
    dropped.add(this.#proposals.length);
    this.#proposals = [];
    this.release(this.#pendingBytes);
  }
}

/** How many of the first proposals fit into one round; at least one. */
function fitting(proposals: readonly Uint8Array[]): number {
  let bytes = 0;
  let count = 0;
  for (const data of proposals) {
    bytes += data.length;
    if (bytes > PROPOSED_BYTES_MAX && count > 0) break;
    count++;
  }
  return count;
}
