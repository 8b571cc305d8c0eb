/**
 * One entry of a journal, exactly as it travels on the wire (service protocol section 4).
 *
 * The body is opaque here: SDKs compare replayed commands byte for byte in meaning, so it is
 * stored and sent unchanged.
 */
export interface JournalEntry {
  /** Message type code: 0x0400-0x7FFF commands, 0x8000-0xFBFF notifications. */
  readonly type: number;
  /** Protobuf body, without the frame header. Shared; nobody writes to it. */
  readonly body: Uint8Array;
  /** Milliseconds since the Unix epoch, from the log record. */
  readonly appendedAtMs: number;
}

/** True if the wire type is a notification. */
export function isNotificationType(type: number): boolean {
  return type >= 0x8000;
}

/** A request or response header. */
export type Header = readonly [name: string, value: string];
