import type { Command } from "commander";
import { leaderOf, matchOf, modeOf, statusOf } from "../cluster-facts.ts";
import { commandGroup, type OperatorEnvironment, runs } from "../operator-command.ts";
import { formatNode, formatNodes } from "../operator-values.ts";
import { lagOf } from "../partition-rows.ts";
import type { PartitionReply } from "../replies.ts";
import { type Cell, renderTable } from "../table.ts";
import { namedPartitions, partitionsCommand } from "./list-partitions.ts";

/** `stet logs`: each partition has one replicated log. */
export function logsCommands(environment: OperatorEnvironment): Command {
  return commandGroup("logs", "the replicated logs, one per partition", [
    listCommand(environment),
    describeCommand(environment),
  ]);
}

/** One line per log, as its leader has it. */
export function renderLogs(partitions: readonly PartitionReply[]): string {
  return renderTable(
    ["ID", "LEADER", "TERM", "FIRST", "LAST", "COMMIT", "APPLIED", "LSN-LAG", "NODES"],
    partitions.map((partition): Cell[] => {
      const leader = leaderOf(partition);
      const lags = partition.members.map((member) => lagOf(partition, member) ?? 0);
      return [
        partition.partitionId,
        formatNode(partition.leaderNode),
        partition.term,
        leader?.firstIndex,
        leader?.lastIndex,
        partition.commit,
        leader?.applied,
        leader === undefined ? undefined : Math.max(0, ...lags),
        formatNodes(partition.replicas.map(({ nodeId }) => nodeId)),
      ];
    }),
  );
}

/** A log with all of its replicas. */
export function renderLog(partition: PartitionReply): string {
  const { partitionId, startKey, endKey, leaderNode, term } = partition;
  const leader = leaderOf(partition);
  const led =
    leaderNode === undefined ? "no leader" : `led by ${formatNode(leaderNode)} in term ${term}`;
  const isJoint = (leader?.votersOutgoing?.length ?? 0) > 0;
  return [
    `Log ${partitionId}: keys ${startKey} to ${endKey}, ${led}` +
      (isJoint ? ", changing its members" : ""),
    renderTable(
      ["NODE", "REPLICA", "MODE", "STATUS", "STATE", "FIRST", "LAST", "COMMIT", "APPLIED", "MATCH"],
      partition.members.map((member): Cell[] => [
        formatNode(member.nodeId),
        member.replicaId,
        modeOf(partition, member),
        statusOf(partition, member),
        leader?.members?.find(({ replicaId }) => replicaId === member.replicaId)?.state,
        member.firstIndex,
        member.lastIndex,
        member.commit,
        member.applied,
        matchOf(partition, member),
      ]),
    ),
  ].join("\n");
}

function listCommand(environment: OperatorEnvironment): Command {
  const command = partitionsCommand("list", "show one line per log");
  return runs(command, environment, async (run) => {
    const partitions = await namedPartitions(run);
    run.report({ logs: partitions.map(logOf) }, () => renderLogs(partitions));
    return 0;
  });
}

function describeCommand(environment: OperatorEnvironment): Command {
  const command = partitionsCommand("describe", "show the replicas of logs");
  return runs(command, environment, async (run) => {
    const partitions = await namedPartitions(run);
    run.report({ partitions }, () => partitions.map(renderLog).join("\n\n"));
    return 0;
  });
}

function logOf(partition: PartitionReply): object {
  const { partitionId, leaderNode, term, commit } = partition;
  const { firstIndex, lastIndex, applied } = leaderOf(partition) ?? {};
  return { partitionId, leaderNode, term, firstIndex, lastIndex, commit, applied };
}
