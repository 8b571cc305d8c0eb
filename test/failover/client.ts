/** Calls of handlers over HTTP, one connection per client, as seen by whoever waits for them. */
import { Agent, request } from "node:http";

/** How a call ended. */
export type Outcome =
  | { readonly kind: "answered"; readonly status: number; readonly text: string }
  /** The connection failed before there was an answer. */
  | { readonly kind: "broken"; readonly reason: string }
  /** The client gave up. */
  | { readonly kind: "timedOut" };

/** One call of a handler. */
export interface HandlerCall {
  /** Ingress as `host:port`. */
  readonly ingress: string;
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly timeoutMs: number;
}

/** One connection that is kept; calls go one after the other. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** Never rejects. */
  call({ ingress, path, body, idempotencyKey, timeoutMs }: HandlerCall): Promise<Outcome> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const [host, port] = ingress.split(":");
    const options = { host, port, method: "POST", path, headers, agent: this.#agent };
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", (error) => resolve({ kind: "broken", reason: error.message }));
      incoming.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ kind: "answered", status: incoming.statusCode ?? 0, text });
      });
    });
    const timer = setTimeout(() => {
      resolve({ kind: "timedOut" });
      outgoing.destroy();
    }, timeoutMs);
    outgoing.on("error", (error) => resolve({ kind: "broken", reason: error.message }));
    outgoing.on("close", () => clearTimeout(timer));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
