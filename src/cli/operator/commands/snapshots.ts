import type { Command } from "commander";
import {
  commandGroup,
  type OperatorEnvironment,
  type OperatorRun,
  operatorCommand,
  runs,
  withRequestTimeout,
} from "../operator-command.ts";
import { OperatorError } from "../operator-error.ts";
import { parseCount, parsePartitionIds } from "../operator-values.ts";
import { renderTable } from "../table.ts";
import { partitionsCommand } from "./list-partitions.ts";

/** One snapshot in the object store, as nodes answer. */
interface SnapshotReply {
  readonly partitionId: number;
  readonly snapshotId: string;
  readonly appliedIndex: number;
  readonly createdAt?: string;
  readonly bytes?: number;
  readonly location?: string;
}

/** Each partition is written to the object store before there is an answer. */
const EXPORT_TIMEOUT = "10m";

/** `stet snapshots` */
export function snapshotsCommands(environment: OperatorEnvironment): Command {
  return commandGroup("snapshots", "snapshots of partitions in an object store", [
    createCommand(environment),
    listCommand(environment),
    restoreCommand(environment),
  ]);
}

function createCommand(environment: OperatorEnvironment): Command {
  const command = withRequestTimeout(
    partitionsCommand("create", "export the present state of partitions"),
    EXPORT_TIMEOUT,
  )
    .alias("create-snapshot")
    .option("--min-lsn <index>", "wait until this index is part of it")
    .option("--trim-log", "cut the log behind it");
  return runs<{ readonly minLsn?: string; readonly trimLog?: true }>(
    command,
    environment,
    async (run) => {
      const { minLsn, trimLog } = run.options;
      const reply = await callStore<{ snapshots: readonly SnapshotReply[] }>(
        run,
        "snapshots.create",
        {
          ...partitionsOf(run.parameters),
          ...(minLsn === undefined
            ? {}
            : { minIndex: parseCount(minLsn, { min: 0, name: "index" }) }),
          ...(trimLog === true ? { trimLog } : {}),
        },
      );
      run.report(reply, () => renderSnapshots(reply.snapshots));
      return 0;
    },
  );
}

function listCommand(environment: OperatorEnvironment): Command {
  const command = partitionsCommand("list", "show the snapshots that can be restored");
  return runs(command, environment, async (run) => {
    const request = partitionsOf(run.parameters);
    const reply = await callStore<{ snapshots: readonly SnapshotReply[] }>(
      run,
      "snapshots.list",
      request,
    );
    run.report(reply, () => renderSnapshots(reply.snapshots));
    return 0;
  });
}

/** Nothing that a running cluster could do: it says how, for those who look for it here. */
function restoreCommand(environment: OperatorEnvironment): Command {
  const command = operatorCommand("restore", "tell how a cluster is restored from snapshots");
  return runs(command, environment, async () => {
    throw new OperatorError(
      "NOT_SUPPORTED",
      "Snapshots are restored into a new cluster. Start one node with an empty data directory, " +
        'the same "worker.snapshots.destination", and "worker.snapshots.restore" = ' +
        '"new-cluster"; ' +
        "let it create the cluster, and the others join",
      2,
    );
  });
}

/** Nodes without an object store do not answer these services. */
async function callStore<T>(
  run: OperatorRun<object>,
  service: string,
  request: object,
): Promise<T> {
  try {
    return await run.client.call<T>(service, request);
  } catch (error) {
    if ((error as { code?: string }).code !== "NOT_SUPPORTED") throw error;
    throw new OperatorError(
      "NOT_SUPPORTED",
      "The node exports no snapshots: it has no worker.snapshots.destination, or is of a version " +
        "without it. Snapshots that replicas send each other need neither that nor a command",
      2,
    );
  }
}

function partitionsOf(parameters: readonly string[]): { readonly partitionIds?: number[] } {
  const partitionIds = parsePartitionIds(parameters);
  return partitionIds.length === 0 ? {} : { partitionIds };
}

function renderSnapshots(snapshots: readonly SnapshotReply[]): string {
  return renderTable(
    ["ID", "SNAPSHOT", "LSN", "CREATED", "BYTES", "LOCATION"],
    snapshots.map(({ partitionId, snapshotId, appliedIndex, createdAt, bytes, location }) => [
      partitionId,
      snapshotId,
      appliedIndex,
      createdAt,
      bytes,
      location,
    ]),
  );
}
