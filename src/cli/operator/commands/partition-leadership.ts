import type { Command } from "commander";
import { Argument } from "commander";
import { resolveNodes } from "../cluster-facts.ts";
import {
  commandGroup,
  type OperatorEnvironment,
  type OperatorRun,
  operatorCommand,
  runs,
} from "../operator-command.ts";
import type { ExitCode } from "../operator-error.ts";
import {
  formatNode,
  formatNodes,
  parsePartitionId,
  parsePartitionIds,
} from "../operator-values.ts";
import type { PartitionReply } from "../replies.ts";
import { renderTable } from "../table.ts";
import type { NodesReply } from "./list-nodes.ts";
import { namedPartitions, partitionsCommand } from "./list-partitions.ts";

/** A hand-over takes an election at most; twice that, and it has been refused. */
const HAND_OVER_MS = 5_000;
const LOOK_MS = 50;

/** `stet partitions leadership` */
export function leadershipCommands(environment: OperatorEnvironment): Command {
  return commandGroup("leadership", "which replicas lead, and which ought to", [
    showCommand(environment),
    pinCommand(environment),
    changeCommand(environment, {
      name: "unpin",
      description: "let partitions be led by any of their nodes",
      change: { nodeId: null },
      done: "not pinned",
    }),
    changeCommand(environment, {
      name: "freeze",
      description:
        "leave leaders where they are: no balancing, no pins. A leader that is lost is still " +
        "replaced, and hand-overs that are asked for still happen",
      change: { isFrozen: true },
      done: "frozen",
    }),
    changeCommand(environment, {
      name: "unfreeze",
      description: "let leaders be balanced and pinned again",
      change: { isFrozen: false },
      done: "not frozen",
    }),
    transferCommand(environment),
    balanceCommand(environment),
  ]);
}

/** One line per partition: who leads and why. */
export function renderLeadership(partitions: readonly PartitionReply[]): string {
  return renderTable(
    ["ID", "LEADER", "TERM", "PINNED", "FROZEN", "NODES"],
    partitions.map(
      ({ partitionId, leaderNode, term, pinnedNode, isLeadershipFrozen, replicas }) => [
        partitionId,
        formatNode(leaderNode),
        term,
        formatNode(pinnedNode),
        isLeadershipFrozen,
        formatNodes(replicas.map(({ nodeId }) => nodeId)),
      ],
    ),
  );
}

function showCommand(environment: OperatorEnvironment): Command {
  const command = partitionsCommand("show", "show the leader of each partition");
  return runs(command, environment, async (run) => {
    const partitions = await namedPartitions(run);
    run.report({ partitions: partitions.map(leadershipOf) }, () => renderLeadership(partitions));
    return 0;
  });
}

function pinCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand(
    "pin",
    "let a partition be led by this node whenever it can, from now on",
  )
    .addArgument(new Argument("<id>", "the partition"))
    .requiredOption("--node <node>", "id or name of the node");
  return runs<{ readonly node: string }>(command, environment, async (run) => {
    const { partitionId, nodeId } = await partitionAndNode(run);
    await run.client.call("partitions.pin", { partitionId, nodeId });
    const isLed = await waitForLeader(run, partitionId, nodeId);
    const state = isLed ? "which leads it" : "which does not lead it yet";
    run.report(
      { partitionId, pinnedNode: nodeId, isLed },
      `Partition ${partitionId} is pinned to ${formatNode(nodeId)}, ${state}`,
    );
    return 0;
  });
}

function transferCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand("transfer", "hand a partition over to another node, once")
    .addArgument(new Argument("<id>", "the partition"))
    .requiredOption("--node <node>", "id or name of the node");
  return runs<{ readonly node: string }>(command, environment, async (run): Promise<ExitCode> => {
    const { partitionId, nodeId } = await partitionAndNode(run);
    const reply = await run.client.call<{ fromNode: number }>("partitions.transfer", {
      partitionId,
      nodeId,
    });
    const isLed = await waitForLeader(run, partitionId, nodeId);
    const from = formatNode(reply.fromNode);
    run.report(
      { partitionId, fromNode: reply.fromNode, toNode: nodeId, isLed },
      isLed
        ? `Partition ${partitionId} is led by ${formatNode(nodeId)}, before by ${from}`
        : `Partition ${partitionId} is still not led by ${formatNode(nodeId)}`,
    );
    return isLed ? 0 : 1;
  });
}

function changeCommand(
  environment: OperatorEnvironment,
  options: {
    readonly name: string;
    readonly description: string;
    readonly change: object;
    readonly done: string;
  },
): Command {
  const command = operatorCommand(options.name, options.description).addArgument(
    new Argument("<ids...>", "partitions, such as 0,4 or 0-7"),
  );
  return runs(command, environment, async (run) => {
    const partitionIds = parsePartitionIds(run.parameters);
    for (const partitionId of partitionIds) {
      await run.client.call("partitions.pin", { partitionId, ...options.change });
    }
    run.report(
      { partitionIds, ...options.change },
      `Leadership of ${partitionIds.join(", ")}: ${options.done}`,
    );
    return 0;
  });
}

function balanceCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand("balance", "spread leaders evenly over the nodes, now");
  return runs(command, environment, async (run) => {
    const reply = await run.client.call<{ controllerNode: number }>("partitions.balance");
    const node = formatNode(reply.controllerNode);
    run.report(reply, `Node ${node} moves leaders now, a few per round`);
    return 0;
  });
}

async function partitionAndNode(
  run: OperatorRun<{ readonly node: string }>,
): Promise<{ readonly partitionId: number; readonly nodeId: number }> {
  const partitionId = parsePartitionId(run.parameters[0] ?? "");
  const { nodes } = await run.client.call<NodesReply>("nodes.list");
  const [node] = resolveNodes(nodes, [run.options.node]);
  return { partitionId, nodeId: node?.nodeId ?? 0 };
}

async function waitForLeader(
  { client, environment }: OperatorRun<object>,
  partitionId: number,
  nodeId: number,
): Promise<boolean> {
  const endMs = environment.monotonicMs() + HAND_OVER_MS;
  for (;;) {
    const { partitions } = await client.call<{ partitions: readonly PartitionReply[] }>(
      "partitions.list",
    );
    const partition = partitions.find((each) => each.partitionId === partitionId);
    if (partition?.leaderNode === nodeId) return true;
    if (environment.monotonicMs() >= endMs) return false;
    await environment.pause(LOOK_MS);
  }
}

function leadershipOf(partition: PartitionReply): object {
  const { partitionId, leaderNode, term, pinnedNode, isLeadershipFrozen, replicas } = partition;
  return { partitionId, leaderNode, term, pinnedNode, isLeadershipFrozen, replicas };
}
