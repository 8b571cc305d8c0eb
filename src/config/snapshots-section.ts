import { z } from "zod";
import { choice, decimal, duration, integer, leaf, text, toggle } from "./leaf.ts";
import { ValueError } from "./value-error.ts";

const retryPolicy = z.strictObject({
  type: choice(["exponential", "fixed-delay", "none"])
    .default("exponential")
    .describe("How pauses between two attempts grow."),
  "initial-interval": duration({ min: 1 }).default(100).describe("Pause after the first attempt."),
  interval: duration({ min: 1 }).optional().describe("Pause of the type fixed-delay."),
  factor: decimal({ min: 1 }).default(2).describe("Growth of the pause per attempt."),
  "max-attempts": integer({ min: 1, max: 100 })
    .default(10)
    .describe("Attempts in all, the first included."),
  "max-interval": duration({ min: 1 }).default(10_000).describe("Longest pause."),
});

/** `[worker.snapshots]`: snapshots of partitions in an object store. */
export const snapshotsSection = z
  .strictObject({
    destination: destination()
      .optional()
      .describe("Where snapshots are kept: s3://bucket/prefix or file:///path."),
    "snapshot-interval": duration({ min: 1 })
      .optional()
      .describe("Time between two snapshots of a partition."),
    "snapshot-interval-num-records": integer({ min: 1 })
      .optional()
      .describe("Records between two snapshots; with an interval, both have to pass."),
    "num-retained": integer({ min: 1, max: 255 })
      .default(1)
      .describe("Snapshots kept of each partition."),
    "export-concurrency-limit": integer({ min: 1, max: 64 })
      .default(4)
      .describe("Snapshots that a node exports at a time; each takes 16 MiB of memory."),
    "object-store-retry-policy": retryPolicy.prefault({}),
    restore: choice(["off", "new-cluster", "forced"])
      .default("off")
      .describe(
        "new-cluster: a cluster that this node creates starts with the latest snapshots; forced: " +
          "also with those of other clusters, or without some. Stet only.",
      ),
    "aws-profile": text().optional().describe("Profile in the files of the AWS tools."),
    "aws-region": text().optional().describe("Region of the bucket."),
    "aws-access-key-id": text().optional().describe("Key of the object store."),
    "aws-secret-access-key": text().optional().describe("Secret of that key."),
    "aws-session-token": text().optional().describe("Token of temporary keys."),
    "aws-endpoint-url": text().optional().describe("Address of another store that speaks S3."),
    "aws-allow-http": toggle().default(false).describe("Allow an endpoint without encryption."),
  })
  .prefault({});

function destination() {
  return leaf((value) => {
    const url = typeof value === "string" ? URL.parse(value) : null;
    const isBucket = url?.protocol === "s3:" && url.hostname !== "";
    const isFolder = url?.protocol === "file:" && url.hostname === "" && url.pathname.length > 1;
    if (typeof value !== "string" || !(isBucket || isFolder)) {
      throw new ValueError("s3://bucket/prefix or file:///path", value);
    }
    return value;
  });
}
