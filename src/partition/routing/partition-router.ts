import type { Clock, Scheduler } from "#base/clock";
import { decode, encode } from "#base/wire-codec";
import type { NodeCalls } from "#cluster";
import type { KeyValueEngine } from "#engine";
import type { InvocationId } from "#model";
import { PartitionTables, partitionReplyCodec } from "#partition-store";
import type { CommandOf } from "#state-machine";
import type { AttemptStatus, PartitionReply, PartitionRequest } from "../client.ts";
import type { DeliveryOutcome, Handover } from "../leadership/outbox-shuffle.ts";
import type { PartitionMetrics } from "../partition-metrics.ts";
import type { PartitionProcessor } from "../processor.ts";
import {
  attemptsReplyCodec,
  attemptsRequestCodec,
  type DigestRequest,
  digestReplyCodec,
  digestRequestCodec,
  forwardedRequestCodec,
  SERVICES,
} from "./call-codec.ts";
import { LeaderDirectory } from "./leader-directory.ts";
import { LeaderRoute } from "./leader-route.ts";
import { PartitionService } from "./partition-service.ts";
import { RemoteDeliveries } from "./remote-deliveries.ts";
import { RemoteTables } from "./remote-tables.ts";
import { NO_ROUTING_OBSERVER, type RoutingObserver } from "./routing-observer.ts";

/** The other nodes, as far as partitions need them. */
export interface PartitionPeers {
  /** This node. */
  readonly nodeId: number;
  readonly calls: NodeCalls;
  /** Version of this build; replicas of another one are not compared with its own. */
  readonly build?: string | undefined;
  /** Nodes that hold a replica of a partition, by the partition table as it is now. */
  nodesOf(partitionId: number): readonly number[];
  readonly observer?: RoutingObserver | undefined;
}

/** What reaching leaders takes. */
export interface PartitionRouterOptions {
  readonly peers: PartitionPeers;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly engine: KeyValueEngine;
  readonly metrics: PartitionMetrics;
  processor(partitionId: number): PartitionProcessor | undefined;
  attemptOf(id: InvocationId): AttemptStatus | undefined;
  flush(): Promise<void>;
}

/** How long a replica may take to compute the digest of a large partition. */
const DIGEST_TIMEOUT_MS = 15 * 60_000;
const QUARANTINE_TIMEOUT_MS = 10_000;

/** Reaches the leaders of partitions on other nodes, and answers for those that are led here. */
export class PartitionRouter {
  readonly #options: PartitionRouterOptions;
  readonly #directory: LeaderDirectory;
  readonly #route: LeaderRoute;
  readonly #service: PartitionService;
  readonly #deliveries: RemoteDeliveries;
  #isClosed = false;

  constructor(options: PartitionRouterOptions) {
    this.#options = options;
    const { peers, scheduler } = options;
    const { nodeId, calls } = peers;
    const observer = peers.observer ?? NO_ROUTING_OBSERVER;
    const directory = new LeaderDirectory({
      nodeId,
      scheduler,
      nodesOf: (partitionId) => peers.nodesOf(partitionId),
      replicaOf: options.processor,
    });
    this.#directory = directory;
    this.#deliveries = new RemoteDeliveries(calls, directory);
    this.#service = new PartitionService({
      ...options,
      nodeId,
      build: () => options.peers.build,
      directory,
      observer,
    });
    this.#service.register(calls);
    this.#route = new LeaderRoute({
      ...options,
      nodeId,
      calls,
      directory,
      observer,
      isClosed: () => this.#isClosed,
    });
  }

  /** Nothing waits for a leader any more. */
  close(): void {
    this.#isClosed = true;
    this.#directory.wakeAll();
  }

  /** A replica of this node has heard of another leader. */
  wake(partitionId: number): void {
    this.#directory.wake(partitionId);
  }

  /** Resolves when a leader of a partition with a replica here is known, or the replica is gone. */
  async whenLed(partitionId: number): Promise<void> {
    const { processor, peers } = this.#options;
    for (;;) {
      const replica = processor(partitionId);
      if (replica === undefined || replica.isLeader || this.#isClosed) return;
      const { leaderNode } = replica.log;
      if (leaderNode !== undefined && leaderNode !== peers.nodeId) return;
      await this.#directory.wait(partitionId, LED_POLL_MS);
    }
  }

  /**
   * Has a request carried out by the leader, wherever it is.
   *
   * @param isRepeated a leader may have taken the request before
   */
  submit(
    partitionId: number,
    request: PartitionRequest,
    { deduplicationId, isRepeated }: RepetitionFacts,
  ): Promise<PartitionReply> {
    let asked = isRepeated ? notFresh(request) : request;
    return this.#route.run<PartitionReply>({
      partitionId,
      service: SERVICES.request,
      codec: partitionReplyCodec,
      runHere: (processor) => processor.submit(asked, deduplicationId),
      payload: () =>
        encode(forwardedRequestCodec, { partitionId, deduplicationId, request: asked }),
      onRepeated: () => {
        asked = notFresh(asked);
      },
    });
  }

  /** Hands messages of an outbox to the leader of their receiver, wherever it is. */
  deliver(partitionId: number, command: CommandOf<"deliver">, outcome: DeliveryOutcome): Handover {
    const processor = this.#options.processor(partitionId);
    if (processor?.isLeader) return processor.deliver(command, outcome) ? "ordered" : "refused";
    return this.#deliveries.deliver(partitionId, command, outcome) ? "alone" : "refused";
  }

  /** Tables of a partition that is led elsewhere. */
  remoteTables(partitionId: number): PartitionTables {
    const readHere = this.#service.readRows.bind(this.#service);
    const reader = new RemoteTables({ route: this.#route, partitionId, readHere });
    return new PartitionTables(reader, partitionId);
  }

  /** What the invoker of the leader's node knows of invocations. */
  async attempts(
    partitionId: number,
    ids: readonly InvocationId[],
  ): Promise<readonly (AttemptStatus | undefined)[]> {
    const service = this.#service;
    const { attempts } = await this.#route.run({
      partitionId,
      service: SERVICES.attempts,
      codec: attemptsReplyCodec,
      runHere: async () => ({ attempts: service.attempts(ids).map((attempt) => ({ attempt })) }),
      payload: () => encode(attemptsRequestCodec, { partitionId, invocationIds: ids }),
      onRepeated: () => undefined,
    });
    return attempts.map(({ attempt }) => attempt);
  }

  /** Digest of a replica at an index; undefined if it has none, or cannot be reached. */
  async digestOf(node: number, state: DigestRequest): Promise<string | undefined> {
    const { peers, processor } = this.#options;
    if (node === peers.nodeId) return processor(state.partitionId)?.digests.find(state.index);
    const target = { nodeId: node, service: SERVICES.digest };
    try {
      const answer = await peers.calls.call(target, encode(digestRequestCodec, state), {
        timeoutMs: DIGEST_TIMEOUT_MS,
      });
      const { digest, build } = decode(digestReplyCodec, answer);
      // In the middle of an upgrade a new field of a row is no damage.
      return build === peers.build ? digest : undefined;
    } catch {
      // A replica that does not answer has no vote.
      return undefined;
    }
  }

  /** Takes a replica out of use; the next comparison does so again if it cannot be reached. */
  async quarantine(node: number, state: DigestRequest): Promise<void> {
    const { peers, processor } = this.#options;
    if (node === peers.nodeId) {
      processor(state.partitionId)?.quarantine();
      return;
    }
    const target = { nodeId: node, service: SERVICES.quarantine };
    const options = { timeoutMs: QUARANTINE_TIMEOUT_MS };
    await peers.calls.call(target, encode(digestRequestCodec, state), options).catch(() => {
      // It does not lead as long as it cannot be reached.
    });
  }
}

/** What makes a request safe to send again. */
export interface RepetitionFacts {
  readonly deduplicationId: string | undefined;
  readonly isRepeated: boolean;
}

/** Longest time between two looks at whether a partition is led. */
const LED_POLL_MS = 1_000;

/** What a former leader took of an invocation is found under its id, if the leader looks. */
function notFresh(request: PartitionRequest): PartitionRequest {
  const isFresh = request.kind === "append-invocation" && request.fresh;
  return isFresh ? { ...request, fresh: false } : request;
}
