import type { NodeIdentity } from "./data-directory.ts";
import type { Membership, NodeInfo } from "./membership.ts";

/** Membership of a cluster of one: it never changes while the process runs. */
export class LoneNodeMembership implements Membership {
  readonly self: NodeInfo;
  readonly clusterName: string;
  readonly clusterFingerprint: bigint;

  constructor(identity: NodeIdentity) {
    const { nodeId, nodeName, generation } = identity;
    this.self = { nodeId, nodeName, generation, address: "", isAlive: true };
    this.clusterName = identity.clusterName;
    this.clusterFingerprint = identity.clusterFingerprint;
  }

  nodes(): readonly NodeInfo[] {
    return [this.self];
  }

  watch(): () => void {
    return () => undefined;
  }
}
