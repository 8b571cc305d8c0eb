import { beforeEach, describe, expect, test } from "vitest";
import { ProposalQueue } from "../../../../cluster/multiraft/proposal-queue.ts";
import { NO_RAFT_METRICS, type RaftMetrics } from "../../../../cluster/multiraft/raft-metrics.ts";
import type { ReplicaHost } from "../../../../cluster/multiraft/replica-host.ts";

const KIBIBYTE = 1024;

/** A host with little room and counters that can be read. */
class FakeHost {
  readonly counts: Record<string, number> = {};
  readonly durations: number[] = [];
  readonly limits = { pendingBytesMax: 2 * KIBIBYTE, nodePendingBytesMax: 8 * KIBIBYTE };
  readonly metrics: RaftMetrics;
  isAccepting = true;
  isDiskFull = false;
  pendingBytes = 0;
  proposedRecords = 0;
  proposedBytes = 0;
  time = 0;

  constructor() {
    const counter = (name: string) => ({
      add: (count = 1) => {
        this.counts[name] = (this.counts[name] ?? 0) + count;
      },
    });
    this.metrics = {
      ...NO_RAFT_METRICS,
      commitDuration: { observe: (seconds) => this.durations.push(seconds) },
      proposals: {
        committed: counter("committed"),
        committedBytes: counter("bytes"),
        notLeader: counter("notLeader"),
        dropped: counter("dropped"),
        overloaded: counter("overloaded"),
        storageFull: counter("storageFull"),
      },
    };
  }

  nowMs(): number {
    return this.time;
  }
}

describe("a queue of proposals", () => {
  let host: FakeHost;
  let queue: ProposalQueue;
  const record = new Uint8Array(KIBIBYTE);
  beforeEach(() => {
    host = new FakeHost();
    queue = new ProposalQueue(host as unknown as ReplicaHost);
  });

  test("refuses what does not fit, and says whether that is for want of disk space", () => {
    expect([queue.push(record), queue.push(record)]).toEqual(["accepted", "accepted"]);
    expect(queue.push(record)).toBe("overloaded");

    host.isAccepting = false;
    host.isDiskFull = true;

    expect(queue.push(record)).toBe("storage-full");
    expect(host.counts).toEqual({ overloaded: 1, storageFull: 1 });
  });

  test("measures from the first proposal of a batch to its commit", () => {
    host.time = 100;
    queue.push(record);
    host.time = 105;
    queue.push(record);
    queue.accept(queue.next(), 7);

    queue.committed(6);
    expect(host.durations).toEqual([]);
    host.time = 120;
    queue.committed(7);
    queue.committed(8);

    expect(host.durations).toEqual([0.02]);
    expect(host.counts).toEqual({ committed: 2, bytes: 2 * KIBIBYTE });
  });

  test("counts what is lost with the leadership, in the log or on the way to it", () => {
    queue.push(record);
    queue.accept(queue.next(), 7);
    queue.push(record);

    queue.drop();
    queue.committed(9);

    expect(host.counts).toEqual({ dropped: 2 });
    expect(host.pendingBytes).toBe(0);
    expect(queue.isEmpty).toBe(true);
  });
});
