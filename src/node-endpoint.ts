import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { NodeHealth } from "./node-health.ts";

/** What the node port answers with. */
export interface NodeEndpointOptions {
  /** Metrics in the Prometheus text format. */
  render(): Promise<string>;
  readonly contentType: string;
  health(): NodeHealth;
}

/** The node port: `/metrics` and `/health`. */
export class NodeEndpoint {
  readonly #options: NodeEndpointOptions;
  readonly #server: Server;

  constructor(options: NodeEndpointOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Resolves with the port; rejects if the address cannot be bound. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes a connection of another listener that begins with HTTP/1. */
  accept(socket: Socket): void {
    this.#server.emit("connection", socket);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD") return end(response, 405, "");
    if (path === "/metrics") {
      response.setHeader("content-type", this.#options.contentType);
      return end(response, 200, await this.#options.render());
    }
    if (path === "/health") {
      const health = this.#options.health();
      response.setHeader("content-type", "application/json");
      const isHealthy = health.status === "Alive" && health.problems.length === 0;
      return end(response, isHealthy ? 200 : 503, JSON.stringify(health));
    }
    end(response, 404, "");
  }
}

function end(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.end(body);
}
