import type { NodePeers } from "#transport";
import type { DirectoryIdentity } from "./data-directory.ts";
import type { Membership, NodeInfo } from "./membership.ts";
import type { NodeRecord } from "./nodes-document.ts";

/** What a node says of itself while no document does. */
export type SelfDescription = Pick<NodeInfo, "address" | "roles" | "location">;

type MembershipListener = (nodes: readonly NodeInfo[]) => void;

/** What the membership is made from. */
export interface ClusterMembershipOptions {
  readonly identity: DirectoryIdentity;
  readonly description: SelfDescription;
  readonly peers: NodePeers;
  /** Defects of listeners go here. */
  onListenerFailed(error: unknown): void;
}

/**
 * The nodes of the metadata document, with the liveness that the transport sees.
 *
 * Tells the transport whom to connect to.
 */
export class ClusterMembership implements Membership {
  readonly clusterName: string;
  readonly clusterFingerprint: bigint;
  readonly #options: ClusterMembershipOptions;
  readonly #listeners = new Set<MembershipListener>();
  readonly #stopWatching: () => void;
  #records: readonly NodeRecord[] = [];
  #nodes: readonly NodeInfo[];

  constructor(options: ClusterMembershipOptions) {
    this.#options = options;
    this.clusterName = options.identity.clusterName;
    this.clusterFingerprint = options.identity.clusterFingerprint;
    this.#nodes = [this.#describeSelf(undefined)];
    this.#stopWatching = options.peers.onPeerChange(() => this.#refresh());
  }

  get self(): NodeInfo {
    const { nodeId } = this.#options.identity;
    return this.#nodes.find((node) => node.nodeId === nodeId) ?? this.#describeSelf(undefined);
  }

  nodes(): readonly NodeInfo[] {
    return this.#nodes;
  }

  watch(callback: MembershipListener): () => void {
    const listener: MembershipListener = (nodes) => callback(nodes);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes the nodes as the metadata has them; those that are missing are members no more. */
  update(records: readonly NodeRecord[]): void {
    const { identity, peers } = this.#options;
    for (const { nodeId } of this.#records) {
      if (nodeId === identity.nodeId || records.some((record) => record.nodeId === nodeId))
        continue;
      peers.removePeer(nodeId);
    }
    for (const { nodeId, address } of records) {
      if (nodeId === identity.nodeId || address === "") continue;
      const known = this.#records.find((record) => record.nodeId === nodeId);
      if (known?.address !== address) peers.setPeer(nodeId, { address, generation: 0 });
    }
    this.#records = records;
    this.#refresh();
  }

  close(): void {
    this.#stopWatching();
    this.#listeners.clear();
  }

  #refresh(): void {
    const { identity, peers } = this.#options;
    const generations = new Map(peers.peers().map((peer) => [peer.nodeId, peer.generation]));
    const own = this.#records.find(({ nodeId }) => nodeId === identity.nodeId);
    const others = this.#records
      .filter(({ nodeId }) => nodeId !== identity.nodeId)
      .map(({ nodeId, nodeName, address, roles, location, workerState, storageState }) => ({
        nodeId,
        nodeName,
        address,
        roles,
        location,
        workerState,
        storageState,
        generation: generations.get(nodeId) ?? 0,
        isAlive: peers.isAlive(nodeId),
      }));
    this.#nodes = [...others, this.#describeSelf(own)].sort(
      (left, right) => left.nodeId - right.nodeId,
    );
    for (const listener of this.#listeners) {
      try {
        listener(this.#nodes);
      } catch (error) {
        this.#options.onListenerFailed(error);
      }
    }
  }

  #describeSelf(record: NodeRecord | undefined): NodeInfo {
    const { identity, description } = this.#options;
    return {
      nodeId: identity.nodeId,
      nodeName: identity.nodeName,
      generation: identity.generation,
      ...description,
      location: description.location || (record?.location ?? ""),
      workerState: record?.workerState ?? "active",
      storageState: record?.storageState ?? "read-write",
      isAlive: true,
    };
  }
}
