/** The services written with the official SDK, served over HTTP/2 from this process. */

import type { Http2Server } from "node:http2";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";

import { createEndpointHandler } from "@restatedev/restate-sdk";

import { sdkServices } from "./sdk-services.ts";

/** One HTTP/2 endpoint with all SDK services. */
export class SdkEndpoint {
  readonly #server: Http2Server;
  #port = 0;

  constructor() {
    const handler = createEndpointHandler({
      services: sdkServices,
      logger: () => {},
    });
    this.#server = createServer(handler);
    this.#server.on("sessionError", () => {});
  }

  get uri(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, "127.0.0.1", () => resolve());
    await promise;
    this.#port = (this.#server.address() as AddressInfo).port;
    this.#server.unref();
  }

  close(): void {
    this.#server.close();
  }
}
