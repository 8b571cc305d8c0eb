import { ClusterError } from "#base/cluster-error";
import type { PartitionReplica } from "#partitioning";
import { editDocument } from "./metadata/edit-document.ts";
import type { MetadataDocument } from "./metadata/metadata.ts";
import type { OperatorOptions } from "./operator-services.ts";
import { collectReports, encodeJson, RECOVER_ALONE_SERVICE } from "./placement/controller.ts";
import type { NodeReport } from "./placement/node-report.ts";
import { withFreshReplica } from "./placement/placement-table.ts";
import {
  checkHolds,
  editPartition,
  idOf,
  type JsonRequest,
  partitionIn,
  readTable,
} from "./table-editor.ts";

const CALL_TIMEOUT_MS = 3_000;
/** Name of the document that remembers unsafe recoveries. */
const RECOVERIES_DOCUMENT = "unsafe_recoveries";

/** Operators' calls for replicas that are spoilt or lost. */
export class OperatorRecovery {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  /**
   * Replaces a replica by an empty one on the same node, which fetches everything anew.
   *
   * @throws ClusterError `CONFLICT` when the others are too few, or already changing
   */
  async rebuild(request: JsonRequest): Promise<unknown> {
    const partitionId = idOf(request, "partitionId");
    const nodeId = idOf(request, "nodeId");
    const { cluster } = this.#options;
    const living = new Set(
      cluster.membership
        .nodes()
        .filter(({ isAlive }) => isAlive)
        .map((node) => node.nodeId),
    );
    return editPartition(cluster.metadata, partitionId, (partition) => {
      checkHolds(partition, nodeId);
      const { replicas, leaving } = partition;
      const others = replicas.filter(
        (other) => other.nodeId !== nodeId && living.has(other.nodeId),
      );
      if (leaving.length === 0 && others.length > replicas.length / 2) {
        return withFreshReplica(partition, nodeId);
      }
      throw new ClusterError(
        "CONFLICT",
        `Partition ${partitionId} cannot spare its replica on node ${nodeId} now`,
      );
    });
  }

  /**
   * Last resort after a majority of a partition's replicas is lost for good: the surviving replica
   * with the longest log goes on alone, and others are made anew from it.
   *
   * Replicas on lost nodes must not come back before they have seen the new table: should a
   * majority of the old ones find together first, there are two histories.
   *
   * @throws ClusterError `CONFLICT` while a majority is reachable, `INVALID_REQUEST` without
   *         consent
   */
  async unsafeRecover(request: JsonRequest): Promise<unknown> {
    const { cluster } = this.#options;
    const partitionId = idOf(request, "partitionId");
    if (request["acceptDataLoss"] !== true) {
      throw new ClusterError("INVALID_REQUEST", 'Nothing is done without "acceptDataLoss": true');
    }
    const { replicas } = partitionIn(await readTable(cluster.metadata), partitionId);
    const survivors = survivorsOf(partitionId, replicas, await collectReports(cluster));
    checkNames(request["survivors"], survivors);
    if (survivors.length > replicas.length / 2) {
      throw new ClusterError("CONFLICT", `A majority of partition ${partitionId} is reachable`);
    }
    const { nodeId: wanted } = request;
    const best = survivors.find(({ nodeId }) => wanted === undefined || nodeId === wanted);
    if (best === undefined) {
      throw new ClusterError("NODE_UNREACHABLE", `No replica of partition ${partitionId} answers`);
    }
    await editPartition(cluster.metadata, partitionId, (partition) => ({
      ...partition,
      replicas: replicas.filter(({ nodeId }) => nodeId === best.nodeId),
      leaving: [],
    }));
    await editDocument(cluster.metadata, RECOVERIES_DOCUMENT, (document) =>
      appendRecovery(document, { partitionId, ...best, lost: replicas.length - 1 }),
    );
    const target = { nodeId: best.nodeId, service: RECOVER_ALONE_SERVICE };
    await cluster.calls.call(target, encodeJson({ partitionId }), { timeoutMs: CALL_TIMEOUT_MS });
    return { partitionId, survivors, recoveredFrom: best };
  }
}

interface Survivor {
  readonly nodeId: number;
  readonly replicaId: number;
  readonly lastTerm: number;
  readonly lastIndex: number;
}

/** Replicas that answer, the one with the most to tell first. */
function survivorsOf(
  partitionId: number,
  replicas: readonly PartitionReplica[],
  reports: readonly NodeReport[],
): Survivor[] {
  const found = reports.flatMap(({ nodeId, replicas: running }) =>
    running
      .filter((replica) => replica.partitionId === partitionId && !replica.isStopped)
      .filter(({ replicaId }) => replicas.some((replica) => replica.replicaId === replicaId))
      .map(({ replicaId, lastTerm, lastIndex }) => ({ nodeId, replicaId, lastTerm, lastIndex })),
  );
  // As in an election: of all logs that survive, only the newest has all that was committed. A
  // longer one of an older term may be the rest of a leader that had been cut off.
  return found.sort(
    (left, right) => right.lastTerm - left.lastTerm || right.lastIndex - left.lastIndex,
  );
}

/** Refuses a list of survivors that is not the list of those that answer. */
function checkNames(names: unknown, survivors: readonly Survivor[]): void {
  if (!Array.isArray(names)) return;
  const missing = names.find((name) => survivors.every(({ nodeId }) => nodeId !== name));
  if (missing !== undefined) {
    throw new ClusterError("NODE_UNREACHABLE", `No replica answers on node ${missing}`);
  }
  const unnamed = survivors.find(({ nodeId }) => !names.includes(nodeId));
  if (unnamed === undefined) return;
  const text = `Node ${unnamed.nodeId} has a replica, too: name all survivors`;
  throw new ClusterError("CONFLICT", text, { details: { ...unnamed } });
}

/** The record of what was given up, one JSON line each. */
function appendRecovery(document: MetadataDocument | undefined, recovery: object): Uint8Array {
  const before = document === undefined ? "" : new TextDecoder().decode(document.contents);
  return new TextEncoder().encode(`${before}${JSON.stringify(recovery)}\n`);
}
