import { assertPresent } from "#base/assert";
import { ClusterError } from "#base/cluster-error";
import type { NodeCalls } from "#transport";
import { JOIN_SERVICE, type JoinReply } from "./membership/first-contact.ts";
import {
  decodeNodes,
  encodeNodes,
  NODES_DOCUMENT,
  type NodesDocument,
} from "./membership/nodes-document.ts";
import {
  type NodeRegistration,
  type RegistrationResult,
  registerNode,
} from "./membership/register-node.ts";
import { editDocument } from "./metadata/edit-document.ts";
import type { Metadata } from "./metadata/metadata.ts";
import { decodeJson, encodeJson } from "./placement/controller.ts";

/** A registration on its way to the leader of the metadata. */
interface ForwardedRegistration extends NodeRegistration {
  /** Set once it has been passed on: it is not passed on again. */
  readonly isForwarded?: boolean;
}

/** What a member that admits others needs. */
export interface AdmissionOptions {
  readonly calls: NodeCalls;
  readonly metadata: Metadata;
  readonly clusterFingerprint: bigint;
  readonly nodeId: number;
  /** Node that leads the metadata group, when one is known. */
  leaderNode(): number | undefined;
  /** True when this node has seen that one dead for a while, as leader of the metadata. */
  isSurelyDead(nodeId: number): boolean;
}

const FORWARD_TIMEOUT_MS = 1_200;

/** Makes nodes members; the leader of the metadata decides, for it knows who lives. */
export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Answers the service `cluster.join`. */
  async answer(payload: Uint8Array): Promise<Uint8Array> {
    const registration = decodeJson(payload) as ForwardedRegistration;
    if (typeof registration.nodeName !== "string" || registration.nodeName === "") {
      throw new ClusterError("INVALID_REQUEST", "A node that joins has a name");
    }
    return encodeJson(await this.register(registration));
  }

  /** Registers a node, or refreshes what is known of a member. */
  async register(registration: ForwardedRegistration): Promise<JoinReply> {
    const { calls, nodeId } = this.#options;
    const leaderNode = this.#options.leaderNode();
    if (leaderNode === nodeId) return this.#decide(registration);
    if (leaderNode === undefined || registration.isForwarded === true) {
      throw new ClusterError("NOT_LEADER", "The metadata group has no leader here; try again");
    }
    const payload = encodeJson({ ...registration, isForwarded: true });
    const target = { nodeId: leaderNode, service: JOIN_SERVICE };
    const reply = await calls.call(target, payload, { timeoutMs: FORWARD_TIMEOUT_MS });
    return decodeJson(reply) as JoinReply;
  }

  async #decide(registration: NodeRegistration): Promise<JoinReply> {
    const { metadata, clusterFingerprint, nodeId: self } = this.#options;
    let result: RegistrationResult | undefined;
    await editDocument(metadata, NODES_DOCUMENT, (document) => {
      if (document === undefined) {
        throw new ClusterError("NOT_PROVISIONED", "The cluster is still being provisioned");
      }
      const before = decodeNodes(document.contents);
      result = registerNode(before, registration, {
        isTaken: (nodeId) => nodeId === self || !this.#options.isSurelyDead(nodeId),
      });
      if (result.kind === "refused") throw new ClusterError(result.code, result.reason);
      return isSame(before, result.document) ? undefined : encodeNodes(result.document);
    });
    const registered = assertPresent(result, "the document was edited");
    if (registered.kind === "refused") throw new ClusterError(registered.code, registered.reason);
    const { document, nodeId, isForcedIdBurnt } = registered;
    return {
      nodeId,
      clusterFingerprint: clusterFingerprint.toString(),
      isForcedIdBurnt,
      nodes: document.nodes.map(({ nodeId, address }) => ({ nodeId, address })),
    };
  }
}

function isSame(left: NodesDocument, right: NodesDocument): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
