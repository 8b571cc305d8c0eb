import type { Clock } from "#base/clock";
import type { Codec } from "#base/wire-codec";
import { ClusterError, type NodeCalls } from "#cluster";
import { hasCode, ServerError } from "#errors";
import type { PartitionProcessor } from "../processor.ts";
import { decodeAnswer } from "./call-codec.ts";
import type { LeaderDirectory } from "./leader-directory.ts";
import type { RoutingObserver } from "./routing-observer.ts";

/** Something that only the leader of a partition can do. */
export interface LeaderTask<T> {
  readonly partitionId: number;
  /** Service that does it on another node. */
  readonly service: string;
  readonly codec: Codec<T>;
  /** Does it here, by a replica that led a moment ago; may reject with `PARTITION_NOT_LEADER`. */
  runHere(processor: PartitionProcessor): Promise<T>;
  /** Payload for another node; called for each try. */
  payload(): Uint8Array;
  /** Called when a try has failed of which nobody knows whether it took effect. */
  onRepeated(): void;
}

/** What a route works with. */
export interface LeaderRouteOptions {
  readonly nodeId: number;
  readonly clock: Clock;
  readonly calls: NodeCalls;
  readonly directory: LeaderDirectory;
  readonly observer: RoutingObserver;
  processor(partitionId: number): PartitionProcessor | undefined;
  /** True when the node stops: nothing is tried again. */
  isClosed(): boolean;
}

/** How long a task is tried while nobody takes it. */
const LEADER_WAIT_MS = 30_000;
const RETRY_DELAY_MS = 50;
/** Where a replica is, it says when to look again; elsewhere the nodes are asked, more often. */
const RETRY_DELAY_MAX_MS = 1_000;
const POLL_DELAY_MAX_MS = 250;
/** A try that lasted that long was taken by a leader, which has gone since. */
const TAKEN_MS = 2_000;

const UNANSWERED = Symbol("unanswered");

/**
 * Finds the leader of a partition and has a task done there, again while leaders come and go.
 *
 * There is no deadline for the answer: a call may wait for days, and ends with the connection.
 */
export class LeaderRoute {
  readonly #options: LeaderRouteOptions;

  constructor(options: LeaderRouteOptions) {
    this.#options = options;
  }

  /**
   * @throws ServerError `PARTITION_UNAVAILABLE` when no leader could be reached in time, or what
   *         the leader refused the task with
   */
  async run<T>(task: LeaderTask<T>): Promise<T> {
    const { clock, directory, observer } = this.#options;
    const { partitionId } = task;
    let lostAtMs: number | undefined;
    const tried = new Set<number>();
    let giveUpAtMs = clock.monotonicMs() + LEADER_WAIT_MS;
    let delayMs = RETRY_DELAY_MS;
    for (;;) {
      const node = directory.candidate(partitionId, tried);
      if (node === undefined) {
        if (this.#options.isClosed() || clock.monotonicMs() > giveUpAtMs) {
          throw unavailable(partitionId);
        }
        observer.onRerouted("no_leader");
        lostAtMs ??= clock.monotonicMs();
        await directory.wait(partitionId, delayMs);
        const hearsNews = directory.hasReplica(partitionId);
        delayMs = Math.min(2 * delayMs, hearsNews ? RETRY_DELAY_MAX_MS : POLL_DELAY_MAX_MS);
        tried.clear();
        continue;
      }
      tried.add(node);
      const startedAtMs = clock.monotonicMs();
      const answer = await this.#tryNode(task, node);
      if (answer !== UNANSWERED) {
        if (lostAtMs !== undefined) observer.onLeaderFound(startedAtMs - lostAtMs);
        return answer;
      }
      task.onRepeated();
      observer.onRerouted("not_leader");
      lostAtMs ??= clock.monotonicMs();
      if (clock.monotonicMs() - startedAtMs < TAKEN_MS) continue;
      giveUpAtMs = clock.monotonicMs() + LEADER_WAIT_MS;
      delayMs = RETRY_DELAY_MS;
      tried.clear();
    }
  }

  #tryNode<T>(task: LeaderTask<T>, node: number): Promise<T | typeof UNANSWERED> {
    return node === this.#options.nodeId ? this.#runHere(task) : this.#forward(task, node);
  }

  async #runHere<T>(task: LeaderTask<T>): Promise<T | typeof UNANSWERED> {
    const processor = this.#options.processor(task.partitionId);
    if (processor === undefined) return UNANSWERED;
    try {
      return await task.runHere(processor);
    } catch (error) {
      if (hasCode(error, "PARTITION_NOT_LEADER")) return UNANSWERED;
      throw error;
    }
  }

  async #forward<T>(task: LeaderTask<T>, node: number): Promise<T | typeof UNANSWERED> {
    const { calls, clock, directory, observer } = this.#options;
    const { partitionId, service, codec } = task;
    const startedAtMs = clock.monotonicMs();
    observer.onForwarded();
    const finish = (outcome: Parameters<RoutingObserver["onForwardFinished"]>[0]) =>
      observer.onForwardFinished(outcome, clock.monotonicMs() - startedAtMs);
    try {
      const bytes = await calls.call({ nodeId: node, service }, task.payload(), {});
      const answer = decodeAnswer(codec, bytes, partitionId);
      if ("value" in answer) {
        directory.learn(partitionId, node);
        finish("answered");
        return answer.value;
      }
      const { leaderNode } = answer.notLeader;
      directory.forget(partitionId, node);
      if (leaderNode !== undefined && leaderNode !== node) directory.learn(partitionId, leaderNode);
      finish("not-leader");
      return UNANSWERED;
    } catch (error) {
      const isUnanswered = error instanceof ClusterError && error.code !== "OVERLOADED";
      finish(isUnanswered ? "unreachable" : "refused");
      if (!isUnanswered) throw refusalOf(error, partitionId);
      directory.forget(partitionId, node);
      return UNANSWERED;
    }
  }
}

function refusalOf(error: unknown, partitionId: number): ServerError {
  if (error instanceof ServerError) return error;
  if (error instanceof ClusterError) {
    return new ServerError("PARTITION_OVERLOADED", error.message, {
      details: { partitionId },
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new ServerError("INTERNAL", `The leader of partition ${partitionId} failed`, {
    details: { reason },
    cause: error,
  });
}

function unavailable(partitionId: number): ServerError {
  return new ServerError("PARTITION_UNAVAILABLE", `Partition ${partitionId} has no leader`, {
    details: { partitionId },
  });
}
