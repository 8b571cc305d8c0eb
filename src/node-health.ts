/** What the node says about its health. */
import type { Cluster } from "#cluster";

/** Something that keeps the node from doing all of its work. */
export interface HealthProblem {
  readonly component: "log" | "metadata" | "partition";
  /** Set for partitions. */
  readonly partition_id?: number;
  readonly code: "STORAGE_FULL" | "STORAGE_FAILED" | "STOPPED_BY_DEFECT";
  readonly message: string;
}

/** The answer of `/health`, in the words of the original, with the problems beside them. */
export interface NodeHealth {
  readonly status: "StartingUp" | "Alive" | "ShuttingDown";
  /** Such as `N1:2`: node and incarnation. */
  readonly node_id: string | null;
  readonly cluster_name: string;
  readonly roles: readonly string[];
  /** Such as `8s 975ms`. */
  readonly age: string;
  readonly admin_status: string;
  readonly worker_status: string;
  readonly log_server_status: string;
  readonly metadata_server_status: string;
  readonly partition_table_version: number;
  readonly problems: readonly HealthProblem[];
}

/** What of a node its health is read from. */
export interface HealthSources {
  readonly cluster: Pick<Cluster, "groups" | "membership" | "storageState" | "table">;
  readonly roles: readonly string[];
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly isStopping: boolean;
}

const METADATA_GROUP = 0;
const READY = "Ready";
const DEGRADED = "Degraded";

/** Health of a node that belongs to no cluster yet, or has not opened its partitions. */
export function startingHealth({
  clusterName,
  roles,
  startedAtMs,
  nowMs,
}: Pick<HealthSources, "roles" | "startedAtMs" | "nowMs"> & {
  readonly clusterName: string;
}): NodeHealth {
  return {
    status: "StartingUp",
    node_id: null,
    cluster_name: clusterName,
    roles,
    age: printAge(nowMs - startedAtMs),
    admin_status: "StartingUp",
    worker_status: "StartingUp",
    log_server_status: "StartingUp",
    metadata_server_status: "AwaitingProvisioning",
    partition_table_version: 0,
    problems: [],
  };
}

/** Reads the health of a node; cheap enough for a probe every second. */
export function readHealth(sources: HealthSources): NodeHealth {
  const { cluster, roles, isStopping } = sources;
  const { self, clusterName } = cluster.membership;
  const problems = [...storageProblems(cluster.storageState), ...groupProblems(cluster)];
  const isAffected = (component: HealthProblem["component"]): boolean =>
    problems.some((problem) => problem.component === component);
  return {
    status: isStopping ? "ShuttingDown" : "Alive",
    node_id: `N${self.nodeId}:${self.generation}`,
    cluster_name: clusterName,
    roles,
    age: printAge(sources.nowMs - sources.startedAtMs),
    admin_status: READY,
    worker_status: isAffected("partition") ? DEGRADED : READY,
    log_server_status: isAffected("log") ? DEGRADED : READY,
    metadata_server_status: isAffected("metadata") ? DEGRADED : "Member",
    partition_table_version: cluster.table.version,
    problems,
  };
}

function storageProblems(state: Cluster["storageState"]): HealthProblem[] {
  if (state === "ready") return [];
  const component = "log";
  if (state === "disk-full") {
    const message = "The disk below the log is full: nothing is accepted until there is space";
    return [{ component, code: "STORAGE_FULL", message }];
  }
  return [{ component, code: "STORAGE_FAILED", message: "The log cannot be written any more" }];
}

function groupProblems(cluster: Pick<Cluster, "groups">): HealthProblem[] {
  return cluster.groups().flatMap(({ group, failure }): HealthProblem[] => {
    if (failure === undefined) return [];
    const code = "STOPPED_BY_DEFECT";
    const message = `Stopped on this node until it restarts: ${failure.message}`;
    if (group === METADATA_GROUP) return [{ component: "metadata", code, message }];
    return [{ component: "partition", partition_id: group - 1, code, message }];
  });
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

function printAge(durationMs: number): string {
  let rest = Math.max(0, Math.round(durationMs));
  const parts: string[] = [];
  for (const [unit, lengthMs] of UNITS) {
    const count = Math.floor(rest / lengthMs);
    rest -= count * lengthMs;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  if (rest > 0 || parts.length === 0) parts.push(`${rest}ms`);
  return parts.join(" ");
}
