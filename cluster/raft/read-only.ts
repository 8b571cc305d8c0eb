import type { AckedIndex } from "./quorum.ts";

/** A confirmed read: once `index` is applied, state may be read on behalf of `context`. */
export interface ReadState {
  readonly index: number;
  /** What the caller of `readIndex` passed. */
  readonly context: Uint8Array;
}

/** A read that waits for a quorum to confirm the leadership. */
export interface PendingRead {
  /** Replica that asked; 0 for this one. */
  readonly from: number;
  readonly context: Uint8Array;
  /** Commit index when the leader received the request. */
  readonly index: number;
}

const POSITION_BYTES = 8;

/**
 * Reads of one leadership, in the order in which the leader received them.
 *
 * Every heartbeat carries the count of reads received before it was sent. A follower returns that
 * count, so its answer confirms exactly the reads that were received earlier; a retry or a
 * duplicate is a read of its own and cannot be matched with an older answer.
 */
export class ReadOnlyQueue {
  #pending: PendingRead[] = [];
  #received = 0;
  #confirmed = 0;
  readonly #acked = new Map<number, number>();
  /** Highest count acknowledged by a replica, for the quorum arithmetic. */
  readonly ackedOf: AckedIndex = (id) => this.#acked.get(id);

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Queues a read, acknowledged at once by the leader itself. */
  add(read: PendingRead, leaderId: number): void {
    this.#pending.push(read);
    this.#received += 1;
    this.#acked.set(leaderId, this.#received);
  }

  /** Position to send with a heartbeat; `undefined` if nothing waits for confirmation. */
  position(): Uint8Array | undefined {
    return this.#pending.length === 0 ? undefined : encodePosition(this.#received);
  }

  /** Notes that a replica answered a heartbeat with this position; false if it is not one. */
  acknowledge(id: number, position: Uint8Array): boolean {
    const count = decodePosition(position);
    if (count === undefined || count > this.#received) return false;
    if (count > (this.#acked.get(id) ?? 0)) this.#acked.set(id, count);
    return true;
  }

  /** Takes out every read received up to a confirmed count. */
  release(confirmed: number): readonly PendingRead[] {
    const count = Math.min(confirmed, this.#received) - this.#confirmed;
    if (count <= 0) return [];
    const released = this.#pending.slice(0, count);
    this.#pending = this.#pending.slice(count);
    this.#confirmed += count;
    return released;
  }

  reset(): void {
    this.#pending = [];
    this.#received = 0;
    this.#confirmed = 0;
    this.#acked.clear();
  }
}

function encodePosition(count: number): Uint8Array {
  const bytes = new Uint8Array(POSITION_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(count), true);
  return bytes;
}

function decodePosition(bytes: Uint8Array): number | undefined {
  if (bytes.length !== POSITION_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Number(view.getBigUint64(0, true));
}
