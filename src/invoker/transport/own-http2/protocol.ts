/** The vocabulary of HTTP/2 (RFC 9113): frame types, flags, settings, error codes. */

/** Frame types, section 6. */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

/** Frame flags; the same bit means different things on different frames. */
export const FLAG = {
  END_STREAM: 0x1,
  ACK: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** Settings identifiers, section 6.5.2. */
export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

/** Error codes, section 7. */
export const HTTP2_ERROR = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const;

const ERROR_NAMES: readonly string[] = Object.keys(HTTP2_ERROR);

/** The name of an error code for messages; codes that nobody defined print as a number. */
export function http2ErrorName(code: number): string {
  return ERROR_NAMES[code] ?? `error ${code}`;
}

/** What a client sends before its first frame. */
export const CONNECTION_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Bytes of a frame header. */
export const FRAME_HEADER_BYTES = 9;

/** Largest frame payload, both ways: we never announce more and never use more. */
export const FRAME_PAYLOAD_BYTES_MAX = 16_384;

/** Flow-control window of a connection, and of a stream, until settings say otherwise. */
export const DEFAULT_WINDOW_BYTES = 65_535;

/** Largest window, stream identifier and increment. */
export const UINT31_MAX = 0x7fff_ffff;

/**
 * The peer broke the protocol in a way that ends the connection (section 5.4.1). Thrown inside the
 * receive path only, caught by the connection, sent as GOAWAY.
 */
export class ConnectionFault extends Error {
  override readonly name = "ConnectionFault";
  readonly http2Code: number;

  constructor(http2Code: number, message: string) {
    super(message);
    this.http2Code = http2Code;
  }
}
