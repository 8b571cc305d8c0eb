import { ClusterError } from "#base/cluster-error";
import { CallServer } from "./call-server.ts";
import type { IncomingStream, ServedStream } from "./grpc.ts";
import {
  createHello,
  findMismatch,
  isMember,
  type LinkPurpose,
  type NodeIdentity,
} from "./hello.ts";
import type { LinkEnvironment } from "./link-environment.ts";
import type { LocalServices } from "./local-services.ts";
import type { Peer, PeerInbound } from "./peer.ts";
import { Semaphore } from "./semaphore.ts";
import { SnapshotReceiver } from "./snapshot-receiver.ts";
import type { SnapshotHandler } from "./snapshot-transport.ts";

/** Snapshots that are received at the same time. */
const INCOMING_SNAPSHOTS_MAX = 2;

/** What taking streams from other nodes takes. */
export interface InboundOptions {
  readonly environment: LinkEnvironment;
  readonly services: LocalServices;
  /** The peer that a member is, made known by its greeting; an error turns it away. */
  admit(identity: NodeIdentity): Peer | ClusterError;
  snapshotHandler(): SnapshotHandler | undefined;
}

/** Greets the nodes that connect to this one, and hands on what they send. */
export class InboundStreams {
  readonly #options: InboundOptions;
  readonly #snapshots = new Semaphore(INCOMING_SNAPSHOTS_MAX);

  constructor(options: InboundOptions) {
    this.#options = options;
  }

  /** Takes a stream, or turns its node away. */
  take(purpose: LinkPurpose, stream: IncomingStream): void {
    const { environment } = this.#options;
    const own = environment.identity();
    const { hello } = stream;
    const mismatch = findMismatch(own, hello, purpose);
    const peer = mismatch ?? this.#findPeer(hello.identity);
    if (peer instanceof ClusterError) {
      const { nodeId, advertisedAddress } = hello.identity;
      const key = `turned away ${advertisedAddress} ${nodeId} ${peer.code}`;
      environment.warnings.warn(key, "A node was turned away", {
        nodeId,
        address: advertisedAddress,
        purpose,
        code: peer.code,
        reason: peer.message,
      });
      stream.refuse(peer);
    } else if (purpose === "calls") {
      this.#takeCalls(stream, peer);
    } else if (peer === undefined) {
      stream.refuse(new ClusterError("NODE_MISMATCH", "A node is not its own peer"));
    } else if (purpose === "raft") {
      this.#takeRaft(stream, peer);
    } else {
      this.#takeSnapshot(stream, peer);
    }
  }

  /** The peer behind a greeting; tools and nodes that have not joined are none. */
  #findPeer(identity: NodeIdentity): Peer | ClusterError | undefined {
    const own = this.#options.environment.identity();
    if (!isMember(identity) || !isMember(own)) return undefined;
    if (identity.nodeId !== own.nodeId) return this.#options.admit(identity);
    // A call to itself by address is harmless.
    if (identity.generation === own.generation) return undefined;
    return new ClusterError(
      identity.generation < own.generation ? "STALE_GENERATION" : "NODE_MISMATCH",
      `Node ${own.nodeId} is running already`,
      { details: { nodeId: own.nodeId, generation: own.generation } },
    );
  }

  #takeRaft(stream: IncomingStream, peer: Peer): void {
    const served = this.#accept(stream, {
      receive: (bytes) => peer.receiveRaft(bytes),
      end: () => peer.removeInbound(inbound),
    });
    const inbound: PeerInbound = { close: () => served.destroy() };
    peer.addInbound(inbound);
    peer.setInboundRaft(inbound);
  }

  #takeCalls(stream: IncomingStream, peer: Peer | undefined): void {
    const { environment, services } = this.#options;
    const fromNode = stream.hello.identity.nodeId;
    const { defer, settings } = environment;
    const server = new CallServer({ services, fromNode, defer, limits: settings });
    const served = this.#accept(stream, {
      receive: (bytes) => server.receive(bytes),
      end: () => {
        server.close();
        peer?.removeInbound(inbound);
      },
    });
    const inbound: PeerInbound = {
      close: () => {
        served.destroy();
        server.close();
      },
    };
    server.attach(served);
    peer?.addInbound(inbound);
  }

  #takeSnapshot(stream: IncomingStream, peer: Peer): void {
    const handler = this.#options.snapshotHandler();
    if (handler === undefined) {
      stream.refuse(new ClusterError("SNAPSHOT_ABORTED", "This node takes no snapshots yet"));
      return;
    }
    const receiver = new SnapshotReceiver({
      environment: this.#options.environment,
      fromNode: peer.nodeId,
      handler,
      acquire: () => this.#snapshots.acquire(),
    });
    const served = this.#accept(stream, {
      receive: (bytes) => receiver.receive(bytes),
      end: () => {
        receiver.abort();
        peer.removeInbound(inbound);
      },
    });
    const inbound: PeerInbound = {
      close: () => {
        served.destroy();
        receiver.abort();
      },
    };
    peer.addInbound(inbound);
    void receiver.run(served);
  }

  #accept(
    stream: IncomingStream,
    events: { receive(bytes: Uint8Array): void; end(): void },
  ): ServedStream {
    const { environment } = this.#options;
    const { nodeId } = stream.hello.identity;
    const served = stream.accept(createHello(environment.identity(), nodeId), {
      onMessage: (bytes) => {
        try {
          events.receive(bytes);
        } catch (error) {
          environment.logger.error("What a node sent is not readable", { nodeId, error });
          served.destroy();
          events.end();
        }
      },
      onEnd: events.end,
    });
    return served;
  }
}
