import type { Command } from "commander";
import {
  removeNodesCommand,
  storageStateCommand,
  workerStateCommand,
} from "./commands/change-nodes.ts";
import { healthCommand, statusCommand } from "./commands/cluster-status.ts";
import { configCommands } from "./commands/config.ts";
import { drainCommand, undrainCommand } from "./commands/drain-nodes.ts";
import { listNodesCommand } from "./commands/list-nodes.ts";
import { listPartitionsCommand } from "./commands/list-partitions.ts";
import { logsCommands } from "./commands/logs.ts";
import { metadataCommands } from "./commands/metadata.ts";
import { leadershipCommands } from "./commands/partition-leadership.ts";
import { placementCommands } from "./commands/partition-placement.ts";
import { provisionCommand } from "./commands/provision-cluster.ts";
import { snapshotsCommands } from "./commands/snapshots.ts";
import { unsafeRecoverCommand } from "./commands/unsafe-recover.ts";
import { commandGroup, type OperatorEnvironment } from "./operator-command.ts";

/** All commands for operators. Making them is cheap: nothing connects before one runs. */
export function createOperatorCommands(environment: OperatorEnvironment): Command[] {
  return [
    commandGroup("cluster", "create a cluster, see how it is", [
      provisionCommand(environment),
      statusCommand(environment),
      healthCommand(environment),
    ]),
    commandGroup("nodes", "the nodes: list, drain, remove", [
      listNodesCommand(environment),
      drainCommand(environment),
      undrainCommand(environment),
      removeNodesCommand(environment),
      workerStateCommand(environment),
      storageStateCommand(environment),
    ]),
    commandGroup("partitions", "the partitions: replicas, placement, leaders", [
      listPartitionsCommand(environment),
      placementCommands(environment),
      leadershipCommands(environment),
      unsafeRecoverCommand(environment),
    ]),
    logsCommands(environment),
    metadataCommands(environment),
    snapshotsCommands(environment),
    configCommands(environment),
  ];
}
