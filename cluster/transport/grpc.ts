/**
 * The one file that knows grpc-js: connections with one stream each, on both sides.
 *
 * The library is loaded when the first connection is made or taken, so that a node without peers
 * does not pay for it. Messages pass through as bytes; proto/node.proto says what is in them.
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import type * as GrpcLibrary from "@grpc/grpc-js";

import { ClusterError } from "#base/cluster-error";
import { CALL_BYTES_MAX, decodeError, encodeError } from "./calls-codec.ts";
import type { FrameSink } from "./frame-queue.ts";
import { decodeHello, encodeHello, type Hello, type LinkPurpose } from "./hello.ts";

/** The library, once loaded. */
export type Grpc = (typeof GrpcLibrary)["default"];

/** What happens on the side that dialed. */
export interface DialedStreamEvents {
  /** The other side has greeted and accepted; messages may be written from now on. */
  onOpen(hello: Hello): void;
  onMessage(bytes: Uint8Array): void;
  /** The connection has ended or never came to be; called once, not after `destroy`. */
  onEnd(error: ClusterError): void;
}

/** A connection with one stream. */
export interface NodeStream extends FrameSink {
  /** Ends stream and connection at once; what is under way may be lost. */
  destroy(): void;
}

/** A stream that another node has opened, before it is accepted. */
export interface IncomingStream {
  readonly hello: Hello;
  /** Answers the greeting; messages and `onEnd` follow. */
  accept(own: Hello, events: IncomingStreamEvents): ServedStream;
  /** Turns the caller away with a reason. */
  refuse(error: ClusterError): void;
}

/** What happens on an accepted stream. */
export interface IncomingStreamEvents {
  onMessage(bytes: Uint8Array): void;
  /** The caller will write no more, or is gone; called once. */
  onEnd(): void;
}

/** An accepted stream; what it receives waits while it is paused. */
export interface ServedStream extends NodeStream {
  pause(): void;
  resume(): void;
}

/** Where and why to connect. */
export interface DialOptions {
  readonly address: string;
  readonly purpose: LinkPurpose;
  readonly hello: Hello;
}

const PATHS: Readonly<Record<LinkPurpose, string>> = {
  raft: "/stet.node.v1.NodeLink/Raft",
  calls: "/stet.node.v1.NodeLink/Calls",
  snapshot: "/stet.node.v1.NodeLink/Snapshot",
};
const HELLO_KEY = "stet-hello-bin";
const ERROR_KEY = "stet-error-bin";
/** Bytes that may be under way per connection before the receiver has taken them. */
const WINDOW_BYTES = 1024 * 1024;

/** A batch of small frames, or one frame of the largest kind. */
const MESSAGE_BYTES_MAX = 2 * CALL_BYTES_MAX;

const COMMON_OPTIONS = {
  "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
  "grpc.max_send_message_length": -1,
  "grpc.enable_channelz": 0,
  "grpc-node.flow_control_window": WINDOW_BYTES,
};

const DIAL_OPTIONS = {
  ...COMMON_OPTIONS,
  // A connection belongs to one stream, and retries are the business of whoever dials.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_retries": 0,
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
};

/** Loads the library. */
export async function loadGrpc(): Promise<Grpc> {
  // It is CommonJS: a bundle names nothing but the whole of it.
  const { default: grpc } = await import("@grpc/grpc-js");
  return grpc;
}

/** Connects to a node and opens the stream of one purpose. */
export function dial(grpc: Grpc, options: DialOptions, events: DialedStreamEvents): NodeStream {
  return new DialedStream(grpc, options, events);
}

/** `host:port` of an address, which may be given as a URL. */
export function toTarget(address: string): string {
  return address.replace(/^https?:\/\//, "").replace(/\/+$/, "");
}

/** True if the error says that nobody listens at the address. */
export function isRefusedConnection(error: ClusterError): boolean {
  return error.code === "NODE_UNREACHABLE" && error.message.includes("ECONNREFUSED");
}

class DialedStream implements NodeStream {
  readonly #client: GrpcLibrary.Client;
  readonly #stream: GrpcLibrary.ClientDuplexStream<Uint8Array, Buffer>;
  #socket: Socket | undefined;
  #isEnded = false;

  constructor(grpc: Grpc, { address, purpose, hello }: DialOptions, events: DialedStreamEvents) {
    const credentials = socketCredentials(grpc, (socket) => {
      this.#socket = socket;
      if (this.#isEnded) socket.destroy();
    });
    this.#client = new grpc.Client(toTarget(address), credentials, DIAL_OPTIONS);
    const metadata = new grpc.Metadata();
    metadata.set(HELLO_KEY, asBuffer(encodeHello(hello)));
    this.#stream = this.#client.makeBidiStreamRequest(PATHS[purpose], asBuffer, same, metadata);
    this.#stream.once("metadata", (answer) => this.#open(answer, events));
    this.#stream.on("data", (bytes: Buffer) => {
      if (!this.#isEnded) events.onMessage(bytes);
    });
    // Every end of a stream comes with a status, after the last message; errors are part of it.
    this.#stream.on("error", () => undefined);
    this.#stream.once("status", (status) => {
      if (this.#isEnded) return;
      this.destroy();
      events.onEnd(toClusterError(status, address));
    });
  }

  write(bytes: Uint8Array, onWritten: () => void): void {
    this.#stream.write(bytes, (error?: Error | null) => {
      if (!error && !this.#isEnded) onWritten();
    });
  }

  destroy(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    // A peer that does not read would keep the connection for as long as it takes to empty it.
    this.#socket?.resetAndDestroy();
    this.#stream.cancel();
    this.#client.close();
  }

  #open(answer: GrpcLibrary.Metadata, events: DialedStreamEvents): void {
    if (this.#isEnded) return;
    const [encoded] = answer.get(HELLO_KEY);
    // Without a greeting it is a refusal, and the status tells why.
    if (encoded === undefined) return;
    let hello: Hello;
    try {
      hello = decodeHello(encoded as Buffer);
    } catch (cause) {
      this.destroy();
      events.onEnd(unreadable(cause));
      return;
    }
    events.onOpen(hello);
  }
}

/** Takes connections of other nodes. */
export class GrpcAcceptor {
  readonly #grpc: Grpc;
  readonly #server: GrpcLibrary.Server;
  readonly #injector: ReturnType<GrpcLibrary.Server["createConnectionInjector"]>;
  readonly #sockets = new Map<string, Duplex>();

  constructor(grpc: Grpc, onStream: (purpose: LinkPurpose, stream: IncomingStream) => void) {
    this.#grpc = grpc;
    this.#server = new grpc.Server(COMMON_OPTIONS);
    for (const purpose of Object.keys(PATHS) as LinkPurpose[]) {
      this.#server.register(
        PATHS[purpose],
        (call: ServerCall) => this.#greet(call, (stream) => onStream(purpose, stream)),
        asBuffer,
        same,
        "bidi",
      );
    }
    this.#injector = this.#server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  }

  /** Takes a connection whose first bytes, still unread, are HTTP/2's. */
  accept(socket: Duplex): void {
    const { remoteAddress, remotePort } = socket as Socket;
    const name = `${remoteAddress}:${remotePort}`;
    this.#sockets.set(name, socket);
    socket.once("close", () => {
      if (this.#sockets.get(name) === socket) this.#sockets.delete(name);
    });
    this.#injector.injectConnection(socket);
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#server.forceShutdown();
  }

  #greet(call: ServerCall, onStream: (stream: IncomingStream) => void): void {
    const socket = this.#sockets.get(call.getPeer());
    const [encoded] = call.metadata.get(HELLO_KEY);
    const refuse = (error: ClusterError) => {
      call.emit("error", this.#toStatus(error));
    };
    let hello: Hello;
    try {
      hello = decodeHello(encoded as Buffer);
    } catch (cause) {
      refuse(unreadable(cause));
      return;
    }
    onStream({
      hello,
      refuse,
      accept: (own, events) => {
        const metadata = new this.#grpc.Metadata();
        metadata.set(HELLO_KEY, asBuffer(encodeHello(own)));
        call.sendMetadata(metadata);
        return serveStream(call, socket, events);
      },
    });
  }

  #toStatus(error: ClusterError): Error {
    const metadata = new this.#grpc.Metadata();
    metadata.set(ERROR_KEY, asBuffer(encodeError(error)));
    const code = this.#grpc.status.FAILED_PRECONDITION;
    return Object.assign(new Error(error.message), { code, details: error.message, metadata });
  }
}

type ServerCall = GrpcLibrary.ServerDuplexStream<Buffer, Uint8Array>;

function serveStream(
  call: ServerCall,
  socket: Duplex | undefined,
  events: IncomingStreamEvents,
): ServedStream {
  let isEnded = false;
  const end = () => {
    if (isEnded) return;
    isEnded = true;
    events.onEnd();
  };
  call.on("data", (bytes: Buffer) => {
    if (!isEnded) events.onMessage(bytes);
  });
  call.on("error", end);
  call.on("cancelled", end);
  call.on("close", end);
  call.on("end", () => {
    end();
    call.end();
  });
  return {
    write: (bytes, onWritten) => {
      call.write(bytes, (error?: Error | null) => {
        if (!error && !isEnded) onWritten();
      });
    },
    pause: () => call.pause(),
    resume: () => call.resume(),
    destroy: () => {
      isEnded = true;
      socket?.destroy();
      call.destroy();
    },
  };
}

/**
 * Credentials for plain text that show the socket.
 *
 * grpc-js gives no other access to it, and a connection to a node that has stopped reading can only
 * be ended there. The version is pinned for this.
 */
function socketCredentials(
  grpc: Grpc,
  onSocket: (socket: Socket) => void,
): GrpcLibrary.ChannelCredentials {
  class SocketCredentials extends grpc.ChannelCredentials {
    override compose(): GrpcLibrary.ChannelCredentials {
      return this;
    }

    _isSecure(): boolean {
      return false;
    }

    _equals(other: GrpcLibrary.ChannelCredentials): boolean {
      return other === this;
    }

    _createSecureConnector(
      ...[, , given]: Parameters<GrpcLibrary.ChannelCredentials["_createSecureConnector"]>
    ): ReturnType<GrpcLibrary.ChannelCredentials["_createSecureConnector"]> {
      const credentials = given ?? grpc.CallCredentials.createEmpty();
      return {
        connect: async (socket) => {
          onSocket(socket);
          return { socket, secure: false };
        },
        waitForReady: async () => undefined,
        getCallCredentials: () => credentials,
        destroy: () => undefined,
      };
    }
  }
  return new SocketCredentials();
}

function toClusterError(status: GrpcLibrary.StatusObject, address: string): ClusterError {
  const [encoded] = status.metadata?.get(ERROR_KEY) ?? [];
  if (encoded !== undefined) {
    const error = decodeError(encoded as Buffer);
    if (error instanceof ClusterError) return error;
  }
  return new ClusterError("NODE_UNREACHABLE", `Connection to ${address} ended: ${status.details}`, {
    details: { address, status: status.code },
  });
}

function unreadable(cause: unknown): ClusterError {
  return new ClusterError("PROTOCOL_MISMATCH", "The greeting of a node is not readable", { cause });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
