import { encode } from "#base/wire-codec";
import type { NodeCalls } from "#cluster";
import type { CommandOf } from "#state-machine";
import type { DeliveryOutcome } from "../leadership/outbox-shuffle.ts";
import { decodeAnswer, deliveryAnswerCodec, deliveryCodec, SERVICES } from "./call-codec.ts";
import type { LeaderDirectory } from "./leader-directory.ts";

/** Sends messages of an outbox to leaders on other nodes. */
export class RemoteDeliveries {
  readonly #calls: NodeCalls;
  readonly #directory: LeaderDirectory;
  /** Nodes that did not lead, by partition, since the last one that did. */
  readonly #tried = new Map<number, Set<number>>();

  constructor(calls: NodeCalls, directory: LeaderDirectory) {
    this.#calls = calls;
    this.#directory = directory;
  }

  /** Sends messages to the likely leader of a partition; false if no other node may be it. */
  deliver(partitionId: number, command: CommandOf<"deliver">, outcome: DeliveryOutcome): boolean {
    const tried = this.#tried.get(partitionId);
    const node = this.#directory.candidate(partitionId, tried ?? NONE);
    if (node === undefined) {
      this.#tried.delete(partitionId);
      return false;
    }
    const payload = encode(deliveryCodec, { partitionId, command });
    this.#calls
      .call({ nodeId: node, service: SERVICES.deliver }, payload, {})
      .then((answer) => this.#takeAnswer(partitionId, { node, answer, outcome }))
      .catch(() => this.#takeFailure(partitionId, node, outcome));
    return true;
  }

  #takeAnswer(
    partitionId: number,
    from: {
      readonly node: number;
      readonly answer: Uint8Array;
      readonly outcome: DeliveryOutcome;
    },
  ): void {
    const { node, answer, outcome } = from;
    const decoded = decodeAnswer(deliveryAnswerCodec, answer, partitionId);
    if ("notLeader" in decoded) {
      this.#takeFailure(partitionId, node, outcome);
      const { leaderNode } = decoded.notLeader;
      if (leaderNode !== undefined && leaderNode !== node) {
        this.#directory.learn(partitionId, leaderNode);
      }
      return;
    }
    this.#tried.delete(partitionId);
    this.#directory.learn(partitionId, node);
    if (decoded.value.isApplied) outcome.onApplied();
    else outcome.onLost();
  }

  #takeFailure(partitionId: number, node: number, outcome: DeliveryOutcome): void {
    this.#directory.forget(partitionId, node);
    const tried = this.#tried.get(partitionId) ?? new Set();
    this.#tried.set(partitionId, tried.add(node));
    outcome.onLost();
  }
}

const NONE: ReadonlySet<number> = new Set();
