import type { Command } from "commander";
import { Argument } from "commander";
import {
  commandGroup,
  type OperatorEnvironment,
  type OperatorRun,
  operatorCommand,
  runs,
  withConfirmation,
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
  readonly path?: string;
}

/** `stet snapshots` */
export function snapshotsCommands(environment: OperatorEnvironment): Command {
  return commandGroup("snapshots", "snapshots of partitions in an object store", [
    createCommand(environment),
    listCommand(environment),
    restoreCommand(environment),
  ]);
}

function createCommand(environment: OperatorEnvironment): Command {
  const command = partitionsCommand("create", "export the present state of partitions")
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

function restoreCommand(environment: OperatorEnvironment): Command {
  const command = withConfirmation(
    operatorCommand("restore", "replace the state of a partition by a snapshot"),
  )
    .addArgument(new Argument("<id>", "the partition"))
    .option("--snapshot <id>", "the newest when left out");
  return runs<{ readonly snapshot?: string }>(command, environment, async (run) => {
    const [partitionId] = parsePartitionIds(run.parameters);
    await run.confirm(`The state of partition ${partitionId} is replaced.`, String(partitionId));
    const snapshotId = run.options.snapshot;
    const reply = await callStore<object>(run, "snapshots.restore", { partitionId, snapshotId });
    run.report(reply, `Partition ${partitionId} was restored`);
    return 0;
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
      "The nodes do not export snapshots to an object store. Replicas send each other snapshots " +
        "by themselves, which needs no command",
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
    ["ID", "SNAPSHOT", "LSN", "CREATED", "BYTES", "PATH"],
    snapshots.map(({ partitionId, snapshotId, appliedIndex, createdAt, bytes, path }) => [
      partitionId,
      snapshotId,
      appliedIndex,
      createdAt,
      bytes,
      path,
    ]),
  );
}
