import type { Command } from "commander";
import {
  type OperatorEnvironment,
  type OperatorRun,
  operatorCommand,
  runs,
  withConfirmation,
  withRequestTimeout,
} from "../operator-command.ts";
import { type ExitCode, OperatorError } from "../operator-error.ts";
import {
  formatReplication,
  parseCount,
  parseReplication,
  type Replication,
} from "../operator-values.ts";
import type { ConfigReply } from "../replies.ts";
import { renderTable } from "../table.ts";

interface ProvisionOptions {
  readonly numPartitions?: string;
  readonly replication?: string;
  readonly dryRun?: true;
}

interface ProvisionReply {
  readonly settings: Replication & {
    readonly partitionCount: number;
    readonly expectedNodes: number;
  };
  readonly nodeId?: number;
  readonly clusterFingerprint?: string;
}

/** A cluster that starts with snapshots fetches them first. */
const CREATE_TIMEOUT = "10m";

/** `stet cluster provision` */
export function provisionCommand(environment: OperatorEnvironment): Command {
  const command = withRequestTimeout(
    withConfirmation(operatorCommand("provision", "create a cluster on a node that waits for one")),
    CREATE_TIMEOUT,
  )
    .option("-n, --num-partitions <count>", "partitions, fixed from then on")
    .option("-r, --replication <copies>", 'durable copies: 2, or "{zone: 2, node: 3}"')
    .option("--dry-run", "only show what would be created");
  return runs<ProvisionOptions>(command, environment, provision);
}

async function provision(run: OperatorRun<ProvisionOptions>): Promise<ExitCode> {
  const { client, options } = run;
  const request = requestOf(options);
  const { address, isMember } = await client.connect();
  if (isMember) return reportExisting(run, request);
  const planned = await client.callAt<ProvisionReply>(address, "cluster.provision", {
    ...request,
    isDryRun: true,
  });
  if (options.dryRun === true) {
    run.report(planned, () => renderSettings(planned));
    return 0;
  }
  await run.confirm(
    `A new cluster is created on ${address}:\n${renderSettings(planned)}\n` +
      "The number of partitions cannot be changed later.",
  );
  const created = await client.callAt<ProvisionReply>(address, "cluster.provision", request);
  const { nodeId, clusterFingerprint } = created;
  run.report(created, () => {
    const who = `Cluster ${clusterFingerprint} was created by node N${nodeId}.`;
    return `${who}\n${renderSettings(created)}\nNodes that know its address join by themselves.`;
  });
  return 0;
}

/** Provisioning twice is no failure, unless something else was asked for than what is there. */
async function reportExisting(
  run: OperatorRun<ProvisionOptions>,
  request: ReturnType<typeof requestOf>,
): Promise<ExitCode> {
  const config = await run.client.call<ConfigReply>("config.get");
  const { partitionCount, replication } = config;
  const isOther =
    (request.partitionCount ?? partitionCount) !== partitionCount ||
    (request.nodeCopies ?? replication.nodeCopies) !== replication.nodeCopies ||
    (request.zoneCopies ?? replication.zoneCopies) !== replication.zoneCopies;
  const present = `${partitionCount} partitions and replication ${formatReplication(replication)}`;
  if (isOther) {
    const text = `The cluster exists already, with ${present}. "stet config set" changes copies`;
    throw new OperatorError("ALREADY_PROVISIONED", text);
  }
  run.report(
    { settings: { partitionCount, ...replication }, isNew: false },
    `The cluster exists already, with ${present}.`,
  );
  return 0;
}

function requestOf({ numPartitions, replication }: ProvisionOptions): Partial<Replication> & {
  readonly partitionCount?: number;
} {
  const counts = { min: 1, name: "number of partitions" };
  return {
    ...(numPartitions === undefined ? {} : { partitionCount: parseCount(numPartitions, counts) }),
    ...(replication === undefined ? {} : parseReplication(replication)),
  };
}

function renderSettings({ settings }: ProvisionReply): string {
  const { partitionCount, expectedNodes } = settings;
  return renderTable(
    ["PARTITIONS", "REPLICATION", "EXPECTED-NODES"],
    [[partitionCount, formatReplication(settings), expectedNodes]],
  );
}
