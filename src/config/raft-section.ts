import { z } from "zod";
import { byteSize, choice, decimal, duration, integer, toggle } from "./leaf.ts";

const MIB = 1_048_576;

/**
 * `[raft]`: timing and limits of every Raft group on this node. Timings count ticks, so that all
 * groups share one timer.
 */
export const raftSection = z
  .strictObject({
    "tick-interval": duration({ min: 10, max: 10_000 })
      .default(100)
      .describe("Length of one tick."),
    "election-ticks": integer({ min: 3, max: 1_000 })
      .default(8)
      .describe("Silent ticks before a follower campaigns; drawn from [n, 2n)."),
    "heartbeat-ticks": integer({ min: 1, max: 100 })
      .default(2)
      .describe("Ticks between two heartbeats."),
    "pre-vote": toggle()
      .default(true)
      .describe("Ask before campaigning, so that a returning node does no harm."),
    "check-quorum": toggle().default(true).describe("A leader without a majority steps down."),
    "read-mode": choice(["lease", "read-index"])
      .default("lease")
      .describe("How linearizable reads are confirmed."),
    "lease-margin": decimal({ min: 0.05, max: 0.9 })
      .default(0.2)
      .describe("Share of the election timeout kept as clock margin."),
    "max-inflight-entries": integer({ min: 1 })
      .default(1_000)
      .describe("Entries sent to a follower and not yet answered."),
    "max-inflight-bytes": byteSize({ min: 65_536 })
      .default(8 * MIB)
      .describe("The same in bytes."),
    "max-append-bytes": byteSize({ min: 4_096 })
      .default(MIB)
      .describe("Largest message of entries."),
    "max-uncommitted-bytes": byteSize()
      .optional()
      .describe("Proposals not yet committed; worker.self-proposal-queue-memory-limit when unset."),
    "group-commit-max-delay": duration({ max: 1_000 })
      .default(0)
      .describe("Extra wait to gather one sync for more entries."),
    "log-segment-size": byteSize({ min: MIB })
      .default(64 * MIB)
      .describe("Size of a file of the shared log. Stet only."),
    "snapshot-log-entries": integer({ min: 1 })
      .default(100_000)
      .describe("Entries after which a log is cut."),
    "snapshot-log-bytes": byteSize({ min: MIB })
      .default(256 * MIB)
      .describe("Bytes after which a log is cut."),
    "retain-entries-for-lagging-follower": duration()
      .default(600_000)
      .describe("How long entries wait for a slow follower."),
    "retain-bytes-for-lagging-follower": byteSize()
      .default(64 * MIB)
      .describe("How many bytes wait for a slow follower."),
    "snapshot-transfer-bytes-per-second": byteSize({ min: 1 })
      .default(64 * MIB)
      .describe("Throttle of snapshots between nodes."),
    "leader-balance-interval": duration()
      .default(10_000)
      .describe("Period of the leader balancer; 0s turns it off."),
    "leader-transfer-timeout": duration()
      .optional()
      .describe("Abort a hand-over after this; one election timeout when unset."),
    "drain-timeout": duration()
      .default(30_000)
      .describe("Budget to hand leadership over before a stop."),
    "replica-dead-after": duration()
      .default(600_000)
      .describe("A voter unreachable this long is replaced."),
    "disk-reserve-bytes": byteSize()
      .default(1_024 * MIB)
      .describe("Free space below which writes are refused."),
    "disk-stop-percent": decimal({ min: 1, max: 100 })
      .default(95)
      .describe("Fill level from which writes are refused."),
  })
  .prefault({});
