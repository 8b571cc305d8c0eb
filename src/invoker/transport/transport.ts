/**
 * How the invoker talks to handler deployments: one interface, several wire implementations.
 *
 * Everything is callback-based, since a promise per event would cost more than the event itself.
 * Callbacks run on the event loop turn in which the bytes arrived and must not throw: an exception
 * out of a handler is a defect and takes the whole connection down with it.
 */

/** Where a deployment listens, as registered: `http://host:port/prefix?query`. */
export interface DeploymentAddress {
  readonly uri: string;
  /** "h2": HTTP/2 (prior knowledge or ALPN, which may answer http/1.1); "http1": HTTP/1.1 only. */
  readonly protocol: "h2" | "http1";
}

/** Header fields of a response, by lower-case name; repeated fields are joined with ", ". */
export type ResponseHeaders = ReadonlyMap<string, string>;

/** Why a stream ended without a complete response. Match on the code, not on the message. */
export type TransportErrorCode =
  | "ALPN_MISMATCH"
  | "BODY_TOO_LARGE"
  | "CONNECTION_LOST"
  | "CONNECT_FAILED"
  | "CONNECT_TIMEOUT"
  | "GOAWAY"
  | "INVALID_REQUEST"
  | "KEEP_ALIVE_TIMEOUT"
  | "PROTOCOL_ERROR"
  | "QUEUE_FULL"
  | "SEND_QUEUE_FULL"
  | "STREAM_REFUSED"
  | "STREAM_RESET"
  | "TIMEOUT"
  | "TRANSPORT_CLOSED";

/** A failure of the transport; never a statement about what the handler did. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly code: TransportErrorCode;
  /** True if the peer certainly did not process any part of the request. */
  readonly retrySafe: boolean;
  /** The HTTP/2 error code that the peer sent, when there was one. */
  readonly http2Code: number | undefined;

  constructor(
    code: TransportErrorCode,
    message: string,
    options: {
      readonly retrySafe?: boolean;
      readonly http2Code?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retrySafe = options.retrySafe ?? false;
    this.http2Code = options.http2Code;
  }
}

/**
 * Receives the response. Order: `onHead` at most once, `onData` any number of times, then exactly
 * one of `onEnd` and `onError`. No callback runs inside `Transport.open`, and none at all after
 * `RequestStream.reset`.
 */
export interface StreamHandlers {
  /** The map may be shared between responses. */
  onHead(status: number, headers: ResponseHeaders): void;
  /** `chunk` is a slice of the receive buffer: valid only during the call, copy it to keep it. */
  onData(chunk: Uint8Array): void;
  /**
   * Clean end of the response. The request side is closed as well after this returns; later calls
   * on the stream do nothing.
   */
  onEnd(): void;
  onError(error: TransportError): void;
  /** `bufferedBytes` fell back to zero after a `write` had returned false. */
  onDrain?(): void;
}

/** The request side of a stream. All methods are safe to call, and ignored, once it has ended. */
export interface RequestStream {
  /**
   * Sends body bytes. The bytes are referenced until sent, so they must not change afterwards.
   *
   * @returns false when the caller should wait for `onDrain`; the data is accepted all the same.
   * Past the hard limit of `TransportLimits.sendQueueBytesMax` the stream fails (SEND_QUEUE_FULL).
   */
  write(data: Uint8Array | readonly Uint8Array[]): boolean;
  /** Half-closes the request; what was written before is still sent. */
  end(): void;
  /** Abandons the stream: RST_STREAM CANCEL, or the connection dropped on HTTP/1.1. */
  reset(): void;
  /** Body bytes accepted and not yet handed to the connection. */
  readonly bufferedBytes: number;
  /** Stops `onData` and `onEnd`; the peer is held back by the flow-control window. */
  pauseReading(): void;
  /** Restarts delivery, from a later tick and never inside this call. */
  resumeReading(): void;
}

/** What `Transport.open` sends before the body. */
export interface OpenRequest {
  readonly method: "POST" | "GET";
  /** The complete request target; see `deploymentPath`. */
  readonly path: string;
  /**
   * Fields that are the same for many requests. Pass the same array object every time: its
   * encoding is cached by identity, so the array must not change.
   */
  readonly staticHeaders?: readonly (readonly [name: string, value: string])[];
  /** Fields of this request; lower-case names, values without line breaks. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Counters of one transport; gauges are of now, totals since creation. */
export interface TransportStats {
  readonly connections: number;
  readonly connecting: number;
  readonly streamsActive: number;
  readonly streamsQueued: number;
  readonly connectionsOpenedTotal: number;
  readonly streamsOpenedTotal: number;
  readonly bytesSentTotal: number;
  readonly bytesReceivedTotal: number;
}

/** A pool of connections to one deployment. */
export interface Transport {
  /** Starts a request. Failures, even immediate ones, are reported through `onError`. */
  open(request: OpenRequest, handlers: StreamHandlers): RequestStream;
  /** Fails what is open with TRANSPORT_CLOSED and resolves when every socket is closed. */
  close(): Promise<void>;
  stats(): TransportStats;
}
