import type { Command } from "commander";
import { Argument } from "commander";
import { resolveNodes } from "../cluster-facts.ts";
import {
  type OperatorEnvironment,
  operatorCommand,
  runs,
  withConfirmation,
} from "../operator-command.ts";
import { OperatorError, usageError } from "../operator-error.ts";
import { formatNode, formatNodes, parsePartitionId } from "../operator-values.ts";
import type { NodeReply, StatusReply } from "../replies.ts";

interface RecoverOptions {
  readonly survivors: readonly string[];
  readonly acceptDataLoss?: true;
}

const PROCEDURE = `
Only after more than half of a partition's replicas are lost for good: their disks are gone. Nodes
that are merely down come back with everything, and no command is needed.

  1. Make sure that the lost nodes never start again with what they had.
  2. "stet metadata status": if the metadata has no leader, stop the survivor with the highest
     LOG-TERM and LAST, and start it once with
     "stet server ... --unsafe-recover-metadata <lost nodes>".
  3. "stet cluster status" names the partitions without a leader. For each of them:
     "stet partitions unsafe-recover <id> --survivors <nodes> --accept-data-loss".
  4. "stet nodes set-storage-state --storage-state gone <lost nodes>", unless step 2 was needed.
     Start new nodes with empty directories; replicas are made on them.

The survivor with the newest log goes on alone. What only the lost replicas had is gone, calls that
were acknowledged among it. The document "unsafe_recoveries" remembers each recovery.`;

interface RecoverReply {
  readonly partitionId: number;
  readonly recoveredFrom: { readonly nodeId: number; readonly lastIndex: number };
}

/** `stet partitions unsafe-recover` */
export function unsafeRecoverCommand(environment: OperatorEnvironment): Command {
  const command = withConfirmation(
    operatorCommand(
      "unsafe-recover",
      "last resort: let survivors of a partition go on after most replicas are lost for good",
    ),
  )
    .addArgument(new Argument("<id>", "the partition"))
    .requiredOption("--survivors <nodes...>", "the nodes that still have a replica, all of them")
    .option("--accept-data-loss", "accept that calls which were acknowledged may be gone")
    .addHelpText("after", PROCEDURE);
  return runs<RecoverOptions>(command, environment, async (run) => {
    const { options, client, terminal } = run;
    const partitionId = parsePartitionId(run.parameters[0] ?? "");
    if (options.acceptDataLoss !== true) {
      throw usageError(
        "What only the lost replicas had is gone afterwards, calls that were acknowledged among " +
          "it. Add --accept-data-loss if the lost nodes will never come back",
      );
    }
    const { nodes, metadata } = await client.call<StatusReply>("cluster.status");
    const survivors = resolveNodes(nodes, options.survivors).map(({ nodeId }) => nodeId);
    if (metadata === undefined) throw withoutMetadata(nodes);
    const lost = nodes.map(({ nodeId }) => nodeId).filter((nodeId) => !survivors.includes(nodeId));
    terminal.note(
      `Partition ${partitionId} goes on with what the longest log of ${formatNodes(survivors)} ` +
        `holds. What is left of it on ${formatNodes(lost)} must not come back meanwhile.`,
    );
    await run.confirm("This cannot be taken back.", String(partitionId));
    const reply = await client.call<RecoverReply>("partitions.unsafeRecover", {
      partitionId,
      survivors,
      acceptDataLoss: true,
    });
    const { nodeId, lastIndex } = reply.recoveredFrom;
    run.report(
      reply,
      `Partition ${partitionId} goes on at ${formatNode(nodeId)}, from index ${lastIndex}. Its ` +
        "other replicas are made anew",
    );
    return 0;
  });
}

/** The table of partitions cannot be changed either, so the metadata comes first. */
function withoutMetadata(nodes: readonly NodeReply[]): OperatorError {
  const lost = nodes.filter(({ isAlive }) => !isAlive).map(({ nodeId }) => nodeId);
  return new OperatorError(
    "METADATA_LOST",
    "The metadata has no leader, and comes first. If most of its nodes are lost for good: stop " +
      'the survivor that "stet metadata status" shows with the highest LOG-TERM and LAST, and ' +
      `start it once with "stet server --unsafe-recover-metadata ${formatNodes(lost)}". Nodes ` +
      "that are named there must never come back with what they had",
  );
}
