/** Shows the state of a node in its metrics: everything here is read when they are printed. */
import { statfsSync } from "node:fs";
import type { Cluster, PeerStatus, ReplicaStatus } from "#cluster";
import type { EngineStatistics, KeyValueEngine } from "#engine";
import type { NodeInvoker } from "#invoker";
import type { PartitionHost } from "#partition";
import { ENGINE_PROPERTIES, type Metrics } from "#telemetry";
import { groupLabel, METADATA_GROUP } from "./metric-labels.ts";
import { quantilesOf } from "./quantiles.ts";

const MS_PER_SECOND = 1_000;

/** What of a node is read when its metrics are printed. */
export interface ObservedNode {
  readonly host: PartitionHost;
  readonly cluster: Cluster;
  readonly invoker: NodeInvoker;
  readonly dataDirectory: string;
}

/**
 * Shows the state of cluster, partitions and store.
 *
 * @returns reads what has to be waited for; to be called before the metrics are printed
 */
export function observeNode(metrics: Metrics, node: ObservedNode): () => Promise<void> {
  observeNodes(metrics, node);
  observePartitions(metrics, node);
  observeInvoker(metrics, node.invoker);
  observeGroups(metrics, node.cluster);
  observeReplication(metrics, node.cluster);
  observePeers(metrics, node.cluster);
  return async () => {
    const statistics = await statisticsOf(node.cluster.engine);
    if (statistics !== undefined) metrics.storage.report(statistics);
  };
}

async function statisticsOf(engine: KeyValueEngine): Promise<EngineStatistics | undefined> {
  try {
    const statistics = await engine.statistics(ENGINE_PROPERTIES);
    return statistics.properties.size > 0 ? statistics : undefined;
  } catch {
    return undefined; // It is being closed.
  }
}

function observeNodes({ node }: Metrics, observed: ObservedNode): void {
  const { cluster, host, dataDirectory } = observed;
  const startedAtMs = Date.now();
  const { membership } = cluster;
  const isAlive = ({ isAlive }: { readonly isAlive: boolean }): boolean => isAlive;
  node.instance.fromValue(() => startedAtMs);
  node.nodes.from(() => {
    const nodes = membership.nodes();
    const aliveCount = nodes.filter(isAlive).length;
    return [
      [["alive"], aliveCount],
      [["dead"], nodes.length - aliveCount],
      [["suspect"], 0],
      [["failing_over"], 0],
    ];
  });
  node.lonely.fromValue(() => (membership.nodes().filter(isAlive).length > 1 ? 0 : 1));
  node.partitions.fromValue(() => cluster.table.count);
  node.activePartitions.fromValue(() => host.partitionIds.length);
  node.activeLeaders.fromValue(() => host.leaderCount);
  node.diskFreeBytes.from(() => {
    const bytes = freeBytes(dataDirectory);
    return bytes === undefined ? [] : [[[], bytes]];
  });
  node.diskState.from(() => {
    const isReady = cluster.storageState === "ready";
    return [
      [["ok"], isReady ? 1 : 0],
      [["stopped"], isReady ? 0 : 1],
    ];
  });
}

function freeBytes(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return undefined; // Not every file system tells.
  }
}

function observePartitions({ partition }: Metrics, { host, cluster }: ObservedNode): void {
  partition.openStores.fromValue(() => host.partitionIds.length);
  partition.unwrittenRows.fromValue(() => host.unwrittenCount);
  const sum = (read: (statistics: LeaderNumbers) => number) => (): number => {
    let total = 0;
    for (const statistics of host.leaderStatistics().values()) total += read(statistics);
    return total;
  };
  partition.requestsPending.fromValue(sum(({ requestsPending }) => requestsPending));
  partition.timersLoaded.fromValue(sum(({ timersLoaded }) => timersLoaded));
  partition.outboxMessages.fromValue(
    sum(({ outboxInFlight, outboxWaiting }) => outboxInFlight + outboxWaiting),
  );
  partition.shuffleInflight.from(() =>
    Array.from(host.leaderStatistics(), ([id, { outboxInFlight }]) => [[`${id}`], outboxInFlight]),
  );
  const replicas = (): ReplicaStatus[] => cluster.groups().filter(({ group }) => group > 0);
  partition.appliedLag.from(() =>
    quantilesOf(replicas().map(({ commit, applied }) => Math.max(0, commit - applied))),
  );
  partition.unknownLag.fromValue(
    () => replicas().filter(({ leaderId, isStopped }) => leaderId === 0 || isStopped).length,
  );
  partition.blocked.from(() =>
    replicas()
      .filter(({ failure }) => failure !== undefined)
      .map(({ group }) => [[`${group - 1}`, "apply-failed"], 1]),
  );
}

type LeaderNumbers =
  ReturnType<PartitionHost["leaderStatistics"]> extends ReadonlyMap<number, infer Numbers>
    ? Numbers
    : never;

function observeInvoker({ invoker, node }: Metrics, source: NodeInvoker): void {
  invoker.concurrencyLimit.fromValue(() => source.statistics().concurrentAttemptsMax);
  invoker.waiting.fromValue(() => source.statistics().waiting);
  invoker.invocations.fromValue(() => source.statistics().invocations);
  node.poolUsageBytes.from(() => [[["invoker"], source.statistics().heldBytes]]);
  node.poolCapacityBytes.from(() => [[["invoker"], source.statistics().memoryBytesMax]]);
}

function observeGroups({ raft, log, metadata }: Metrics, cluster: Cluster): void {
  log.proposed.fromValue(() => cluster.statistics().proposedRecords);
  log.proposedBytes.fromValue(() => cluster.statistics().proposedBytes);
  log.delivered.fromValue(() => cluster.statistics().appliedRecords);
  log.segments.fromValue(() => cluster.statistics().segmentCount);
  raft.proposalsPendingBytes.fromValue(() => cluster.statistics().pendingBytes);
  raft.groups.from(() => {
    const counts = new Map([
      ["leader", 0],
      ["voter", 0],
      ["learner", 0],
      ["candidate", 0],
      ["stopped", 0],
    ]);
    for (const status of cluster.groups()) {
      const role = roleOf(status);
      counts.set(role, (counts.get(role) ?? 0) + 1);
    }
    return Array.from(counts, ([role, count]) => [[role], count] as const);
  });
  raft.leaderless.fromValue(
    () => cluster.groups().filter(({ leaderId, isStopped }) => leaderId === 0 || isStopped).length,
  );
  raft.failed.fromValue(
    () => cluster.groups().filter(({ failure }) => failure !== undefined).length,
  );
  raft.term.from(() => cluster.groups().map(({ group, term }) => [[groupLabel(group)], term]));
  raft.logEntries.from(() =>
    quantilesOf(cluster.groups().map(({ firstIndex, lastIndex }) => lastIndex - firstIndex + 1)),
  );
  const ofMetadata = (read: (status: ReplicaStatus) => number) => () => {
    const status = cluster.groups().find(({ group }) => group === METADATA_GROUP);
    return status === undefined ? [] : [[[], read(status)] as const];
  };
  metadata.committed.from(ofMetadata(({ commit }) => commit));
  metadata.applied.from(ofMetadata(({ applied }) => applied));
  metadata.firstIndex.from(ofMetadata(({ firstIndex }) => firstIndex));
  metadata.lastIndex.from(ofMetadata(({ lastIndex }) => lastIndex));
  metadata.leaderId.from(ofMetadata(({ leaderNode }) => leaderNode ?? 0));
  metadata.term.from(ofMetadata(({ term }) => term));
}

/** What leaders on this node see of their followers. */
function observeReplication({ raft }: Metrics, cluster: Cluster): void {
  const led = () =>
    cluster.groups().filter(({ role, isStopped }) => role === "leader" && !isStopped);
  const deadVoters = ({ progress, replicaId }: ReplicaStatus): number =>
    progress.filter((peer) => peer.id !== replicaId && !peer.isLearner && !peer.recentActive)
      .length;
  raft.underReplicated.fromValue(() => led().filter((status) => deadVoters(status) > 0).length);
  raft.quorumAtRisk.fromValue(
    () =>
      led().filter((status) => {
        const voterCount = status.confState.voters.length;
        const quorum = Math.floor(voterCount / 2) + 1;
        return voterCount > 1 && voterCount - deadVoters(status) <= quorum;
      }).length,
  );
  raft.followerLag.from(() => {
    const lags = new Map<string, number[]>();
    for (const { members, replicaId, lastIndex } of cluster.replicaStatus()) {
      for (const member of members) {
        if (member.replicaId === replicaId) continue;
        const peer = `N${member.nodeId}`;
        lags.set(peer, [...(lags.get(peer) ?? []), lastIndex - member.match]);
      }
    }
    return [...lags].flatMap(([peer, values]) =>
      quantilesOf(values).map(([labels, value]) => [[peer, ...labels], value] as const),
    );
  });
}

/** Connections to the other nodes. */
function observePeers({ node }: Metrics, { transport }: Cluster): void {
  const read = (value: (peer: PeerStatus) => number) => () =>
    transport.peers().map((peer) => [[`N${peer.nodeId}`], value(peer)] as const);
  node.peerUp.from(read(({ state }) => (state === "up" ? 1 : 0)));
  node.peerRoundTrip.from(read(({ rttMs }) => rttMs / MS_PER_SECOND));
  node.peerQueuedBytes.from(read(({ queuedBytes }) => queuedBytes));
  node.peerMessagesDropped.from(read(({ raftMessagesDropped }) => raftMessagesDropped));
  node.peerCalls.from(read(({ callsSent }) => callsSent));
  node.peerMessages.from(() =>
    transport
      .peers()
      .flatMap(({ nodeId, raftMessagesSent, raftMessagesReceived }) => [
        [[`N${nodeId}`, "sent"], raftMessagesSent] as const,
        [[`N${nodeId}`, "received"], raftMessagesReceived] as const,
      ]),
  );
}

function roleOf({ role, isStopped, replicaId, confState }: ReplicaStatus): string {
  if (isStopped) return "stopped";
  if (role === "leader") return "leader";
  if (role !== "follower") return "candidate";
  return confState.voters.includes(replicaId) ? "voter" : "learner";
}
