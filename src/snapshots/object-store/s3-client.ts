import { createHash } from "node:crypto";
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import { ServerError } from "#errors";
import { type RequestRetryPolicy, retryPauseMs } from "./retry.ts";
import { type Credentials, encodePath, encodeQuery, signRequest } from "./sign-request.ts";
import { textOfElement } from "./xml-text.ts";

/** Where a bucket is and who asks. */
export interface S3ClientOptions {
  /** Base URL of the service, without a path. */
  readonly endpoint: URL;
  readonly bucket: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly retryPolicy: RequestRetryPolicy;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
}

/** One request to the bucket. */
export interface S3Request {
  readonly method: "GET" | "PUT" | "DELETE";
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly bodySha256?: string;
  /** Larger answers are refused. */
  readonly replyBytesMax: number;
  /** Statuses that are an answer and no error. */
  readonly expects: readonly number[];
}

/** What the service answered. */
export interface S3Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Uint8Array;
}

const CONNECTIONS_MAX = 16;
/** A connection on which nothing moves for so long is given up. */
const SILENCE_MS_MAX = 30_000;
const ERROR_BYTES_MAX = 64 * 1024;
const NO_BYTES = new Uint8Array(0);
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
/** Codes with other statuses that time heals. */
const RETRYABLE_CODES: ReadonlySet<string> = new Set(["RequestTimeout", "SlowDown"]);

/**
 * Sends signed requests to one bucket, by path (`/bucket/key`), and repeats those that time may
 * heal: lost connections, overload, errors of the service.
 *
 * Every request is idempotent. One whose answer was lost is repeated too: a conditional write may
 * then find its own work, which its caller has to recognize.
 */
export class S3Client {
  readonly #options: S3ClientOptions;
  readonly #agent: PlainAgent;
  readonly #isSecure: boolean;
  readonly #waits = new Set<{ readonly call: ScheduledCall; readonly end: () => void }>();
  #isClosed = false;

  constructor(options: S3ClientOptions) {
    this.#options = options;
    this.#isSecure = options.endpoint.protocol === "https:";
    const limits = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
    this.#agent = this.#isSecure ? new SecureAgent(limits) : new PlainAgent(limits);
  }

  /**
   * Sends a request until it is answered by one of the statuses that it expects.
   *
   * @throws ServerError `OBJECT_STORE_UNAVAILABLE` after the last attempt, `OBJECT_STORE_REFUSED`
   */
  async send(request: S3Request): Promise<S3Reply> {
    const { retryPolicy, random, logger } = this.#options;
    const bodySha256 = request.bodySha256 ?? sha256(request.body ?? NO_BYTES);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt({ ...request, bodySha256 });
      if (!(outcome instanceof Failure)) return outcome;
      const isLast = attempt >= retryPolicy.attemptsMax || this.#isClosed;
      if (!outcome.isRetryable || isLast) throw this.#errorOf(request, outcome);
      logger.debug("A request to the object store is repeated", {
        key: request.key,
        attempt,
        reason: outcome.reason,
      });
      await this.#wait(retryPauseMs(retryPolicy, attempt, random));
    }
  }

  /** Fails what is under way. */
  close(): void {
    this.#isClosed = true;
    this.#agent.destroy();
    for (const { call, end } of this.#waits) {
      call.cancel();
      end();
    }
  }

  async #attempt(request: S3Request & { readonly bodySha256: string }): Promise<S3Reply | Failure> {
    if (this.#isClosed) return new Failure("the node is stopping", false);
    let reply: S3Reply;
    try {
      reply = await this.#exchange(request);
    } catch (error) {
      return new Failure((error as Error).message, !(error instanceof TooLargeError));
    }
    if (request.expects.includes(reply.status)) return reply;
    return failureOf(reply);
  }

  #exchange(request: S3Request & { readonly bodySha256: string }): Promise<S3Reply> {
    const { endpoint, bucket, region, credentials, clock } = this.#options;
    const { method, query = {}, body = NO_BYTES, bodySha256 } = request;
    const path = encodePath(`/${bucket}${request.key === "" ? "" : `/${request.key}`}`);
    const unsigned = {
      method,
      path,
      query,
      headers: {
        host: endpoint.host,
        ...(method === "PUT" ? { "content-length": `${body.length}` } : {}),
        ...request.headers,
      },
      bodySha256,
    };
    const headers = signRequest(unsigned, { credentials, region, nowMs: clock.nowMs() });
    const search = encodeQuery(query);
    const { promise, resolve, reject } = Promise.withResolvers<S3Reply>();
    const send = this.#isSecure ? secureRequest : plainRequest;
    const outgoing = send(
      {
        protocol: endpoint.protocol,
        host: endpoint.hostname,
        port: endpoint.port,
        method,
        path: search === "" ? path : `${path}?${search}`,
        headers,
        agent: this.#agent,
        timeout: SILENCE_MS_MAX,
      },
      (reply) => collect(reply, request).then(resolve, reject),
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("it does not answer")));
    outgoing.on("error", reject);
    outgoing.end(body);
    return promise;
  }

  #wait(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#waits.delete(wait);
        resolve();
      };
      const wait = { call: this.#options.scheduler.after(durationMs, end), end };
      this.#waits.add(wait);
    });
  }

  #errorOf({ method, key }: S3Request, { reason, isRetryable }: Failure): ServerError {
    const { bucket, endpoint } = this.#options;
    const location = `s3://${bucket} at ${endpoint.host}`;
    const code = isRetryable ? "OBJECT_STORE_UNAVAILABLE" : "OBJECT_STORE_REFUSED";
    return new ServerError(code, `Could not ${method} "${key}" in ${location}: ${reason}`, {
      details: { location, key },
    });
  }
}

/** Why an attempt was in vain. */
class Failure {
  readonly reason: string;
  readonly isRetryable: boolean;

  constructor(reason: string, isRetryable: boolean) {
    this.reason = reason;
    this.isRetryable = isRetryable;
  }
}

class TooLargeError extends Error {}

async function collect(reply: IncomingMessage, request: S3Request): Promise<S3Reply> {
  const { statusCode: status = 0, headers } = reply;
  const isExpected = request.expects.includes(status);
  const bytesMax = isExpected ? request.replyBytesMax : ERROR_BYTES_MAX;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of reply as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > bytesMax) {
      reply.destroy();
      if (isExpected) throw new TooLargeError(`it has more than ${bytesMax} bytes`);
      break;
    }
    parts.push(part);
  }
  return {
    status,
    headers,
    body: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts),
  };
}

function failureOf({ status, headers, body }: S3Reply): Failure {
  const text = Buffer.from(body).toString("utf8");
  const code = textOfElement(text, "Code") ?? "";
  const message = textOfElement(text, "Message") ?? "";
  const region = headers["x-amz-bucket-region"];
  const advice =
    status === 301 || code === "AuthorizationHeaderMalformed"
      ? `. The bucket is in another region${region === undefined ? "" : `, "${region}"`}`
      : "";
  const isRetryable = RETRYABLE_STATUSES.has(status) || RETRYABLE_CODES.has(code);
  return new Failure(`${status} ${code} ${message}`.trim() + advice, isRetryable);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
