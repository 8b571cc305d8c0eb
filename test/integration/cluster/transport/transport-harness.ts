// Nodes in this process, each with its transport on a port of its own; others reach it through a
// relay, which can freeze, cut off or turn away what passes.
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createMessage, type Message, type MessageDraft } from "#raft";
import {
  ConnectionSplitter,
  GrpcNodeTransport,
  type NodeIdentity,
  type NodeTransportOptions,
  type PeerChange,
} from "#transport";
import { systemClock, systemRandom, systemScheduler } from "../../../../cluster/runtime.ts";
import { silentLogger } from "../log-store/log-harness.ts";

export const FINGERPRINT = 0xfedc_ba98_7654_3210n;

/** What happened on a node, to be waited for. */
export class Journal<T> {
  readonly items: T[] = [];
  #waiters: { isMet: (items: readonly T[]) => boolean; resolve: () => void }[] = [];

  add(item: T): void {
    this.items.push(item);
    const met = this.#waiters.filter(({ isMet }) => isMet(this.items));
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  }

  /** Resolves when the items fit; looks again with every new one. */
  until(isMet: (items: readonly T[]) => boolean): Promise<void> {
    if (isMet(this.items)) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ isMet, resolve }));
  }
}

/** Passes connections on to a port, until told otherwise. */
export class Relay {
  readonly #server: Server;
  readonly #targetPort: () => number;
  readonly #sockets = new Set<Socket>();
  #isFrozen = false;
  port = 0;

  constructor(targetPort: () => number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ pauseOnConnect: true }, (near) => this.#pass(near));
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Nothing passes any more, in either direction; new connections are made and stay silent. */
  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Breaks all connections; new ones pass. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Breaks all connections and refuses new ones. */
  async close(): Promise<void> {
    const isClosed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await isClosed;
  }

  #pass(near: Socket): void {
    const far = connect(this.#targetPort(), "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (bytes) => {
        if (!to.write(bytes)) from.pause();
      });
      to.on("drain", () => {
        if (!this.#isFrozen) from.resume();
      });
      from.on("error", () => undefined);
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#isFrozen) from.pause();
      else from.resume();
    }
  }
}

export interface Received {
  readonly group: number;
  readonly message: Message;
  readonly fromNode: number;
}

export class TestNode {
  readonly transport: GrpcNodeTransport;
  readonly changes = new Journal<PeerChange>();
  readonly received = new Journal<Received>();
  readonly refusals = new Journal<string>();
  readonly relay: Relay;
  readonly http: HttpServer;
  readonly #server: Server;
  readonly #splitter: ConnectionSplitter;
  #port = 0;

  private constructor(
    relay: Relay,
    identity: Partial<NodeIdentity>,
    options: Partial<NodeTransportOptions>,
  ) {
    this.relay = relay;
    this.transport = new GrpcNodeTransport({
      identity: {
        clusterName: "test",
        clusterFingerprint: FINGERPRINT,
        nodeId: 1,
        generation: 1,
        advertisedAddress: `127.0.0.1:${relay.port}`,
        ...identity,
      },
      clock: systemClock,
      scheduler: systemScheduler,
      defer: (run) => void setImmediate(run),
      random: systemRandom,
      logger: silentLogger,
      onRefused: (error) => this.refusals.add(error.code),
      ...options,
    });
    this.transport.onMessage((group, message, fromNode) =>
      this.received.add({ group, message, fromNode }),
    );
    this.transport.onPeerChange((change) => this.changes.add(change));
    this.http = createHttpServer((request, response) => response.end(`http ${request.url}`));
    this.#splitter = new ConnectionSplitter({
      scheduler: systemScheduler,
      onHttp1: (socket) => this.http.emit("connection", socket),
      onHttp2: (socket) => this.transport.accept(socket),
    });
    this.#server = createServer((socket) => this.#splitter.accept(socket));
  }

  static async start(
    identity: Partial<NodeIdentity> = {},
    options: Partial<NodeTransportOptions> = {},
  ): Promise<TestNode> {
    let node: TestNode | undefined;
    const relay = new Relay(() => node?.port ?? 0);
    await relay.listen();
    node = new TestNode(relay, identity, options);
    const server = node.#server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    node.#port = (server.address() as AddressInfo).port;
    return node;
  }

  get nodeId(): number {
    return this.transport.identity.nodeId;
  }

  get address(): string {
    return this.transport.identity.advertisedAddress;
  }

  get port(): number {
    return this.#port;
  }

  /** Lets this node and the others know each other, and waits until all are up everywhere. */
  async meet(...others: TestNode[]): Promise<void> {
    const all = [this, ...others];
    for (const node of all) {
      for (const other of all) {
        if (other === node) continue;
        const { generation } = other.transport.identity;
        node.transport.setPeer(other.nodeId, { address: other.address, generation });
      }
    }
    await Promise.all(all.map((node) => node.untilUp(all.filter((other) => other !== node))));
  }

  async untilUp(others: readonly TestNode[]): Promise<void> {
    await this.changes.until(() => others.every((other) => this.transport.isAlive(other.nodeId)));
  }

  /** Waits for a change after those that were there before. */
  async nextChange(nodeId: number, isAlive: boolean, after = 0): Promise<PeerChange> {
    const fits = (change: PeerChange) => change.nodeId === nodeId && change.isAlive === isAlive;
    await this.changes.until((items) => items.slice(after).some(fits));
    return this.changes.items.slice(after).find(fits) as PeerChange;
  }

  async stop(): Promise<void> {
    this.#splitter.close();
    await this.transport.close();
    this.http.closeAllConnections();
    await Promise.all([
      this.relay.close(),
      new Promise<void>((resolve) => this.#server.close(() => resolve())),
    ]);
  }
}

/** An append with one entry. */
export function appendOf(index: number, data: Uint8Array = new Uint8Array(0)): Message {
  const message: MessageDraft = createMessage("append", 2);
  message.from = 1;
  message.term = 3;
  message.index = index - 1;
  message.entries = [{ term: 3, index, type: "normal", data }];
  return message;
}

/** Resolves in a later turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
