/** Connects what components report to the metrics of the node. */
import type { Cluster, ClusterOptions } from "#cluster";
import type { IngressMetrics } from "#ingress";
import type { InvokerObserver } from "#invoker";
import type { PartitionHost } from "#partition";
import type { Metrics } from "#telemetry";

const MS_PER_SECOND = 1_000;
/** Kind of transport, as the original labels it. */
const HTTP = "Http/bidi-stream";

/** Counts what happens at the ingress. */
export function ingressObserver({ ingress }: Metrics): IngressMetrics {
  const inflight = ingress.inflight;
  const opened = ingress.connectionsOpened;
  const closed = ingress.connectionsClosed.with("success");
  const limited = ingress.admissions.with("rate-limited", "", "");
  return {
    onRequestAdmitted: () => inflight.add(1),
    onRequestRateLimited: () => limited.add(),
    onRequestFinished: (facts) => {
      inflight.add(-1);
      if (facts === undefined) return;
      const { service, mode, durationMs } = facts;
      ingress.admissions.with("admitted", service, mode).add();
      ingress.duration.with(service, mode).observe(durationMs / MS_PER_SECOND);
    },
    onConnectionOpened: () => opened.add(),
    onConnectionClosed: () => closed.add(),
  };
}

/** Counts what the invoker does. */
export function invokerObserver({ invoker }: Metrics): InvokerObserver {
  const started = invoker.attempts.with("started", "", "false");
  const completed = invoker.attempts.with("completed", "", "false");
  const suspended = invoker.attempts.with("suspended", "", "false");
  const failed = invoker.attempts.with("failed", "", "false");
  const failedForNow = invoker.attempts.with("failed", "", "true");
  const duration = invoker.attemptDuration;
  const enqueued = invoker.enqueued.with("");
  const acquired = invoker.slotsAcquired;
  const released = invoker.slotsReleased;
  const sent = invoker.sentBytes.with(HTTP);
  const received = invoker.receivedBytes.with(HTTP);
  const truncated = invoker.eagerStateTruncated;
  return {
    onEnqueued: () => enqueued.add(),
    onSlotAcquired: () => acquired.add(),
    onSlotReleased: () => released.add(),
    onAttemptStarted: () => started.add(),
    onAttemptFinished: (result, durationMs, isTransient) => {
      if (result === "completed") completed.add();
      else if (result === "suspended") suspended.add();
      else (isTransient ? failedForNow : failed).add();
      duration.observe(durationMs / MS_PER_SECOND);
    },
    onResponseHead: (status) => invoker.requests.with(HTTP, `${status}`).add(),
    onBytesSent: (bytes) => sent.add(bytes),
    onBytesReceived: (bytes) => received.add(bytes),
    onEagerStateTruncated: () => truncated.add(),
  };
}

/** Counts the writes of the log. */
export function logObserver({ raft, log }: Metrics): NonNullable<ClusterOptions["onLogWritten"]> {
  return ({ bytes, durationMs }) => {
    raft.fsyncDuration.observe(durationMs / MS_PER_SECOND);
    log.batchBytes.observe(bytes);
  };
}

/**
 * Shows the state of cluster and partitions.
 *
 * @returns brings the levels up to date; to be called before the metrics are printed
 */
export function observeNode(
  metrics: Metrics,
  { host, cluster }: { readonly host: PartitionHost; readonly cluster: Cluster },
): () => void {
  metrics.node.instance.set(Date.now());
  metrics.node.nodes.with("alive").set(1);
  metrics.node.partitions.set(cluster.table.count);
  metrics.storage.openStores.set(host.partitionIds.length);
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.observe({
      name,
      help,
      type: "gauge",
      samples: () => [{ suffix: "", labels: {}, value: read() }],
    });
  gauge("stet_partition_leaders", "Partitions that this node leads.", () => host.leaderCount);
  gauge("stet_store_unwritten_rows", "Rows that wait for a flush.", () => host.unwrittenCount);
  return () => {
    metrics.node.activePartitions.set(host.partitionIds.length);
    metrics.node.activeLeaders.set(host.leaderCount);
    metrics.raft.groups.with("leader").set(host.leaderCount);
    metrics.raft.leaderless.set(host.partitionIds.length - host.leaderCount);
    metrics.node.diskState.with("ok").set(cluster.storageState === "ready" ? 1 : 0);
    metrics.node.diskState.with("stopped").set(cluster.storageState === "ready" ? 0 : 1);
  };
}
