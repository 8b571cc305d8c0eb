/** A complete response; the transport adds framing headers (`content-length`, `date`, …). */
export interface IngressResponse {
  readonly status: number;
  /** Names in lower case, alternating with values. */
  readonly headers: readonly string[];
  /** Not changed after it was handed over. */
  readonly body: Uint8Array;
}

/**
 * One HTTP request whose head was read, and the one response to it: what routes see of a transport.
 *
 * A client that goes away cancels nothing: `respond` is then a call without effect.
 */
export interface ServerExchange {
  readonly method: string;
  /** Path and query, one character per byte (Latin-1); `*`, or empty for CONNECT. */
  readonly target: string;
  /** Names in lower case, alternating with values; one character per byte (Latin-1). */
  readonly headers: readonly string[];
  /** Announced body size in bytes; undefined if the body is chunked or absent. */
  readonly contentLength: number | undefined;
  /**
   * The whole body, at once if it has arrived with the head. The caller may keep it.
   *
   * Rejects with `BodyError`. Called at most once; a body that is not read is discarded.
   */
  readBody(): Uint8Array | Promise<Uint8Array>;
  /** Sends the response. Called exactly once. */
  respond(response: IngressResponse): void;
}

/** Takes over exchanges as their heads arrive. */
export type ExchangeHandler = (exchange: ServerExchange) => void;

/** Why a body could not be read. */
export type BodyErrorReason = "too-large" | "overloaded" | "aborted" | "malformed";

/** A request body that cannot be read. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly reason: BodyErrorReason;

  constructor(reason: BodyErrorReason) {
    super(BODY_ERROR_MESSAGES[reason]);
    this.reason = reason;
  }
}

const BODY_ERROR_MESSAGES: Readonly<Record<BodyErrorReason, string>> = {
  "too-large": "LengthLimitError",
  overloaded: "too many bytes of request bodies are arriving",
  aborted: "connection closed before the body was complete",
  malformed: "malformed body framing",
};

/** The body of requests and responses without one. */
export const EMPTY_BODY: Uint8Array = new Uint8Array(0);
