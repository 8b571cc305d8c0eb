import type { Command } from "commander";
import { Option } from "commander";
import { type OperatorEnvironment, type OperatorRun, runs } from "../operator-command.ts";
import type { ExitCode } from "../operator-error.ts";
import { formatNode, parseTimeoutMs } from "../operator-values.ts";
import type { ConfigReply, ListedNodeReply } from "../replies.ts";
import { describe, namedNodes, nodesCommand } from "./change-nodes.ts";
import type { NodesReply } from "./list-nodes.ts";

interface DrainOptions {
  readonly nodes?: readonly string[];
  readonly wait: boolean;
  readonly timeout: string;
  readonly force?: true;
}

const LOOK_MS = 500;

/** `stet nodes drain` */
export function drainCommand(environment: OperatorEnvironment): Command {
  const command = nodesCommand(
    "drain",
    "move leaders and replicas away from nodes, and wait until they hold nothing",
  )
    .option("--no-wait", "do not wait until they are empty")
    .addOption(
      new Option("--timeout <duration>", "stop waiting after this; draining goes on").default(
        "30m",
      ),
    )
    .option("--force", "even if fewer copies can be kept then");
  return runs<DrainOptions>(command, environment, drain);
}

/** `stet nodes undrain` */
export function undrainCommand(environment: OperatorEnvironment): Command {
  const command = nodesCommand("undrain", "let drained nodes work and hold replicas again");
  return runs<DrainOptions>(command, environment, async (run) => {
    const nodes = await namedNodes(run);
    await setWorkerState(run, nodes, "active");
    const ids = nodes.map(({ nodeId }) => nodeId);
    run.report({ nodes: ids, workerState: "active" }, `${describe(nodes)}: active now`);
    return 0;
  });
}

async function drain(run: OperatorRun<DrainOptions>): Promise<ExitCode> {
  const { options, environment, terminal } = run;
  const timeoutMs = parseTimeoutMs(options.timeout);
  const nodes = await namedNodes(run);
  const ids = nodes.map(({ nodeId }) => nodeId);
  await setWorkerState(run, nodes, "draining");
  if (!options.wait) {
    run.report({ nodes: ids, isEmpty: false }, `${describe(nodes)}: draining`);
    return 0;
  }
  const endMs = environment.monotonicMs() + timeoutMs;
  for (let said = ""; ; ) {
    const { nodes: all } = await run.client.call<NodesReply>("nodes.list");
    const left = all.filter(({ nodeId }) => ids.includes(nodeId));
    const isEmpty = left.every(({ replicas, leaders = 0 }) => replicas === 0 && leaders === 0);
    if (isEmpty) {
      const { weakness } = await run.client.call<ConfigReply>("config.get");
      if (weakness !== undefined) terminal.note(`Mind: ${weakness}`);
      run.report({ nodes: ids, isEmpty }, `${describe(nodes)}: empty`);
      return 0;
    }
    const progress = left.map(describeProgress).join("; ");
    if (progress !== said) terminal.note(progress);
    said = progress;
    if (environment.monotonicMs() >= endMs) {
      const text = `Not empty after ${options.timeout}: ${progress}. Draining goes on`;
      run.report({ nodes: ids, isEmpty, left }, text);
      return 1;
    }
    await environment.pause(LOOK_MS);
  }
}

async function setWorkerState(
  { client, options }: OperatorRun<DrainOptions>,
  nodes: readonly ListedNodeReply[],
  workerState: string,
): Promise<void> {
  const force = options.force === true;
  for (const { nodeId } of nodes) {
    await client.call("nodes.setWorkerState", { nodeId, workerState, force });
  }
}

function describeProgress({ nodeId, leaders, replicas, isAlive }: ListedNodeReply): string {
  const what = [`${replicas} replicas`];
  if (leaders !== undefined) what.unshift(`${leaders} leaders`);
  return `${formatNode(nodeId)}: ${what.join(", ")} left${isAlive ? "" : " (down)"}`;
}
