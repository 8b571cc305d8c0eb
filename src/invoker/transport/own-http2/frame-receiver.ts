/**
 * Checks every received frame against RFC 9113, section 6, and reports what it means. Knows the
 * rules of frames and header blocks; which streams exist is the connection's business.
 *
 * Faults of the peer that concern the connection are thrown as `ConnectionFault`; faults of one
 * stream are reported through `onStreamFault`.
 */

import { FloodGuard } from "./flood-guard.ts";
import type { Frame, FrameSink } from "./frame-parser.ts";
import {
  ConnectionFault,
  FLAG,
  FRAME,
  FRAME_PAYLOAD_BYTES_MAX,
  HTTP2_ERROR,
  SETTING,
  UINT31_MAX,
} from "./protocol.ts";
import { HeadDecoder, type ResponseHead } from "./response-head.ts";

/** Compressed size of a header block, over all its frames; beyond, the connection ends. */
const HEADER_BLOCK_BYTES_MAX = 128 * 1024;
/** Text kept of a GOAWAY's debug data. */
const DEBUG_DATA_BYTES_MAX = 256;
const SETTING_BYTES = 6;
const PRIORITY_FIELD_BYTES = 5;

/** Settings of the peer that concern a client; undefined where the frame did not say. */
export interface PeerSettings {
  readonly concurrentStreamsMax: number | undefined;
  readonly initialWindowBytes: number | undefined;
  readonly framePayloadBytesMax: number | undefined;
}

/** A DATA frame without its padding. */
export interface ReceivedData {
  readonly streamId: number;
  /** Valid only during the call. */
  readonly chunk: Buffer;
  /** What flow control counts: padding included. */
  readonly flowBytes: number;
  readonly endStream: boolean;
}

/** What the connection learns. */
export interface FrameEvents {
  /** True for a stream that we have not opened: no frame may refer to it. */
  isIdle(streamId: number): boolean;
  onSettings(settings: PeerSettings): void;
  onSettingsAck(): void;
  onHead(streamId: number, head: ResponseHead, endStream: boolean): void;
  onData(data: ReceivedData): void;
  onReset(streamId: number, http2Code: number): void;
  onPing(payload: Buffer): void;
  onPingAck(payload: Buffer): void;
  onGoaway(lastStreamId: number, http2Code: number, debugText: string): void;
  /** Stream 0 stands for the connection. */
  onWindowUpdate(streamId: number, increment: number): void;
  onStreamFault(streamId: number, http2Code: number, message: string): void;
}

function protocolError(message: string): ConnectionFault {
  return new ConnectionFault(HTTP2_ERROR.PROTOCOL_ERROR, message);
}

function sizeError(message: string): ConnectionFault {
  return new ConnectionFault(HTTP2_ERROR.FRAME_SIZE_ERROR, message);
}

function requireStream(frame: Frame, name: string): void {
  if (frame.streamId === 0) throw protocolError(`${name} frame on stream 0`);
}

function requireConnection(frame: Frame, name: string): void {
  if (frame.streamId !== 0) throw protocolError(`${name} frame on stream ${frame.streamId}`);
}

function requireSize(frame: Frame, bytes: number, name: string): void {
  if (frame.end - frame.start !== bytes) {
    throw sizeError(`${name} frame of ${frame.end - frame.start} bytes`);
  }
}

export class FrameReceiver implements FrameSink {
  readonly guard: FloodGuard;
  readonly #events: FrameEvents;
  readonly #heads: HeadDecoder;
  #sawSettings = false;
  /** The stream whose header block is being continued; 0 for none. */
  #blockStreamId = 0;
  #blockEndsStream = false;
  #blockParts: Buffer[] = [];
  #blockBytes = 0;

  constructor(
    events: FrameEvents,
    options: { readonly headerListBytesMax: number; readonly nowMs: () => number },
  ) {
    this.#events = events;
    this.#heads = new HeadDecoder(options);
    this.guard = new FloodGuard(options.nowMs);
  }

  /** Handles one frame; throws `ConnectionFault` if the connection has to end. */
  onFrame(frame: Frame): void {
    if (this.#blockStreamId !== 0 && frame.type !== FRAME.CONTINUATION) {
      throw protocolError("Header block is interrupted by another frame");
    }
    if (!this.#sawSettings) this.#requirePreface(frame);
    switch (frame.type) {
      case FRAME.DATA:
        this.#receiveData(frame);
        break;
      case FRAME.HEADERS:
        this.#receiveHeaders(frame);
        break;
      case FRAME.CONTINUATION:
        this.#receiveContinuation(frame);
        break;
      case FRAME.WINDOW_UPDATE:
        this.#receiveWindowUpdate(frame);
        break;
      case FRAME.RST_STREAM:
        this.#receiveReset(frame);
        break;
      case FRAME.SETTINGS:
        this.#receiveSettings(frame);
        break;
      case FRAME.PING:
        this.#receivePing(frame);
        break;
      case FRAME.GOAWAY:
        this.#receiveGoaway(frame);
        break;
      case FRAME.PRIORITY:
        requireStream(frame, "PRIORITY");
        this.guard.spend();
        if (frame.end - frame.start !== PRIORITY_FIELD_BYTES) {
          const { streamId } = frame;
          this.#events.onStreamFault(streamId, HTTP2_ERROR.FRAME_SIZE_ERROR, "Odd PRIORITY frame");
        }
        return;
      case FRAME.PUSH_PROMISE:
        throw protocolError("PUSH_PROMISE frame although push is disabled");
      default:
        // Unknown types are extensions: ignored, but not without limit.
        this.guard.spend();
    }
  }

  #requirePreface(frame: Frame): void {
    if (frame.type !== FRAME.SETTINGS || (frame.flags & FLAG.ACK) !== 0) {
      throw protocolError("First frame of the peer is not SETTINGS");
    }
    this.#sawSettings = true;
  }

  #requireKnown(frame: Frame, name: string): void {
    requireStream(frame, name);
    if (this.#events.isIdle(frame.streamId)) {
      throw protocolError(`${name} frame on stream ${frame.streamId}, which was not opened`);
    }
  }

  /** Where the payload ends once the padding is cut off; `start` is behind the pad length. */
  #endWithoutPadding(frame: Frame, start: number): number {
    if ((frame.flags & FLAG.PADDED) === 0) return frame.end;
    const end = frame.end - (frame.buffer[frame.start] ?? 0);
    if (frame.start >= frame.end || end < start) throw protocolError("Padding exceeds its frame");
    return end;
  }

  #receiveData(frame: Frame): void {
    this.#requireKnown(frame, "DATA");
    const start = frame.start + ((frame.flags & FLAG.PADDED) === 0 ? 0 : 1);
    const end = this.#endWithoutPadding(frame, start);
    const endStream = (frame.flags & FLAG.END_STREAM) !== 0;
    if (start === end && !endStream) this.guard.spend();
    this.#events.onData({
      streamId: frame.streamId,
      chunk: frame.buffer.subarray(start, end),
      flowBytes: frame.end - frame.start,
      endStream,
    });
  }

  #receiveHeaders(frame: Frame): void {
    this.#requireKnown(frame, "HEADERS");
    const start =
      frame.start +
      ((frame.flags & FLAG.PADDED) === 0 ? 0 : 1) +
      ((frame.flags & FLAG.PRIORITY) === 0 ? 0 : PRIORITY_FIELD_BYTES);
    const end = this.#endWithoutPadding(frame, start);
    if (start > end) throw sizeError("HEADERS frame is too short for its flags");
    const endStream = (frame.flags & FLAG.END_STREAM) !== 0;
    if ((frame.flags & FLAG.END_HEADERS) !== 0) {
      const head = this.#heads.decode(frame.buffer, start, end);
      this.#events.onHead(frame.streamId, head, endStream);
      return;
    }
    this.#blockStreamId = frame.streamId;
    this.#blockEndsStream = endStream;
    this.#blockParts = [];
    this.#blockBytes = 0;
    this.#addToBlock(frame.buffer.subarray(start, end));
  }

  #receiveContinuation(frame: Frame): void {
    if (this.#blockStreamId === 0 || frame.streamId !== this.#blockStreamId) {
      throw protocolError("CONTINUATION frame without its header block");
    }
    this.#addToBlock(frame.buffer.subarray(frame.start, frame.end));
    if ((frame.flags & FLAG.END_HEADERS) === 0) return;
    const block = Buffer.concat(this.#blockParts, this.#blockBytes);
    const streamId = this.#blockStreamId;
    this.#blockStreamId = 0;
    this.#blockParts = [];
    const head = this.#heads.decode(block, 0, block.length);
    this.#events.onHead(streamId, head, this.#blockEndsStream);
  }

  #addToBlock(part: Buffer): void {
    // Small parts are how a header block is made endless at no cost for the sender.
    if (part.length < FRAME_PAYLOAD_BYTES_MAX) this.guard.spend();
    this.#blockBytes += part.length;
    if (this.#blockBytes > HEADER_BLOCK_BYTES_MAX) {
      throw new ConnectionFault(
        HTTP2_ERROR.ENHANCE_YOUR_CALM,
        `Header block is larger than ${HEADER_BLOCK_BYTES_MAX} bytes`,
      );
    }
    if (part.length > 0) this.#blockParts.push(Buffer.from(part));
  }

  #receiveWindowUpdate(frame: Frame): void {
    requireSize(frame, 4, "WINDOW_UPDATE");
    if (frame.streamId !== 0) this.#requireKnown(frame, "WINDOW_UPDATE");
    this.guard.spend();
    const increment = frame.buffer.readUInt32BE(frame.start) & UINT31_MAX;
    if (increment > 0) {
      this.#events.onWindowUpdate(frame.streamId, increment);
      return;
    }
    if (frame.streamId === 0) throw protocolError("WINDOW_UPDATE frame with an increment of zero");
    const message = "WINDOW_UPDATE frame with an increment of zero";
    this.#events.onStreamFault(frame.streamId, HTTP2_ERROR.PROTOCOL_ERROR, message);
  }

  #receiveReset(frame: Frame): void {
    this.#requireKnown(frame, "RST_STREAM");
    requireSize(frame, 4, "RST_STREAM");
    this.guard.spend();
    this.#events.onReset(frame.streamId, frame.buffer.readUInt32BE(frame.start));
  }

  #receivePing(frame: Frame): void {
    requireConnection(frame, "PING");
    requireSize(frame, 8, "PING");
    this.guard.spend();
    const payload = frame.buffer.subarray(frame.start, frame.end);
    if ((frame.flags & FLAG.ACK) === 0) this.#events.onPing(payload);
    else this.#events.onPingAck(payload);
  }

  #receiveGoaway(frame: Frame): void {
    requireConnection(frame, "GOAWAY");
    this.guard.spend();
    if (frame.end - frame.start < 8) throw sizeError("GOAWAY frame is too short");
    const debugStart = frame.start + 8;
    const debugEnd = Math.min(frame.end, debugStart + DEBUG_DATA_BYTES_MAX);
    this.#events.onGoaway(
      frame.buffer.readUInt32BE(frame.start) & UINT31_MAX,
      frame.buffer.readUInt32BE(frame.start + 4),
      frame.buffer.toString("latin1", debugStart, debugEnd).replaceAll(/[^\x20-\x7e]/g, "?"),
    );
  }

  #receiveSettings(frame: Frame): void {
    requireConnection(frame, "SETTINGS");
    this.guard.spend();
    const bytes = frame.end - frame.start;
    if ((frame.flags & FLAG.ACK) !== 0) {
      if (bytes !== 0) throw sizeError("Acknowledgement of SETTINGS has a payload");
      this.#events.onSettingsAck();
      return;
    }
    if (bytes % SETTING_BYTES !== 0) throw sizeError(`SETTINGS frame of ${bytes} bytes`);
    this.#events.onSettings(decodeSettings(frame));
  }
}

function decodeSettings(frame: Frame): PeerSettings {
  let concurrentStreamsMax: number | undefined;
  let initialWindowBytes: number | undefined;
  let framePayloadBytesMax: number | undefined;
  for (let at = frame.start; at < frame.end; at += SETTING_BYTES) {
    const id = frame.buffer.readUInt16BE(at);
    const value = frame.buffer.readUInt32BE(at + 2);
    switch (id) {
      case SETTING.MAX_CONCURRENT_STREAMS:
        concurrentStreamsMax = value;
        break;
      case SETTING.INITIAL_WINDOW_SIZE:
        if (value > UINT31_MAX) {
          throw new ConnectionFault(HTTP2_ERROR.FLOW_CONTROL_ERROR, "Initial window is too large");
        }
        initialWindowBytes = value;
        break;
      case SETTING.MAX_FRAME_SIZE:
        if (value < FRAME_PAYLOAD_BYTES_MAX || value > 0xff_ffff) {
          throw protocolError(`Setting of the frame size to ${value} bytes`);
        }
        framePayloadBytesMax = value;
        break;
      case SETTING.ENABLE_PUSH:
        if (value !== 0) throw protocolError("Server sets ENABLE_PUSH");
        break;
      default:
        break;
    }
  }
  return { concurrentStreamsMax, initialWindowBytes, framePayloadBytesMax };
}
