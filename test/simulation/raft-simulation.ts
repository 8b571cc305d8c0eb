import type { Logger } from "#base/logger";
import { type ConfChangeOperation, type ConfState, EMPTY_BYTES } from "#raft";
import type { Replica } from "../../cluster/multiraft/replica.ts";
import { RaftCluster } from "./raft-cluster.ts";
import type { SimRandom } from "./sim-random.ts";
import { SimWorld } from "./sim-world.ts";

/** What a run amounted to, to see that runs are worth something. */
export interface SimulationReport {
  readonly seed: number;
  readonly records: number;
  readonly leaderships: number;
  readonly snapshots: number;
  readonly membershipChanges: number;
  readonly crashes: number;
  readonly readsAnswered: number;
  readonly events: number;
  /** Equal for two runs of the same seed. */
  readonly trace: number;
}

const NODE_IDS = [1, 2, 3, 4, 5];
const GROUPS = [1, 2];
const ACTIONS = 220;
const SETTLE_MS = 120_000;
/** Members that a group keeps, so that it is worth something. */
const VOTERS_MIN = 2;
const CHECKED_BACK = 30;

/**
 * A random run: crashes that lose and tear writes, restarts, frozen processes, cuts in one or both
 * directions, lost, doubled and overtaking messages, slow and full disks, compaction, membership
 * changes, transfers. The model checks while it runs; at the end faults stop and every group has to
 * settle on one history, and then to rest.
 *
 * Excluded: bits that flip (a node cannot tell a damaged last write from a torn one), disks that
 * lie about what is durable, and clocks (nothing here reads the wall clock).
 */
export class RaftSimulation {
  readonly #seed: number;
  readonly #world: SimWorld;
  readonly #random: SimRandom;
  readonly #cluster: RaftCluster;
  readonly #errors: string[] = [];
  /** Replicas that have been members, as `group/replica`. */
  readonly #wasMember = new Set<string>();
  #proposed = 0;
  #nextReplica = 100;
  #crashes = 0;
  #changes = 0;
  #readsAnswered = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#world = new SimWorld(seed);
    this.#random = this.#world.random.fork();
    this.#cluster = new RaftCluster(this.#world, {
      nodeIds: NODE_IDS,
      restoreChunkMs: this.#random.between(1, 60),
      applyMsMax: this.#random.pick([3, 3, 100, 1500]),
      segmentBytes: this.#random.pick([8, 16, 64]) * 1024,
      logger: this.#logger(),
      limits: {
        keptTailBytes: this.#random.pick([0, 1024, 8192]),
        messageBytesMax: this.#random.pick([500, 4096, 1024 * 1024]),
        applyingBytesMax: this.#random.pick([200, 4096, 1024 * 1024]),
        quietTicks: this.#random.pick([0, 2, 10]),
      },
    });
  }

  /** Runs to the end; throws on the first violation. */
  async run(): Promise<SimulationReport> {
    for (const group of GROUPS) {
      const size = this.#random.pick([1, 3, 3, 5]);
      this.#cluster.declareGroup(group, this.#shuffled(NODE_IDS).slice(0, size));
    }
    await this.#cluster.startAll();
    for (let i = 0; i < ACTIONS; i++) {
      await this.#act();
      await this.#world.runFor(this.#random.between(1, 200));
      this.#check();
    }
    await this.#settle();
    return this.#report();
  }

  async #act(): Promise<void> {
    const action = this.#random.nextBelow(100);
    if (action < 40) this.#propose();
    else if (action < 50) this.#read();
    else if (action < 60) this.#compact();
    else if (action < 72) this.#changeMembers(this.#random.pick(GROUPS));
    else if (action < 76) this.#transfer();
    else if (action < 84) await this.#restartOrCrash();
    else if (action < 92) this.#disturbNetwork();
    else if (action < 96) this.#disturbDisk();
    else this.#freezeOrThaw();
  }

  #propose(): void {
    const group = this.#random.pick(GROUPS);
    // Whoever believes to lead takes proposals.
    const believers = this.#replicas(group).filter((replica) => replica.isLeader);
    if (believers.length === 0) return;
    const replica = this.#random.pick(believers);
    for (let i = this.#random.between(1, 8); i > 0; i--) {
      const text = `${group}:${this.#proposed++}`.padEnd(this.#random.between(10, 400), ".");
      replica.propose(new TextEncoder().encode(text));
    }
  }

  #read(): void {
    const group = this.#random.pick(GROUPS);
    const replicas = this.#replicas(group);
    if (replicas.length === 0) return;
    const floor = this.#cluster.model.lastApplied(group);
    const reading = this.#random.pick(replicas).readIndex();
    reading.then(
      (index) => {
        this.#readsAnswered++;
        if (index < floor) this.#errors.push(`A read of group ${group} saw ${index} < ${floor}`);
      },
      () => undefined,
    );
  }

  #compact(): void {
    for (const { multiRaft, machines } of this.#cluster.nodes.values()) {
      for (const [group, machine] of machines) {
        const replica = multiRaft.replica(group);
        if (replica === undefined || this.#random.oneIn(2)) continue;
        machine.flush().then(
          (index) => (replica.isStopped ? undefined : replica.compact(index)),
          () => undefined,
        );
      }
    }
  }

  /** Takes one step of a random change: a new learner, a promotion, a swap, a removal. */
  #changeMembers(group: number): void {
    const leader = this.#cluster.leader(group);
    if (leader === undefined) return;
    const { confState, applied, commit } = leader.status();
    const isBusy = confState.votersOutgoing.length > 0 || applied !== commit;
    if (isBusy) return;
    if (this.#random.oneIn(2)) this.#destroyRemoved(group, confState);
    const operations = this.#operations(group, confState);
    if (operations.length === 0) return;
    const transition = this.#random.pick(["auto", "implicit"] as const);
    const change = { version: 2, transition, operations, context: EMPTY_BYTES } as const;
    if (leader.proposeConfChange(change) === "accepted") this.#changes++;
  }

  #operations(group: number, { voters, learners }: ConfState): ConfChangeOperation[] {
    const learner = learners[0];
    const kind = this.#random.nextBelow(3);
    if (learner === undefined) {
      if (kind === 0 && voters.length > VOTERS_MIN) {
        return [{ kind: "remove", nodeId: this.#random.pick(voters) }];
      }
      const joined = this.#join(group, new Set([...voters, ...learners]));
      return joined === undefined ? [] : [{ kind: "add-learner", nodeId: joined }];
    }
    if (kind === 0) return [{ kind: "remove", nodeId: learner }];
    const promotion: ConfChangeOperation = { kind: "add-voter", nodeId: learner };
    if (kind === 1 || voters.length <= VOTERS_MIN) return [promotion];
    return [promotion, { kind: "remove", nodeId: this.#random.pick(voters) }];
  }

  /** A replica that is no member: one that was created and never became one, or a new one. */
  #join(group: number, members: ReadonlySet<number>): number | undefined {
    for (const [replicaId, nodeId] of this.#cluster.holders(group)) {
      const isRunning = this.#cluster.nodes.get(nodeId)?.multiRaft.replica(group) !== undefined;
      const wasMember = this.#wasMember.has(`${group}/${replicaId}`) || members.has(replicaId);
      if (isRunning && !wasMember) return replicaId;
    }
    const taken = new Set(this.#cluster.holders(group).values());
    const free = [...this.#cluster.nodes.values()].filter(({ nodeId }) => !taken.has(nodeId));
    if (free.length === 0) return undefined;
    const replicaId = this.#nextReplica++;
    this.#cluster.joinReplica(group, replicaId, this.#random.pick(free).nodeId);
    return replicaId;
  }

  /** What the group has decided to do without goes; who has not heard of it is told by this. */
  #destroyRemoved(group: number, { voters, learners }: ConfState): void {
    for (const id of [...voters, ...learners]) this.#wasMember.add(`${group}/${id}`);
    for (const [replicaId, nodeId] of this.#cluster.holders(group)) {
      if (voters.includes(replicaId) || learners.includes(replicaId)) continue;
      // One that has just been created waits to be made a member.
      if (!this.#wasMember.has(`${group}/${replicaId}`)) continue;
      const replica = this.#cluster.nodes.get(nodeId)?.multiRaft.replica(group);
      if (replica?.replicaId !== replicaId || replica.isStopped) continue;
      this.#cluster.destroyReplica(group, nodeId).catch((error: unknown) => {
        this.#errors.push(String(error));
      });
    }
  }

  #transfer(): void {
    const replicas = this.#replicas(this.#random.pick(GROUPS));
    if (replicas.length > 0) {
      this.#random.pick(replicas).transferLeadership(this.#random.pick(NODE_IDS));
    }
  }

  async #restartOrCrash(): Promise<void> {
    const down = NODE_IDS.filter((id) => !this.#cluster.nodes.has(id));
    if (down.length > 0 && (down.length > 2 || this.#random.oneIn(2))) {
      await this.#cluster.start(this.#random.pick(down));
      return;
    }
    this.#crashes++;
    this.#cluster.crash(this.#random.pick([...this.#cluster.nodes.keys()]));
  }

  #disturbNetwork(): void {
    const { network } = this.#cluster;
    const kind = this.#random.nextBelow(5);
    if (kind === 0) network.heal();
    else if (kind === 1) {
      const nodes = this.#shuffled(NODE_IDS);
      const size = this.#random.between(1, 2);
      network.partition(nodes.slice(0, size), nodes.slice(size));
    } else if (kind === 2) {
      network.cut(this.#random.pick(NODE_IDS), this.#random.pick(NODE_IDS));
    } else if (kind === 3) {
      network.faults.lossOneIn = this.#random.pick([0, 4, 20]);
      network.faults.duplicateOneIn = this.#random.pick([0, 4, 20]);
    } else
      network.faults.delayMs = this.#random.pick([
        [0.1, 1],
        [0.1, 50],
        [5, 300],
      ] as const);
  }

  #disturbDisk(): void {
    const disks = this.#cluster.disksOf(this.#random.pick(NODE_IDS));
    const disk = this.#random.oneIn(2) ? disks.log : disks.snapshots;
    disk.faults.isFull = this.#random.oneIn(3);
    disk.faults.latencyMs = this.#random.pick([
      [0.05, 0.3],
      [0.1, 20],
      [10, 200],
    ] as const);
  }

  #freezeOrThaw(): void {
    const nodeId = this.#random.pick(NODE_IDS);
    if (this.#random.oneIn(2)) this.#cluster.freeze(nodeId);
    else for (const id of NODE_IDS) this.#cluster.thaw(id);
  }

  #check(): void {
    for (const failure of this.#cluster.failures) this.#errors.push(String(failure));
    if (this.#errors.length > 0) throw new Error(this.#errors.join("\n"));
    for (const group of GROUPS) this.#checkLogs(group);
  }

  /** Log matching: committed entries are the same wherever they are. */
  #checkLogs(group: number): void {
    const terms = new Map<number, number>();
    for (const replica of this.#replicas(group)) {
      const { commit, lastIndex } = replica.status();
      const last = Math.min(commit, lastIndex, replica.log.lastIndex());
      const first = Math.max(replica.log.firstIndex(), last - CHECKED_BACK);
      for (let index = first; index <= last; index++) {
        const term = replica.log.term(index);
        if (typeof term !== "number") continue;
        const known = terms.get(index) ?? term;
        if (known !== term) {
          throw new Error(`Group ${group} has terms ${known} and ${term} at ${index}`);
        }
        terms.set(index, term);
      }
    }
  }

  /** Without faults every group gets a leader, and all its members one history; then it rests. */
  async #settle(): Promise<void> {
    const { network, model } = this.#cluster;
    Object.assign(network.faults, { lossOneIn: 0, duplicateOneIn: 0, delayMs: [0.1, 1] });
    network.heal();
    for (const nodeId of NODE_IDS) {
      const { log, snapshots } = this.#cluster.disksOf(nodeId);
      for (const disk of [log, snapshots]) {
        Object.assign(disk.faults, { isFull: false, latencyMs: [0.05, 0.3] });
      }
      this.#cluster.thaw(nodeId);
      if (!this.#cluster.nodes.has(nodeId)) await this.#cluster.start(nodeId);
    }
    for (const group of GROUPS) {
      await this.#settleGroup(group);
      this.#check();
      for (const { machines } of this.#members(group)) {
        const machine = machines.get(group);
        if (machine !== undefined) model.checkRecords(group, machine.records, machine.appliedIndex);
      }
    }
    await this.#rest();
  }

  async #settleGroup(group: number): Promise<void> {
    const text = `final-${group}`;
    const endMs = this.#world.nowMs + SETTLE_MS;
    let proposedAtMs = Number.NEGATIVE_INFINITY;
    while (this.#world.nowMs < endMs) {
      await this.#world.runFor(100);
      this.#check();
      const members = this.#members(group);
      const hasAll = members.every(({ machines }) => machines.get(group)?.texts.includes(text));
      const leader = this.#cluster.leader(group);
      if (members.length > 0 && hasAll && leader !== undefined) {
        for (const id of this.#cluster.holders(group).keys()) this.#wasMember.add(`${group}/${id}`);
        this.#destroyRemoved(group, leader.status().confState);
        return;
      }
      // An accepted proposal may be lost with the leadership.
      if (this.#world.nowMs - proposedAtMs < 5_000) continue;
      if (this.#cluster.propose(group, text)) proposedAtMs = this.#world.nowMs;
    }
    throw new Error(`Group ${group} does not settle:\n${this.#describe()}`);
  }

  #describe(): string {
    const replicas = GROUPS.flatMap((group) => this.#replicas(group));
    return replicas.map((replica) => JSON.stringify(replica.status())).join("\n");
  }

  async #rest(): Promise<void> {
    const isResting = (): boolean =>
      [...this.#cluster.nodes.values()].every(({ multiRaft }) =>
        multiRaft.replicas().every((replica) => replica.isQuiescent),
      );
    const canRest = this.#cluster.node(1).multiRaft.limits.quietTicks > 0;
    if (!canRest) return;
    await this.#world.runUntil(isResting, 30_000, "rest").catch((error: Error) => {
      throw new Error(`${error.message}:\n${this.#describe()}`);
    });
    const sent = this.#cluster.network.sentCount;
    await this.#world.runFor(60_000);
    this.#check();
    if (this.#cluster.network.sentCount !== sent) throw new Error("Resting groups send messages");
  }

  /** Nodes that hold a member of the group, as its leader knows it; none while it is in doubt. */
  #members(group: number) {
    const leader = this.#cluster.leader(group);
    if (leader === undefined) return [];
    const { voters, learners, votersOutgoing } = leader.status().confState;
    if (votersOutgoing.length > 0) return [];
    const holders = this.#cluster.holders(group);
    return [...voters, ...learners].flatMap((id) => {
      const node = this.#cluster.nodes.get(holders.get(id) ?? 0);
      return node === undefined ? [] : [node];
    });
  }

  #replicas(group: number): Replica[] {
    const replicas: Replica[] = [];
    for (const { multiRaft, process } of this.#cluster.nodes.values()) {
      const replica = multiRaft.replica(group);
      if (replica !== undefined && !process.isFrozen && !replica.isStopped) replicas.push(replica);
    }
    return replicas;
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items];
    return items.map(() => rest.splice(this.#random.nextBelow(rest.length), 1)[0] as T);
  }

  /** An error in a log is a defect: groups stop with one. */
  #logger(): Logger {
    const logger: Logger = {
      error: (message, fields) => {
        // Said while a simulated disk is full.
        if (!message.startsWith("The disk")) {
          const error = fields?.["error"];
          this.#errors.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`);
        }
      },
      warn: () => undefined,
      info: () => undefined,
      debug: () => undefined,
      child: () => logger,
    };
    return logger;
  }

  #report(): SimulationReport {
    const { model } = this.#cluster;
    const sum = (count: (group: number) => number): number =>
      GROUPS.reduce((total, group) => total + count(group), 0);
    return {
      seed: this.#seed,
      records: sum((group) => model.texts(group).length),
      leaderships: sum((group) => model.leadershipCount(group)),
      snapshots: model.restores,
      membershipChanges: this.#changes,
      crashes: this.#crashes,
      readsAnswered: this.#readsAnswered,
      events: this.#world.eventCount,
      trace: this.#world.trace,
    };
  }
}
