/** Connects what components report to the metrics of the node. */
import type { ClusterOptions, Metadata, RaftMetrics } from "#cluster";
import type { IngressMetrics, RequestOutcome } from "#ingress";
import type { AttemptMode, InvokerObserver } from "#invoker";
import type { PartitionMetrics, RoutingObserver } from "#partition";
import type { Metrics } from "#telemetry";
import { actionLabel, commandLabel, entryLabel, groupLabel } from "./metric-labels.ts";

const MS_PER_SECOND = 1_000;
/** Services whose metrics are kept at hand; beyond, all are looked up again. */
const SERVICES_MAX = 1_000;

/** Makes a metric when it is used for the first time, so that no series is printed before. */
function once<T>(create: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= create());
}

/** Looks a metric up by label once, and then by number. */
function byNumber<T>(create: (number: number) => T): (number: number) => T {
  const known: (T | undefined)[] = [];
  return (number) => (known[number] ??= create(number));
}

/** Looks a metric up by label once, and then by text; the texts must be few. */
function byText<T>(create: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const created = create(text);
    known.set(text, created);
    return created;
  };
}

const OUTCOMES: readonly RequestOutcome[] = [
  "completed",
  "request-error",
  "invocation-error",
  "ingress-error",
];

/** Counts what happens at the ingress. */
export function ingressObserver({ ingress }: Metrics): IngressMetrics {
  const inflight = ingress.inflight;
  const opened = ingress.connectionsOpened;
  const closed = ingress.connectionsClosed.with("success");
  const admitted = ingress.requests.with("admitted", "", "");
  const limited = ingress.requests.with("rate-limited", "", "");
  const ofService = (service: string, mode: string) => ({
    duration: ingress.duration.with(service, mode),
    outcomes: new Map(
      OUTCOMES.map((outcome) => {
        const status = outcome.replace("-", "_");
        return [outcome, once(() => ingress.requests.with(status, service, mode))] as const;
      }),
    ),
  });
  const services = new Map<string, ReturnType<typeof ofService>>();
  const sends = new Map<string, ReturnType<typeof ofService>>();
  return {
    onRequestAdmitted: () => {
      admitted.add();
      inflight.add(1);
    },
    onRequestRateLimited: () => limited.add(),
    onRequestFinished: (facts) => {
      inflight.add(-1);
      if (facts === undefined) return;
      const { service, mode, outcome, durationMs } = facts;
      const known = mode === "call" ? services : sends;
      let metrics = known.get(service);
      if (metrics === undefined) {
        if (known.size >= SERVICES_MAX) known.clear();
        metrics = ofService(service, mode);
        known.set(service, metrics);
      }
      metrics.outcomes.get(outcome)?.().add();
      metrics.duration.observe(durationMs / MS_PER_SECOND);
    },
    onConnectionOpened: () => opened.add(),
    onConnectionClosed: () => closed.add(),
  };
}

/** Counts what the invoker does. */
export function invokerObserver({ invoker }: Metrics): InvokerObserver {
  const attempts = (status: string, transient = "") =>
    byNumber((partition) => invoker.attempts.with(status, `${partition}`, transient));
  const started = attempts("started");
  const completed = attempts("completed");
  const suspended = attempts("suspended");
  const failed = attempts("failed", "false");
  const failedForNow = attempts("failed", "true");
  const enqueued = byNumber((partition) => invoker.enqueued.with(`${partition}`));
  const duration = invoker.attemptDuration;
  const acquired = invoker.slotsAcquired;
  const released = invoker.slotsReleased;
  const truncated = invoker.eagerStateTruncated;
  const ofMode = (mode: AttemptMode) => {
    const type = `Http/${mode}`;
    return {
      heads: byNumber((status) => invoker.requests.with(type, `${status}`)),
      sent: invoker.sentBytes.with(type),
      received: invoker.receivedBytes.with(type),
    };
  };
  const streamed = ofMode("bidi-stream");
  const exchanged = once(() => ofMode("request-response"));
  const trafficOf = (mode: AttemptMode) => (mode === "bidi-stream" ? streamed : exchanged());
  return {
    onEnqueued: (partition) => enqueued(partition).add(),
    onSlotAcquired: () => acquired.add(),
    onSlotReleased: () => released.add(),
    onAttemptStarted: (partition) => started(partition).add(),
    onAttemptFinished: (partition, { result, durationMs, isTransient }) => {
      if (result === "completed") completed(partition).add();
      else if (result === "suspended") suspended(partition).add();
      else (isTransient ? failedForNow : failed)(partition).add();
      duration.observe(durationMs / MS_PER_SECOND);
    },
    onResponseHead: (status, mode) => trafficOf(mode).heads(status).add(),
    onBytesSent: (bytes, mode) => trafficOf(mode).sent.add(bytes),
    onBytesReceived: (bytes, mode) => trafficOf(mode).received.add(bytes),
    onEagerStateTruncated: () => truncated.add(),
  };
}

/** Counts what partitions do. */
export function partitionMetrics({ partition, ingress }: Metrics): PartitionMetrics {
  const durations = (leader: string) =>
    byText((kind) => partition.applyDuration.with(commandLabel(kind), leader));
  const led = durations("1");
  const followed = durations("0");
  const actions = byText((kind) => partition.leaderActions.with(actionLabel(kind)));
  const entries = byNumber((type) => partition.journalEntries.with(entryLabel(type)));
  const shuffled = byNumber((id) => partition.shuffledMessages.with(`${id}`));
  const requests = byText((status) =>
    byNumber((id) => ingress.partitionRequests.with(`${id}`, status)),
  );
  return {
    onApplied: (kind, isLeader, durationMs) =>
      (isLeader ? led : followed)(kind).observe(durationMs / MS_PER_SECOND),
    onLeaderAction: (kind) => actions(kind).add(),
    onJournalEntry: (type) => entries(type).add(),
    onShuffled: (id, count) => shuffled(id).add(count),
    onRequest: (id, status) => requests(status)(id).add(),
    onReplicaStarted: (id) => partition.starts.with(`${id}`).add(),
    onReplicaStopped: (id, type) => partition.stops.with(`${id}`, type).add(),
    timerFireDelay: partition.timerFireDelay,
    storeWriteDuration: partition.storeWriteDuration,
  };
}

/** Counts requests that go to other nodes, and those that had to look for a leader. */
export function routingObserver({ ingress }: Metrics): RoutingObserver {
  const served = ingress.forwardsServed;
  const sent = ingress.forwardsSent;
  const outcomes = byText((outcome) => ingress.forwards.with(outcome.replace("-", "_")));
  return {
    onForwarded: () => sent.add(),
    onForwardFinished: (outcome, durationMs) => {
      outcomes(outcome).add();
      ingress.forwardDuration.observe(durationMs / MS_PER_SECOND);
    },
    onServed: () => served.add(),
    onRerouted: (reason) => ingress.reroutes.with(reason).add(),
    onLeaderFound: (waitMs) => ingress.failoverWait.observe(waitMs / MS_PER_SECOND),
  };
}

/** Counts the writes of the log. */
export function logObserver({ log, raft }: Metrics): NonNullable<ClusterOptions["onLogWritten"]> {
  const stored = log.storedBytes.with("ok");
  return ({ bytes, durationMs }) => {
    raft.fsyncDuration.observe(durationMs / MS_PER_SECOND);
    log.storeDuration.observe(durationMs / MS_PER_SECOND);
    log.batchBytes.observe(bytes);
    stored.add(bytes);
  };
}

/** Measures the groups. */
export function raftMetrics({ log, raft, partition }: Metrics): RaftMetrics {
  const { proposals } = raft;
  const committed = proposals.with("committed");
  return {
    recordBytes: log.recordBytes,
    commitDuration: {
      observe: (seconds) => {
        raft.commitDuration.observe(seconds);
        log.appendDuration.observe(seconds);
      },
    },
    applyBatchEntries: raft.applyBatchEntries,
    applyDuration: raft.applyDuration,
    groupsPerWrite: raft.fsyncGroups,
    proposals: {
      committed: {
        add: (count = 1) => {
          committed.add(count);
          log.committed.add(count);
        },
      },
      committedBytes: log.committedBytes,
      notLeader: proposals.with("not_leader"),
      dropped: proposals.with("dropped"),
      overloaded: proposals.with("overloaded"),
      storageFull: proposals.with("storage_full"),
    },
    electionsWon: raft.elections.with("won"),
    electionsLost: raft.elections.with("lost"),
    logTruncations: raft.logTruncations,
    reads: raft.reads,
    confChanges: raft.confChanges,
    replicasDestroyed: raft.replicasDestroyed,
    entriesStored: log.storedRecords.with("ok"),
    commitToApply: {
      leader: partition.commitToApply.with("1"),
      follower: partition.commitToApply.with("0"),
    },
    onSnapshot: (direction, isOk) => raft.snapshots.with(direction, isOk ? "ok" : "failed").add(),
    onFailed: (group) => partition.stops.with(groupLabel(group), "error").add(),
    onLeaderChange: (group) => raft.leaderChanges.with(groupLabel(group)).add(),
  };
}

/** Measures the documents of the metadata group as components of this node use them. */
export function measuredMetadata(documents: Metadata, { metadata }: Metrics): Metadata {
  const measure = async <T>(name: "get" | "put", work: Promise<T>): Promise<T> => {
    const { count, duration } = metadata[name];
    const startMs = performance.now();
    try {
      const result = await work;
      count.with("completed").add();
      return result;
    } catch (error) {
      count.with("failed").add();
      throw error;
    } finally {
      duration.observe((performance.now() - startMs) / MS_PER_SECOND);
    }
  };
  return {
    get: (name) => measure("get", documents.get(name)),
    getLatest: (name) => measure("get", documents.getLatest(name)),
    list: (prefix) => documents.list(prefix),
    put: (name, contents, version) => measure("put", documents.put(name, contents, version)),
    delete: (name, version) => documents.delete(name, version),
    watch: (name, callback) => documents.watch(name, callback),
  };
}
