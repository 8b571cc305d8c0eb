import { type AddressInfo, createServer, type Server } from "node:net";
import type { Scheduler } from "#base/clock";
import { ConnectionSplitter, type NodeTransport } from "#cluster";
import type { NodeEndpoint } from "./node-endpoint.ts";
import { connectionLimits, readOpenFilesMax } from "./open-files.ts";

/** The node port: HTTP/1 for people and probes, gRPC between nodes, told apart per connection. */
export class NodePort {
  readonly #endpoint: NodeEndpoint;
  readonly #server: Server;
  readonly #socketServer: Server;
  readonly #splitter: ConnectionSplitter;
  #transport: NodeTransport | undefined;

  constructor(endpoint: NodeEndpoint, scheduler: Scheduler) {
    this.#endpoint = endpoint;
    this.#splitter = new ConnectionSplitter({
      scheduler,
      onHttp1: (socket) => endpoint.accept(socket),
      // Before the data directory is open nobody can be told who this node is.
      onHttp2: (socket) =>
        this.#transport === undefined ? socket.destroy() : this.#transport.accept(socket),
    });
    this.#server = createServer({ noDelay: true }, (socket) => this.#splitter.accept(socket));
    // Clients of this port cannot take the files that the node needs, either.
    this.#server.maxConnections = connectionLimits(readOpenFilesMax()).admin;
    this.#socketServer = createServer((socket) => this.#splitter.accept(socket));
  }

  /** The port; 0 before `listen`. */
  get number(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Resolves with the port; rejects if the address cannot be bound. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        resolve(this.number);
      });
    });
  }

  /** Listens on a Unix socket as well; rejects if it cannot be made. */
  listenOnSocket(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socketServer.once("error", reject);
      this.#socketServer.listen({ path }, () => {
        this.#socketServer.off("error", reject);
        resolve();
      });
    });
  }

  /** Sets who takes the connections of other nodes. */
  use(transport: NodeTransport): void {
    this.#transport = transport;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#socketServer.close();
    this.#splitter.close();
    await this.#endpoint.close();
  }
}
