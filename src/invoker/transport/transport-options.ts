/** Settings of the deployment transports, with the defaults of the service protocol, 3.1. */

import { type ConnectionMetrics, NO_CONNECTION_METRICS } from "./connection-metrics.ts";

/** Bounds; each says what happens when it is reached. */
export interface TransportLimits {
  /** Streams on one connection; the peer may allow fewer. More open another connection. */
  readonly streamsPerConnectionMax: number;
  /** Connections to one deployment. Streams beyond wait in the queue. */
  readonly connectionsMax: number;
  /** Streams that wait for a connection; beyond, `onError` with QUEUE_FULL. */
  readonly queuedStreamsMax: number;
  /** Body bytes a stream holds back; beyond, `onError` with SEND_QUEUE_FULL. */
  readonly sendQueueBytesMax: number;
  /** Decoded size of a response head (RFC 9113, 6.5.2); beyond, the stream is reset. */
  readonly headerListBytesMax: number;
}

/** How one deployment is reached; all times in milliseconds, all windows in bytes. */
export interface TransportOptions extends TransportLimits {
  /** Covers TCP, TLS and the peer's first SETTINGS frame. */
  readonly connectTimeoutMs: number;
  /** Silence on a connection with open streams after which a PING is sent, less up to 20%. */
  readonly keepAliveIntervalMs: number;
  /** How long the answer to a PING may take before the connection counts as lost. */
  readonly keepAliveTimeoutMs: number;
  /** Idle time after which a connection is closed. */
  readonly idleCloseMs: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  /** Trust anchors beside the system's, and whether certificates are verified at all. */
  readonly tls: {
    readonly certificateAuthorities?: readonly string[];
    readonly rejectUnauthorized?: boolean;
  };
  /** "own": our HTTP/2 framing; "node": the stock client of node:http2. */
  readonly http2Client: "own" | "node";
  readonly metrics: ConnectionMetrics;
}

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const SECOND_MS = 1000;

/** The defaults; a window or limit that is not stated by the protocol is our choice. */
export const TRANSPORT_DEFAULTS: TransportOptions = {
  streamsPerConnectionMax: 128,
  connectionsMax: 64,
  queuedStreamsMax: 10_000,
  sendQueueBytesMax: 128 * MEBIBYTE,
  headerListBytesMax: 64 * KIBIBYTE,
  connectTimeoutMs: 10 * SECOND_MS,
  keepAliveIntervalMs: 40 * SECOND_MS,
  keepAliveTimeoutMs: 20 * SECOND_MS,
  idleCloseMs: 5 * 60 * SECOND_MS,
  streamWindowBytes: 2 * MEBIBYTE,
  connectionWindowBytes: 5 * MEBIBYTE,
  tls: {},
  http2Client: "own",
  metrics: NO_CONNECTION_METRICS,
};

/** Body bytes held back by one stream above which `write` returns false. */
export const WRITE_HIGH_WATER_BYTES = 64 * KIBIBYTE;
