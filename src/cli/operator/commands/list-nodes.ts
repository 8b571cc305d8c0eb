import type { Command } from "commander";
import { type OperatorEnvironment, operatorCommand, runs } from "../operator-command.ts";
import { formatAge, formatNode } from "../operator-values.ts";
import type { ListedNodeReply } from "../replies.ts";
import { type Cell, renderTable } from "../table.ts";
import { nodeStatus } from "./cluster-status.ts";

/** Answer of `nodes.list`. */
export interface NodesReply {
  readonly nodes: readonly ListedNodeReply[];
}

const ROLE_COUNT = 5;

/** `stet nodes list` */
export function listNodesCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand("list", "show all nodes and what they hold").option(
    "--extra",
    "with location, disk and states that operators set",
  );
  return runs<{ readonly extra?: true }>(command, environment, async (run) => {
    const reply = await run.client.call<NodesReply>("nodes.list");
    run.report(reply, () => renderNodes(reply.nodes, run.options.extra === true));
    return 0;
  });
}

/** One line per node. */
export function renderNodes(nodes: readonly ListedNodeReply[], isExtra: boolean): string {
  const headers = ["NODE", "GEN", "NAME", "ADDRESS", "STATUS", "LEADERS", "REPLICAS", "UPTIME"];
  const extraHeaders = ["LOCATION", "WORKER-STATE", "STORAGE-STATE", "DISK"];
  return renderTable(
    [...headers, ...(isExtra ? extraHeaders : []), "ROLES"],
    nodes.map((node): Cell[] => [
      formatNode(node.nodeId),
      node.generation === 0 ? undefined : node.generation,
      node.nodeName,
      node.address,
      nodeStatus(node),
      node.leaders,
      node.replicas,
      formatAge(node.uptimeMs),
      ...(isExtra ? [node.location, node.workerState, node.storageState, node.storage] : []),
      node.roles.length === ROLE_COUNT ? "all" : node.roles.join(","),
    ]),
  );
}
