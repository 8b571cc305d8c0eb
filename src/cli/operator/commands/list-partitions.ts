import type { Command } from "commander";
import { Argument, Option } from "commander";
import { choosePartitions } from "../cluster-facts.ts";
import {
  type OperatorEnvironment,
  type OperatorRun,
  operatorCommand,
  runs,
} from "../operator-command.ts";
import { parsePartitionIds } from "../operator-values.ts";
import { PARTITION_ORDERS, type PartitionOrder, renderPartitions } from "../partition-rows.ts";
import type { PartitionReply } from "../replies.ts";

/** A command that may be about some partitions. */
export function partitionsCommand(name: string, description: string): Command {
  return operatorCommand(name, description).addArgument(
    new Argument("[ids...]", "partitions, such as 0,4 or 0-7; all when left out"),
  );
}

/** The partitions that a command is about. */
export async function namedPartitions(
  run: OperatorRun<object>,
): Promise<readonly PartitionReply[]> {
  const ids = parsePartitionIds(run.parameters);
  const { partitions } = await run.client.call<{ partitions: readonly PartitionReply[] }>(
    "partitions.list",
  );
  return choosePartitions(partitions, ids);
}

/** `stet partitions list` */
export function listPartitionsCommand(environment: OperatorEnvironment): Command {
  const command = partitionsCommand("list", "show every replica of every partition").addOption(
    new Option("--sort <order>", "order of the lines")
      .choices(PARTITION_ORDERS)
      .default("partition"),
  );
  return runs<{ readonly sort: PartitionOrder }>(command, environment, async (run) => {
    const partitions = await namedPartitions(run);
    run.report({ partitions }, () => renderPartitions(partitions, run.options.sort));
    return 0;
  });
}
