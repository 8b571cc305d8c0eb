import type { Command } from "commander";
import { Argument, Option } from "commander";
import { resolveNodes } from "../cluster-facts.ts";
import {
  type OperatorEnvironment,
  type OperatorRun,
  operatorCommand,
  runs,
  withConfirmation,
} from "../operator-command.ts";
import { type ExitCode, usageError } from "../operator-error.ts";
import { formatNode } from "../operator-values.ts";
import type { ListedNodeReply } from "../replies.ts";
import type { NodesReply } from "./list-nodes.ts";

/** Options that name nodes and a state. */
interface StateOptions {
  readonly nodes?: readonly string[];
  readonly workerState?: string;
  readonly storageState?: string;
  readonly force?: true;
}

const WORKER_STATES = ["active", "draining", "disabled"];
const STORAGE_STATES = ["read-write", "read-only", "gone"];

/** A command whose parameters, or `--nodes`, name nodes by id or by name. */
export function nodesCommand(name: string, description: string): Command {
  return operatorCommand(name, description)
    .addArgument(new Argument("[nodes...]", "ids or names, such as N3 or node-3"))
    .addOption(new Option("--nodes <nodes...>", "the same, as an option").hideHelp());
}

/** The nodes that a command is about, each once. */
export async function namedNodes(
  run: OperatorRun<Pick<StateOptions, "nodes">>,
): Promise<ListedNodeReply[]> {
  const references = [...run.parameters, ...(run.options.nodes ?? [])];
  if (references.length === 0) throw usageError("Which nodes? Name them by id or by name");
  const { nodes } = await run.client.call<NodesReply>("nodes.list");
  return resolveNodes(nodes, references);
}

/** `stet nodes remove` */
export function removeNodesCommand(environment: OperatorEnvironment): Command {
  const command = withConfirmation(
    nodesCommand("remove", "take nodes that hold nothing any more out of the cluster, for good"),
  );
  return runs<StateOptions>(command, environment, async (run) => {
    const nodes = await namedNodes(run);
    await run.confirm(
      `${describe(nodes)} will be removed. Their ids are never used again, and a process that ` +
        "still runs there stops.",
    );
    for (const { nodeId } of nodes) await run.client.call("nodes.remove", { nodeId });
    const removed = nodes.map(({ nodeId }) => nodeId);
    run.report({ removed }, `Removed ${describe(nodes)}`);
    return 0;
  });
}

/** `stet nodes set-worker-state` */
export function workerStateCommand(environment: OperatorEnvironment): Command {
  const command = nodesCommand(
    "set-worker-state",
    "let nodes work (active), empty them (draining), or stop them from working (disabled)",
  )
    .addOption(
      new Option("--worker-state <state>", "the new state")
        .choices(WORKER_STATES)
        .makeOptionMandatory(),
    )
    .option("--force", "even if fewer copies can be kept then");
  return runs<StateOptions>(command, environment, (run) => {
    const { workerState } = run.options;
    return setState(run, "nodes.setWorkerState", { workerState });
  });
}

/** `stet nodes set-storage-state` */
export function storageStateCommand(environment: OperatorEnvironment): Command {
  const command = withConfirmation(
    nodesCommand(
      "set-storage-state",
      "let nodes hold replicas (read-write), give them no new ones (read-only), or replace what " +
        "they held at once because it is lost (gone)",
    ),
  )
    .addOption(
      new Option("--storage-state <state>", "the new state")
        .choices(STORAGE_STATES)
        .makeOptionMandatory(),
    )
    .option("--force", "even if fewer copies can be kept then");
  return runs<StateOptions>(command, environment, async (run) => {
    const { storageState } = run.options;
    if (storageState === "gone") {
      await run.confirm(
        "Replicas on these nodes will be replaced, and the nodes removed once nothing is left.",
      );
    }
    return setState(run, "nodes.setStorageState", { storageState });
  });
}

async function setState(
  run: OperatorRun<StateOptions>,
  service: string,
  state: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const nodes = await namedNodes(run);
  const force = run.options.force === true;
  for (const { nodeId } of nodes) await run.client.call(service, { nodeId, ...state, force });
  const changed = nodes.map(({ nodeId }) => nodeId);
  const word = Object.values(state).join();
  run.report({ nodes: changed, ...state }, `${describe(nodes)}: ${word} now`);
  return 0;
}

/** Nodes with their names, for sentences. */
export function describe(nodes: readonly ListedNodeReply[]): string {
  return nodes.map(({ nodeId, nodeName }) => `${formatNode(nodeId)} ("${nodeName}")`).join(", ");
}
