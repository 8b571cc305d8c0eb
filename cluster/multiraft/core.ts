import { RawNode } from "#raft";
import type { GroupLog } from "../log-store/group-log.ts";
import type { ReplicaHost } from "./replica-host.ts";

/** Makes the core of a replica from its log, which starts behind what is applied. */
export function createCore(
  host: Pick<ReplicaHost, "limits" | "random">,
  log: GroupLog,
  replica: { readonly replicaId: number; readonly applied: number },
): RawNode {
  const { limits, random } = host;
  const { replicaId, applied } = replica;
  log.startFrom(applied);
  return new RawNode({
    id: replicaId,
    storage: log,
    random,
    electionTicks: limits.electionTicks,
    heartbeatTicks: limits.heartbeatTicks,
    applied,
    asyncStorageWrites: true,
    appendBytesMax: limits.messageBytesMax,
    applyingBytesMax: limits.applyingBytesMax,
    disableProposalForwarding: true,
    stepDownOnRemoval: true,
  });
}
