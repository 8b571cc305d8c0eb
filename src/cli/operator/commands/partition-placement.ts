import type { Command } from "commander";
import { Argument } from "commander";
import { resolveNodes } from "../cluster-facts.ts";
import {
  commandGroup,
  type OperatorEnvironment,
  operatorCommand,
  runs,
  withConfirmation,
} from "../operator-command.ts";
import { formatNodes, parsePartitionId, parsePartitionIds } from "../operator-values.ts";
import type { PartitionReply } from "../replies.ts";
import { renderTable } from "../table.ts";
import type { NodesReply } from "./list-nodes.ts";
import { namedPartitions, partitionsCommand } from "./list-partitions.ts";

/** `stet partitions placement` */
export function placementCommands(environment: OperatorEnvironment): Command {
  return commandGroup("placement", "where the replicas of partitions are", [
    showCommand(environment),
    setCommand(environment),
    freezeCommand(environment, { name: "freeze", isFrozen: true }),
    freezeCommand(environment, { name: "unfreeze", isFrozen: false }),
  ]);
}

/** One line per partition: who holds it, who is to go. */
export function renderPlacement(partitions: readonly PartitionReply[]): string {
  return renderTable(
    ["ID", "NODES", "LEAVING", "FROZEN", "UNDER-REPLICATED", "QUORUM"],
    partitions.map((partition) => [
      partition.partitionId,
      formatNodes(partition.replicas.map(({ nodeId }) => nodeId)),
      formatNodes(partition.leaving.map(({ nodeId }) => nodeId)),
      partition.isPlacementFrozen,
      partition.isUnderReplicated,
      partition.hasQuorum,
    ]),
  );
}

function showCommand(environment: OperatorEnvironment): Command {
  const command = partitionsCommand("show", "show the nodes of each partition");
  return runs(command, environment, async (run) => {
    const partitions = await namedPartitions(run);
    run.report({ partitions: partitions.map(placementOf) }, () => renderPlacement(partitions));
    return 0;
  });
}

function setCommand(environment: OperatorEnvironment): Command {
  const command = withConfirmation(
    operatorCommand(
      "set",
      "put a partition on these nodes, one step after the other, and freeze it there",
    ),
  )
    .addArgument(new Argument("<id>", "the partition"))
    .requiredOption("--nodes <nodes...>", "ids or names of the nodes that are to hold it");
  return runs<{ readonly nodes: readonly string[] }>(command, environment, async (run) => {
    const partitionId = parsePartitionId(run.parameters[0] ?? "");
    const { nodes: all } = await run.client.call<NodesReply>("nodes.list");
    const nodes = resolveNodes(all, run.options.nodes).map(({ nodeId }) => nodeId);
    await run.confirm(
      `Partition ${partitionId} moves to ${formatNodes(nodes)}, and stays there until ` +
        '"stet partitions placement unfreeze".',
    );
    const reply = await run.client.call<object>("partitions.placement", { partitionId, nodes });
    run.report(
      { ...reply, nodes },
      `Partition ${partitionId} moves to ${formatNodes(nodes)}; "stet partitions list" shows it`,
    );
    return 0;
  });
}

function freezeCommand(
  environment: OperatorEnvironment,
  { name, isFrozen }: { readonly name: string; readonly isFrozen: boolean },
): Command {
  const description = isFrozen
    ? "leave the replicas of partitions where they are, even when nodes are lost"
    : "let the replicas of partitions be placed automatically again";
  const command = operatorCommand(name, description).addArgument(
    new Argument("<ids...>", "partitions, such as 0,4 or 0-7"),
  );
  return runs(command, environment, async (run) => {
    const partitionIds = parsePartitionIds(run.parameters);
    for (const partitionId of partitionIds) {
      await run.client.call("partitions.placement", { partitionId, isFrozen });
    }
    run.report(
      { partitionIds, isPlacementFrozen: isFrozen },
      `Placement of ${partitionIds.join(", ")}: ${isFrozen ? "frozen" : "automatic"}`,
    );
    return 0;
  });
}

function placementOf(partition: PartitionReply): object {
  const { partitionId, replicas, leaving, isPlacementFrozen } = partition;
  const { isUnderReplicated, hasQuorum } = partition;
  return { partitionId, replicas, leaving, isPlacementFrozen, isUnderReplicated, hasQuorum };
}
