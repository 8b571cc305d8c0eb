import type { Command } from "commander";
import { countPartitions, findProblems, METADATA_PARTITION } from "../cluster-facts.ts";
import { type OperatorEnvironment, operatorCommand, runs } from "../operator-command.ts";
import { formatAge, formatNode, formatNodes } from "../operator-values.ts";
import { renderPartitions } from "../partition-rows.ts";
import type { StatusNodeReply, StatusReply } from "../replies.ts";
import { type Cell, renderTable } from "../table.ts";

/** `stet cluster status` */
export function statusCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand(
    "status",
    "show nodes, partitions and metadata; exit code 1 when a partition has no leader",
  ).option("--extra", "with every replica of every partition");
  return runs<{ readonly extra?: true }>(command, environment, async (run) => {
    const status = await run.client.call<StatusReply>("cluster.status");
    const counts = countPartitions(status.partitions);
    const problems = findProblems(status);
    run.report({ ...status, counts, ...problems }, () =>
      renderStatus(status, run.options.extra === true),
    );
    const isServing = counts.leaderless === 0 && counts.withoutQuorum === 0;
    return isServing && counts.partitions > 0 ? 0 : 1;
  });
}

/** `stet cluster health` */
export function healthCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand(
    "health",
    "tell in a word how the cluster is; exit code 0 only when nothing is wrong",
  );
  return runs(command, environment, async (run) => {
    const status = await run.client.call<StatusReply>("cluster.status");
    const { outages, weaknesses } = findProblems(status);
    const degraded = weaknesses.length === 0 ? "healthy" : "degraded";
    const health = outages.length === 0 ? degraded : "unavailable";
    const counts = countPartitions(status.partitions);
    run.report({ health, outages, weaknesses, counts }, () =>
      [health, ...[...outages, ...weaknesses].map((problem) => `  ${problem}`)].join("\n"),
    );
    return health === "healthy" ? 0 : 1;
  });
}

/** The whole status, for people. */
export function renderStatus(status: StatusReply, isExtra: boolean): string {
  const { clusterName, clusterFingerprint, nodes, metadata, partitions } = status;
  const alive = nodes.filter(({ isAlive }) => isAlive).length;
  const { outages, weaknesses } = findProblems(status);
  const problems = [...outages, ...weaknesses];
  const led =
    metadata === undefined
      ? "no leader"
      : `led by ${formatNode(metadata.leaderNode)} in term ${metadata.term}, ` +
        `voters ${formatNodes(metadata.voters)}` +
        (metadata.learners.length === 0 ? "" : `, learners ${formatNodes(metadata.learners)}`);
  return [
    `Cluster "${clusterName}" (${clusterFingerprint}), ${alive} of ${nodes.length} nodes alive`,
    renderTable(
      ["NODE", "NAME", "STATUS", "LEADER", "FOLLOWER", "LEARNER", "UPTIME", "ADDRESS"],
      nodes.map(nodeRow),
    ),
    renderCounts(status),
    `Metadata: ${led}`,
    ...(isExtra ? [renderPartitions(partitions, "partition")] : []),
    ...(problems.length === 0 ? [] : [["Problems:", ...problems].join("\n  ")]),
  ].join("\n\n");
}

/** A node's liveness and what operators want of it, in a word. */
export function nodeStatus(node: {
  readonly isAlive: boolean;
  readonly workerState: string;
  readonly storageState: string;
  readonly isStopping: boolean;
}): string {
  if (!node.isAlive) return node.storageState === "gone" ? "Gone" : "Down";
  if (node.isStopping) return "Stopping";
  if (node.workerState !== "active") return capital(node.workerState);
  return node.storageState === "read-write" ? "Alive" : `Alive (${node.storageState})`;
}

function nodeRow(node: StatusNodeReply): Cell[] {
  const { nodeId, nodeName, generation, address, report } = node;
  const replicas = report?.replicas.filter(({ partitionId }) => partitionId !== METADATA_PARTITION);
  const leaders = replicas?.filter(({ role }) => role === "leader").length;
  const learners = replicas?.filter((each) => each.learners.includes(each.replicaId)).length;
  const followers = replicas && replicas.length - (leaders ?? 0) - (learners ?? 0);
  return [
    generation === 0 ? formatNode(nodeId) : `${formatNode(nodeId)}:${generation}`,
    nodeName,
    nodeStatus({ ...node, isStopping: report?.isStopping === true }),
    leaders,
    followers,
    learners,
    formatAge(report?.uptimeMs),
    address,
  ];
}

function renderCounts({ partitions }: StatusReply): string {
  const counts = countPartitions(partitions);
  return renderTable(
    ["PARTITIONS", "LED", "LEADERLESS", "UNDER-REPLICATED", "NO-QUORUM"],
    [
      [
        counts.partitions,
        counts.led,
        counts.leaderless,
        counts.underReplicated,
        counts.withoutQuorum,
      ],
    ],
  );
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
