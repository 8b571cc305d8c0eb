/** A client as a careful user writes it: asks again until it has an answer. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly invocationId: string;
}

/** One request, repeatable as it is. */
export interface Question {
  readonly method?: "GET" | "POST" | "PATCH";
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

const RETRY_DELAY_MS = 40;
/** A server that takes a request and never answers it is as good as gone. */
const ANSWER_TIMEOUT_MS = 60_000;
const RETRIED_STATUSES = new Set([502, 503, 504]);

/** Talks to one port. Counts what went wrong on the way. */
export class RetryingClient {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });
  #brokenRequests = 0;
  #isClosed = false;

  constructor(port: number) {
    this.#port = port;
  }

  /** Requests that ended without an answer, so far. */
  get brokenRequests(): number {
    return this.#brokenRequests;
  }

  /** Asks until answered; rejects only after `close`. */
  async ask(question: Question): Promise<Answer> {
    for (;;) {
      if (this.#isClosed) throw new Error(`Closed before ${question.path} was answered`);
      try {
        const answer = await this.askOnce(question);
        if (!RETRIED_STATUSES.has(answer.status)) return answer;
      } catch {
        // The server died before it answered.
      }
      this.#brokenRequests++;
      await sleep(RETRY_DELAY_MS);
    }
  }

  /** Asks once. */
  askOnce({ method = "POST", path, body, idempotencyKey }: Question): Promise<Answer> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const options = { host: "127.0.0.1", port: this.#port, method, path, headers };
    const outgoing = request({ ...options, agent: this.#agent }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const id = incoming.headers["x-restate-id"];
        resolve({
          status: incoming.statusCode ?? 0,
          text: Buffer.concat(chunks).toString("utf8"),
          invocationId: typeof id === "string" ? id : "",
        });
      });
    });
    outgoing.setTimeout(ANSWER_TIMEOUT_MS, () => outgoing.destroy(new Error("No answer in time")));
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }

  close(): void {
    this.#isClosed = true;
    this.#agent.destroy();
  }
}
