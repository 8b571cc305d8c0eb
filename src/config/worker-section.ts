import { z } from "zod";
import { invokerSection } from "./invoker-section.ts";
import { byteSize, duration, integer } from "./leaf.ts";
import { snapshotsSection } from "./snapshots-section.ts";

/** `[worker]`: partition processors and the invoker. */
export const workerSection = z
  .strictObject({
    threads: integer({ min: 0, max: 64 })
      .default(0)
      .describe("Worker threads for partitions; 0 runs them on the main thread. Stet only."),
    "cleanup-interval": duration({ min: 1 })
      .default(3_600_000)
      .describe("Time between two scans for expired invocations."),
    "num-timers-in-memory-limit": integer({ min: 1 })
      .default(100_000)
      .describe("Timers of a partition kept in memory; later ones wait on disk."),
    "max-command-batch-size": integer({ min: 1 })
      .default(1_024)
      .describe("Log records applied in one batch."),
    "max-command-batch-bytes": byteSize({ min: 1 })
      .default(4_194_304)
      .describe("Bytes applied in one batch."),
    "self-proposal-queue-memory-limit": byteSize()
      .default(67_108_864)
      .describe("Proposals of a leader that are not committed yet."),
    "rule-book-poll-interval": duration({ min: 1 })
      .default(30_000)
      .describe("Refresh of concurrency rules."),
    invoker: invokerSection,
    snapshots: snapshotsSection,
  })
  .prefault({});
