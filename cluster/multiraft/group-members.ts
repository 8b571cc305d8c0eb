import {
  type ConfChange,
  type ConfState,
  EMPTY_CONF_STATE,
  type Message,
  type ProgressStatus,
  type RawNode,
} from "#raft";
import type { ReplicaHost } from "./replica-host.ts";

/** Who belongs to a group, as of what is applied, and on which nodes they are. */
export class GroupMembers {
  readonly #host: ReplicaHost;
  readonly #group: number;
  readonly #replicaId: number;
  #confState: ConfState = EMPTY_CONF_STATE;
  #peers: readonly number[] = [];
  #isMember = false;
  /** Nodes that the directory does not know yet, as learned from messages. */
  #learnedNodes: Map<number, number> | undefined;

  constructor(host: ReplicaHost, group: number, replicaId: number) {
    this.#host = host;
    this.#group = group;
    this.#replicaId = replicaId;
  }

  get confState(): ConfState {
    return this.#confState;
  }

  /** The other members. */
  get peers(): readonly number[] {
    return this.#peers;
  }

  /** True if this replica is one. */
  get isMember(): boolean {
    return this.#isMember;
  }

  set(confState: ConfState): void {
    const { voters, votersOutgoing, learners } = confState;
    const all = new Set([...voters, ...votersOutgoing, ...learners]);
    this.#confState = confState;
    this.#isMember = all.delete(this.#replicaId);
    this.#peers = [...all];
  }

  /** True for a change after which this replica, a voter now, is none. */
  endsOwnVote({ operations, transition }: ConfChange): boolean {
    const { voters, votersOutgoing } = this.#confState;
    if (votersOutgoing.length > 0) return !voters.includes(this.#replicaId);
    const [only] = operations;
    // A change of several, or one that asks for it, is a joint one and keeps the vote for now.
    if (operations.length !== 1 || transition !== "auto") return false;
    return only?.nodeId === this.#replicaId && only.kind !== "add-voter";
  }

  /** Node that holds a replica; `undefined` when unknown. */
  nodeOf(replicaId: number): number | undefined {
    return this.#host.nodeOf(this.#group, replicaId) ?? this.#learnedNodes?.get(replicaId);
  }

  /** Member that a node holds, other than this replica. */
  on(nodeId: number): number | undefined {
    return this.#peers.find((id) => this.nodeOf(id) === nodeId);
  }

  /** True if the node of a member answers. */
  isAlive(replicaId: number): boolean {
    const nodeId = this.nodeOf(replicaId);
    return nodeId !== undefined && this.#host.isAlive(nodeId);
  }

  /** The other members, if the nodes of all of them answer. */
  livePeers(): readonly number[] | undefined {
    return this.#peers.every((id) => this.isAlive(id)) ? this.#peers : undefined;
  }

  /** What a leader knows of the others that answer; `undefined` if there are no others. */
  liveFollowers(node: RawNode | undefined): readonly ProgressStatus[] | undefined {
    if (this.#peers.length === 0) return undefined;
    if (node?.role !== "leader") return [];
    const { progress } = node.status();
    return progress.filter(({ id }) => id !== this.#replicaId && this.isAlive(id));
  }

  /** Remembers where a message came from. */
  learn({ from, type }: Message, fromNode: number): void {
    // A request for a transfer names its target as the sender.
    const isKnown = this.#host.nodeOf(this.#group, from) !== undefined;
    if (isKnown || type === "transfer-leader") return;
    this.#learnedNodes ??= new Map();
    this.#learnedNodes.set(from, fromNode);
  }
}
