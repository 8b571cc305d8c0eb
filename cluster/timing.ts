import type { ClusterLogOptions, ClusterTiming } from "./cluster-options.ts";
import type { ReplicaLimits } from "./multiraft/replica-host.ts";
import type { ControllerSettings } from "./placement/controller.ts";

const PENDING_BYTES_MAX = 32 * 1024 * 1024;
/** The whole node may hold this many times what one group may. */
const NODE_PENDING_FACTOR = 4;
const CHANGES_PER_NODE_MAX = 2;
const BUSY_ROUND_MS = 100;

/** Limits of the node's groups. */
export function raftLimits(
  log: ClusterLogOptions | undefined,
  timing: Partial<ClusterTiming> | undefined,
): Partial<ReplicaLimits> {
  const pendingBytesMax = log?.pendingBytesMax ?? PENDING_BYTES_MAX;
  const { electionTicks, heartbeatTicks } = timing ?? {};
  return {
    pendingBytesMax,
    nodePendingBytesMax: pendingBytesMax * NODE_PENDING_FACTOR,
    ...(electionTicks === undefined ? {} : { electionTicks }),
    ...(heartbeatTicks === undefined ? {} : { heartbeatTicks }),
  };
}

/** Settings of placement, with defaults for what was not given. */
export function controllerSettings(timing: Partial<ClusterTiming> = {}): ControllerSettings {
  return {
    replicaDeadAfterMs: timing.replicaDeadAfterMs ?? 600_000,
    returnCooldownMs: timing.returnCooldownMs ?? 60_000,
    changesPerNodeMax: CHANGES_PER_NODE_MAX,
    provisionWaitMs: timing.provisionWaitMs ?? 5_000,
    roundMs: timing.roundMs ?? 1_000,
    busyRoundMs: BUSY_ROUND_MS,
    leaderBalanceIntervalMs: timing.leaderBalanceIntervalMs ?? 10_000,
  };
}
