import { createMessage, type Message, type RawNode } from "#raft";

/** What resting asks of the replica. */
export interface QuiescenceHost {
  /** Ticks without work before the group rests; 0 for never. */
  readonly quietTicks: number;
  /** Ids of the other members; `undefined` when the node of one of them does not answer. */
  livePeers(): readonly number[] | undefined;
  send(message: Message): void;
  /** The rest has ended: ticks are needed again. */
  onWake(): void;
}

/**
 *   awake     heartbeats as usual
 *   settling  a leader asks its followers to rest: by each heartbeat, until all have answered
 *   resting   no ticks and no messages
 */
type RestState = "awake" | "settling" | "resting";

/**
 * Lets a group rest while there is nothing to do: no ticks, no heartbeats.
 *
 * A leader whose members have everything, and whose nodes answer, asks them to rest: its heartbeats
 * carry the end of the log as their `index`. A follower that has all of that, committed, rests and
 * says so by the `index` of its answer. When all have said so the leader rests too. Anything else
 * that happens in the group ends the rest; the leader's next heartbeats then wake the followers.
 * While it lasts, the failure detector of the nodes stands in for heartbeats.
 */
export class Quiescence {
  readonly #host: QuiescenceHost;
  #state: RestState = "awake";
  #idleTicks = 0;
  /** Followers that have said that they rest. */
  readonly #rested = new Set<number>();

  constructor(host: QuiescenceHost) {
    this.#host = host;
  }

  get isResting(): boolean {
    return this.#state === "resting";
  }

  /** Counts a tick of a leader; after enough of them without work the group settles. */
  tickLeader(node: RawNode, hasWork: boolean): void {
    const { quietTicks } = this.#host;
    if (quietTicks === 0) return;
    const peers = hasWork || !node.isIdleLeader ? undefined : this.#host.livePeers();
    if (peers === undefined) {
      this.wake(node);
      return;
    }
    this.#idleTicks++;
    if (this.#idleTicks < quietTicks) return;
    if (this.#state === "awake") {
      this.#state = "settling";
      this.#rested.clear();
    }
    if (peers.every((peer) => this.#rested.has(peer))) this.#state = "resting";
  }

  /** What leaves instead of a message of the core: heartbeats while settling ask for rest. */
  outgoing(node: RawNode, message: Message): Message {
    if (this.#state !== "settling" || message.type !== "heartbeat") return message;
    const isPlain = message.context.length === 0 && message.commit === node.lastIndex;
    return isPlain ? { ...message, index: node.lastIndex } : message;
  }

  /** Handles what comes with resting; true if the core need not hear of the message. */
  step(node: RawNode, message: Message): boolean {
    if (message.type === "heartbeat" && message.index > 0) {
      this.#stepRequest(node, message);
      return true;
    }
    if (this.#state === "awake") return false;
    if (message.type === "heartbeat-response" && message.context.length === 0) {
      const hasRested = message.index === node.lastIndex && message.term === node.term;
      if (hasRested) this.#rested.add(message.from);
      return this.#state === "resting";
    }
    this.wake(node);
    return false;
  }

  /** Ends the rest, if there is one. */
  wake(node: RawNode): void {
    this.#idleTicks = 0;
    if (this.#state === "awake") return;
    const wasResting = this.isResting;
    this.#state = "awake";
    if (!wasResting) return;
    node.restartTimers();
    this.#host.onWake();
  }

  #stepRequest(node: RawNode, request: Message): void {
    if (!hasEverything(node, request)) {
      this.wake(node);
      // The core learns the commit index, which may be all that was missing, and answers.
      node.step(request);
      return;
    }
    this.#state = "resting";
    const answer = createMessage("heartbeat-response", request.from);
    answer.from = node.id;
    answer.term = node.term;
    answer.index = request.index;
    this.#host.send(answer);
  }
}

/** True for a follower whose log ends, all of it committed, where its leader says it ends. */
function hasEverything(node: RawNode, request: Message): boolean {
  return (
    node.role === "follower" &&
    node.term === request.term &&
    node.leaderId === request.from &&
    node.commit === request.index &&
    node.lastIndex === request.index
  );
}
