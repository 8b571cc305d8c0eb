import type { ScheduledCall, Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { PartitionReplica } from "#partitioning";
import { EMPTY_CONF_STATE } from "#raft";
import type { MultiRaft } from "../multiraft/multi-raft.ts";
import type { PartitionLog } from "../multiraft/partition-log.ts";
import type { Replica } from "../multiraft/replica.ts";
import type { StateMachine } from "../multiraft/state-machine.ts";
import { allReplicas, type PartitionPlacement, type PlacementTable } from "./placement-table.ts";

/** What the keeper of a node's replicas needs. */
export interface ReplicaKeeperOptions {
  readonly nodeId: number;
  readonly multiRaft: MultiRaft;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** True when the directory held groups before this start, so that rows may be left over. */
  readonly hasHistory: boolean;
  /** Where the log of a new group starts: behind an image that is staged here. */
  seedOf?(partitionId: number): { readonly index: number; readonly term: number } | undefined;
  createStateMachine(partitionId: number, log: PartitionLog): Promise<StateMachine>;
  /** Deletes everything that a state machine of the partition has stored. */
  dropStateMachine(partitionId: number): Promise<void>;
  /** Called after replicas came or went. */
  onChange(): void;
}

/** Group of a partition; group zero is the metadata's. */
export function groupOf(partitionId: number): number {
  return partitionId + 1;
}

const RETRY_MS = 2_000;

/**
 * Runs on this node the replicas that the partition table places here, and no others.
 *
 * Rows of a replica are deleted before a new one of the same partition starts, and after its log is
 * gone: whenever the process ends in between, what is left of the old one is deleted later.
 */
export class ReplicaKeeper {
  readonly #options: ReplicaKeeperOptions;
  readonly #running = new Map<number, Replica>();
  #wanted: PlacementTable | undefined;
  #isConfirmed = false;
  #working: Promise<void> | undefined;
  #retry: ScheduledCall | undefined;
  #isClosed = false;

  constructor(options: ReplicaKeeperOptions) {
    this.#options = options;
  }

  /** Running replicas by ascending partition. */
  replicas(): readonly Replica[] {
    return [...this.#running.values()].sort((left, right) => left.group - right.group);
  }

  /**
   * Starts and destroys replicas until they are what the table says; resolves when they are.
   *
   * @param isConfirmed the table is not older than the start of this process: only then is a log
   *                    that nobody wants known to be a leftover
   * @throws the first failure; it is tried again later, too
   */
  follow(table: PlacementTable, isConfirmed: boolean): Promise<void> {
    this.#wanted = table;
    this.#isConfirmed ||= isConfirmed;
    this.#working = (this.#working ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.#reconcile());
    return this.#working;
  }

  /**
   * Makes this node's replica of a partition the only member of its group, whatever the others
   * have: what they know and this one does not is lost.
   *
   * @throws ClusterError `PARTITION_UNKNOWN` when it does not run here
   */
  recoverAlone(partitionId: number): Promise<void> {
    const work = (this.#working ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.#recoverAlone(partitionId));
    this.#working = work;
    return work;
  }

  /** Starts nothing more; resolves when what was under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
    await this.#working?.catch(() => undefined);
  }

  async #reconcile(): Promise<void> {
    const table = this.#wanted;
    if (table === undefined || this.#isClosed) return;
    this.#retry?.cancel();
    const before = [...this.#running.values()];
    try {
      const results = await Promise.allSettled(
        table.partitions.map((partition) => this.#reconcilePartition(partition)),
      );
      const failed = results.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
      if (this.#isConfirmed) await this.#dropStrangers(table);
    } catch (error) {
      if (this.#isClosed) return;
      this.#options.logger.error("A replica could not be started or removed", { error });
      this.#retry = this.#options.scheduler.after(RETRY_MS, () => {
        this.follow(table, false).catch(() => undefined);
      });
      throw error;
    } finally {
      const after = [...this.#running.values()];
      const isSame = before.length === after.length && before.every((one) => after.includes(one));
      if (!isSame && !this.#isClosed) this.#options.onChange();
    }
  }

  async #reconcilePartition(partition: PartitionPlacement): Promise<void> {
    const { partitionId } = partition;
    const own = ownReplica(partition, this.#options.nodeId);
    const running = this.#running.get(partitionId);
    if (running !== undefined && running.replicaId !== own?.replicaId) {
      await this.#destroy(partitionId, running);
    }
    if (own === undefined || this.#running.has(partitionId) || this.#isClosed) return;
    await this.#start(partition, own.replicaId);
  }

  async #start(partition: PartitionPlacement, replicaId: number): Promise<void> {
    const { multiRaft, hasHistory, logger } = this.#options;
    const { partitionId, initialVoters } = partition;
    const group = groupOf(partitionId);
    const { store } = multiRaft;
    // The table is older than what was done here before.
    if (store.destroyedReplica(group) >= replicaId) return;
    const known = store.has(group) ? store.group(group).replicaId : undefined;
    if (known !== undefined && known !== 0 && known !== replicaId) {
      if (known > replicaId) return;
      await this.#destroyStored(partitionId, known);
    }
    const isNew = !store.has(group);
    const isFounder = initialVoters.includes(replicaId);
    if (isNew && (hasHistory || !isFounder)) await this.#options.dropStateMachine(partitionId);
    if (this.#isClosed) return;
    const voters = isFounder ? initialVoters : [];
    const replica = multiRaft.addReplica(group, replicaId, { ...EMPTY_CONF_STATE, voters });
    const seed = isNew && isFounder ? this.#options.seedOf?.(partitionId) : undefined;
    if (seed !== undefined) await multiRaft.beginBehind(replica, seed);
    const machine = await this.#createMachine(replica);
    if (this.#isClosed) return;
    this.#running.set(partitionId, replica);
    if (isNew) logger.debug("A replica starts empty", { partitionId, replicaId });
    replica.start(machine);
  }

  async #createMachine(replica: Replica): Promise<StateMachine> {
    try {
      return await this.#options.createStateMachine(replica.partitionId, replica);
    } catch (error) {
      await replica.stop();
      this.#options.multiRaft.removeReplica(replica);
      throw error;
    }
  }

  async #recoverAlone(partitionId: number): Promise<void> {
    const { multiRaft, logger } = this.#options;
    const running = this.#running.get(partitionId);
    if (running === undefined) {
      throw new ClusterError("PARTITION_UNKNOWN", `Partition ${partitionId} has no replica here`);
    }
    const { group, replicaId } = running;
    this.#running.delete(partitionId);
    await running.stop();
    multiRaft.removeReplica(running);
    const replica = multiRaft.addReplica(group, replicaId, EMPTY_CONF_STATE);
    const machine = await this.#createMachine(replica);
    if (this.#isClosed) return;
    const alone = { ...EMPTY_CONF_STATE, voters: [replicaId] };
    multiRaft.store.saveConfiguration(replica.log, machine.appliedIndex, alone);
    this.#running.set(partitionId, replica);
    logger.warn("A replica goes on alone; what only others had is lost", {
      partitionId,
      replicaId,
      appliedIndex: machine.appliedIndex,
    });
    replica.start(machine);
  }

  async #destroy(partitionId: number, replica: Replica): Promise<void> {
    const { replicaId } = replica;
    this.#options.logger.info("A replica leaves this node", { partitionId, replicaId });
    this.#running.delete(partitionId);
    await replica.destroy();
    await this.#options.dropStateMachine(partitionId);
  }

  /** Removes a log that is there although its replica does not run. */
  async #destroyStored(partitionId: number, replicaId: number): Promise<void> {
    const { multiRaft } = this.#options;
    const replica = multiRaft.addReplica(groupOf(partitionId), replicaId, EMPTY_CONF_STATE);
    await replica.destroy();
    await this.#options.dropStateMachine(partitionId);
  }

  /** Removes logs of replicas that the table does not have any more. */
  async #dropStrangers(table: PlacementTable): Promise<void> {
    const { multiRaft, nodeId, logger } = this.#options;
    for (const partition of table.partitions) {
      const { partitionId } = partition;
      const group = groupOf(partitionId);
      if (this.#running.has(partitionId) || !multiRaft.store.has(group)) continue;
      if (allReplicas(partition).some((replica) => replica.nodeId === nodeId)) continue;
      const { replicaId } = multiRaft.store.group(group);
      logger.info("A replica left this node while it was down", { partitionId, replicaId });
      await this.#destroyStored(partitionId, replicaId);
    }
  }
}

/** The newest replica of a partition that is placed on a node: an older one is to be replaced. */
function ownReplica(partition: PartitionPlacement, nodeId: number): PartitionReplica | undefined {
  return allReplicas(partition)
    .filter((replica) => replica.nodeId === nodeId)
    .reduce<PartitionReplica | undefined>(
      (newest, replica) =>
        newest === undefined || replica.replicaId > newest.replicaId ? replica : newest,
      undefined,
    );
}
