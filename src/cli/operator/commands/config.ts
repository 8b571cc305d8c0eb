import type { Command } from "commander";
import {
  commandGroup,
  type OperatorEnvironment,
  type OperatorRun,
  operatorCommand,
  runs,
  withConfirmation,
} from "../operator-command.ts";
import { type ExitCode, usageError } from "../operator-error.ts";
import {
  formatReplication,
  parseCount,
  parseReplication,
  type Replication,
} from "../operator-values.ts";
import type { ConfigReply } from "../replies.ts";
import { renderTable } from "../table.ts";

interface SetOptions {
  readonly replication?: string;
  readonly numPartitions?: string;
  readonly force?: true;
  readonly dryRun?: true;
}

/** `stet config` */
export function configCommands(environment: OperatorEnvironment): Command {
  return commandGroup("config", "settings of the whole cluster", [
    getCommand(environment),
    setCommand(environment),
  ]);
}

function getCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand("get", "show the settings");
  return runs(command, environment, async (run) => {
    const config = await run.client.call<ConfigReply>("config.get");
    run.report(config, () => renderConfig(config));
    return 0;
  });
}

function setCommand(environment: OperatorEnvironment): Command {
  const command = withConfirmation(operatorCommand("set", "change settings"))
    .option("-r, --replication <copies>", 'durable copies: 2, or "{zone: 2, node: 3}"')
    .option("-n, --num-partitions <count>", "fixed since the cluster was created")
    .option("--force", "even if there are not enough nodes for so many copies")
    .option("--dry-run", "only show what would change");
  return runs<SetOptions>(command, environment, setConfig);
}

async function setConfig(run: OperatorRun<SetOptions>): Promise<ExitCode> {
  const { client, options, terminal } = run;
  const present = await client.call<ConfigReply>("config.get");
  checkPartitions(options.numPartitions, present);
  if (options.replication === undefined) throw usageError("Nothing to set: give --replication");
  const replication = parseReplication(options.replication);
  const force = options.force === true;
  const request = { ...replication, force };
  const planned = await client.call<ConfigReply>("config.set", { ...request, isDryRun: true });
  const change = renderChange(present.replication, replication);
  if (planned.weakness !== undefined) terminal.note(`Mind: ${planned.weakness}`);
  const isSame = formatReplication(present.replication) === formatReplication(replication);
  if (options.dryRun === true || isSame) {
    run.report({ ...planned, isDryRun: true }, isSame ? "Nothing changes" : change);
    return 0;
  }
  await run.confirm(`${change}\nReplicas are added or removed in the background.`);
  const changed = await client.call<ConfigReply>("config.set", request);
  run.report(changed, change);
  return 0;
}

function checkPartitions(given: string | undefined, { partitionCount }: ConfigReply): void {
  if (given === undefined) return;
  if (parseCount(given, { min: 1, name: "number of partitions" }) === partitionCount) return;
  throw usageError(`The cluster has ${partitionCount} partitions, which cannot be changed`);
}

/** The settings, for people. */
export function renderConfig({ partitionCount, replication, weakness }: ConfigReply): string {
  const table = renderTable(
    ["SETTING", "VALUE"],
    [
      ["num-partitions", String(partitionCount)],
      ["replication", formatReplication(replication)],
    ],
  );
  return weakness === undefined ? table : `${table}\n\nMind: ${weakness}`;
}

function renderChange(before: Replication, after: Replication): string {
  return `replication: ${formatReplication(before)} -> ${formatReplication(after)}`;
}
