import type { Effect } from "./effect.ts";
import type { OutboxMessage } from "./outbox-message.ts";
import type { PartitionState } from "./partition-state.ts";

/** The application of one log record: what it may read and write, and what comes of it. */
export interface Turn {
  readonly state: PartitionState;
  /** Milliseconds since the Unix epoch, from the record. */
  readonly nowMs: number;
  /** Index of the record in the partition's log. */
  readonly logIndex: number;
  /** Raft term of the record. */
  readonly epoch: number;
  /** Effects so far, in order. */
  readonly effects: Effect[];
  /** Messages to invocations of this partition; applied after the command, in order. */
  readonly loopback: OutboxMessage[];
}
