import type { Logger } from "#base/logger";
import type { Message } from "#raft";
import type { NodePeers, SnapshotTransport } from "#transport";
import type { RaftMetrics } from "./raft-metrics.ts";
import type { Replica } from "./replica.ts";

/** What sending snapshots takes. */
export interface SnapshotSenderOptions {
  readonly snapshotTransport: SnapshotTransport | undefined;
  readonly peers: Pick<NodePeers, "isAlive"> | undefined;
  readonly logger: Logger;
  readonly metrics: RaftMetrics;
}

/** An image that a follower needs. */
interface SnapshotJob {
  readonly replica: Replica;
  readonly message: Message;
}

/**
 * Sends images of state machines, one at a time over all groups of the node.
 *
 * The image is made when its turn comes, so that waiting ones hold nothing. Each is reported to the
 * core once, whatever became of it. At most one waits per member, for the core asks for one.
 */
export class SnapshotSender {
  readonly #transport: SnapshotTransport | undefined;
  readonly #isReachable: (nodeId: number) => boolean;
  readonly #logger: Logger;
  readonly #metrics: RaftMetrics;
  #waiting: SnapshotJob[] = [];
  #sending: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: SnapshotSenderOptions) {
    this.#transport = options.snapshotTransport;
    this.#isReachable = (nodeId) => options.peers?.isAlive(nodeId) ?? true;
    this.#logger = options.logger;
    this.#metrics = options.metrics;
  }

  /** Queues what a core asked for by a message of kind `snapshot`. */
  push(replica: Replica, message: Message): void {
    if (this.#isClosed) return;
    this.#waiting.push({ replica, message });
    this.#sending ??= this.#sendAll();
  }

  /** Makes no more images; what is under way ends with the connections. */
  stop(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }

  /** Resolves when no image is open; call after the connections were closed. */
  async ended(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      const { replica, message } = job;
      const isSent = await this.#send(job).catch((error: unknown) => {
        const { group } = replica;
        this.#logger.warn("Could not send a snapshot", { group, to: message.to, error });
        return false;
      });
      this.#metrics.onSnapshot("sent", isSent);
      replica.reportSnapshot(message, isSent);
    }
    this.#sending = undefined;
  }

  async #send({ replica, message }: SnapshotJob): Promise<boolean> {
    const nodeId = replica.nodeOf(message.to);
    const { snapshots } = replica;
    const transport = this.#transport;
    if (nodeId === undefined || transport === undefined) return false;
    if (!this.#isReachable(nodeId) || snapshots?.isWanted(message) !== true) return false;
    const { group } = replica;
    const source = await snapshots.open();
    try {
      if (this.#isClosed) return false;
      const { index } = source;
      const announced = await snapshots.announce(message, index);
      if (announced === undefined) return false;
      this.#logger.info("Sending a snapshot", { group, to: message.to, index });
      await transport.sendSnapshot({ nodeId, group, message: announced }, source.chunks());
      return true;
    } finally {
      await source.close();
    }
  }
}
