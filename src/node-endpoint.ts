import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the node port answers with. */
export interface NodeEndpointOptions {
  readonly metricsEnabled: boolean;
  /** Metrics in the Prometheus text format. */
  render(): Promise<string>;
  /** True while the node can take work. */
  isReady(): boolean;
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

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD") return end(response, 405, "");
    if (path === "/metrics" && this.#options.metricsEnabled) {
      response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
      return end(response, 200, await this.#options.render());
    }
    if (path === "/health") {
      const isReady = this.#options.isReady();
      return end(response, isReady ? 200 : 503, isReady ? "" : "the log takes no writes");
    }
    end(response, 404, "");
  }
}

function end(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.end(body);
}
