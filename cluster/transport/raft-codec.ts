/**
 * Raft messages on the wire: `RaftBatch` of proto/node.proto, written by hand.
 *
 * It is the hottest codec between nodes. Zero values take no bytes. Payloads of entries are copied
 * once, into the batch; reading returns views of it.
 */
import { ByteReader, WireFormatError } from "#base/byte-reader";
import type { ByteWriter } from "#base/byte-writer";
import {
  type ConfState,
  createMessage,
  type Entry,
  type EntryType,
  type Message,
  type MessageType,
  NO_NODE,
  type Snapshot,
} from "#raft";

/** A sign of life; times are microseconds of clocks with an arbitrary origin. */
export interface Ping {
  /** When it left, by the sender's clock. */
  readonly sentAtUs: number;
  /** `sentAtUs` of the last ping that came the other way; 0 for none. */
  readonly echoedUs: number;
  /** How long ago that one came, by the sender's clock. */
  readonly heldUs: number;
}

/** Takes what a batch holds, in order. */
export interface RaftBatchVisitor {
  message(group: number, message: Message): void;
  ping(ping: Ping): void;
}

type NetworkMessageType = Exclude<
  MessageType,
  | "hup"
  | "beat"
  | "check-quorum"
  | "unreachable"
  | "snapshot-status"
  | "storage-append"
  | "storage-append-response"
  | "storage-apply"
  | "storage-apply-response"
>;

/** Numbers are never reused. A kind that is missing here stays in the process. */
const TYPE_NUMBERS: Record<NetworkMessageType, number> = {
  propose: 1,
  append: 2,
  "append-response": 3,
  vote: 4,
  "vote-response": 5,
  "pre-vote": 6,
  "pre-vote-response": 7,
  snapshot: 8,
  heartbeat: 9,
  "heartbeat-response": 10,
  "transfer-leader": 11,
  "timeout-now": 12,
  "read-index": 13,
  "read-index-response": 14,
  "forget-leader": 15,
};
const NUMBERS_BY_TYPE: Readonly<Record<string, number | undefined>> = TYPE_NUMBERS;
const TYPES: readonly (MessageType | undefined)[] = invert(TYPE_NUMBERS);
const ENTRY_TYPES: readonly EntryType[] = ["normal", "conf-change", "conf-change-v2"];

const EMPTY = new Uint8Array(0);

/** Field 1 of a batch, length-delimited. */
const BATCH_MESSAGE_TAG = 1 * 8 + 2;
const BATCH_PING_TAG = 2 * 8 + 2;

/** Appends a message to a batch; what was written before is part of the same batch. */
export function writeRaftMessage(writer: ByteWriter, group: number, message: Message): void {
  writer.writeVarint(BATCH_MESSAGE_TAG);
  writeRaftEnvelope(writer, group, message);
}

/** Appends a sign of life to a batch. */
export function writePing(writer: ByteWriter, ping: Ping): void {
  writer.writeVarint(BATCH_PING_TAG);
  const mark = writer.beginLength();
  writeNumber(writer, 1, ping.sentAtUs);
  writeNumber(writer, 2, ping.echoedUs);
  writeNumber(writer, 3, ping.heldUs);
  writer.endLength(mark);
}

/**
 * Reads a batch and hands out its parts in order; payloads are views of `batch`.
 *
 * @throws WireFormatError on anything but a batch; parts before the fault were handed out
 */
export function readRaftBatch(batch: Uint8Array, visitor: RaftBatchVisitor): void {
  const reader = new ByteReader(batch);
  while (reader.position < batch.length) {
    const tag = reader.readVarint();
    if (tag === BATCH_MESSAGE_TAG) {
      const { group, message } = readRaftEnvelope(reader);
      visitor.message(group, message);
    } else if (tag === BATCH_PING_TAG) {
      visitor.ping(readPing(reader));
    } else {
      reader.skip(tag & 7);
    }
  }
}

/** Writes a group and a message of it, with their length before them. */
export function writeRaftEnvelope(writer: ByteWriter, group: number, message: Message): void {
  const mark = writer.beginLength();
  writeNumber(writer, 1, group);
  writer.writeVarint(2 * 8);
  writer.writeVarint(numberOf(message.type));
  writeNumber(writer, 3, message.to);
  writeNumber(writer, 4, message.from);
  writeNumber(writer, 5, message.term);
  writeNumber(writer, 6, message.logTerm);
  writeNumber(writer, 7, message.index);
  for (const entry of message.entries) writeEntry(writer, entry);
  writeNumber(writer, 9, message.commit);
  writeNumber(writer, 10, message.reject ? 1 : 0);
  writeNumber(writer, 11, message.rejectHint);
  if (message.context.length > 0) {
    writer.writeVarint(12 * 8 + 2);
    writer.writeBytes(message.context);
  }
  if (message.snapshot !== undefined) {
    writer.writeVarint(13 * 8 + 2);
    writeSnapshot(writer, message.snapshot);
  }
  writer.endLength(mark);
}

/** Reads what `writeRaftEnvelope` wrote; payloads are views of the source. */
export function readRaftEnvelope(reader: ByteReader): { group: number; message: Message } {
  const end = reader.readEnd();
  let group = 0;
  let isKnown = false;
  let entries: Entry[] | undefined;
  const message = createMessage("append", NO_NODE);
  while (reader.position < end) {
    const tag = reader.readVarint();
    if (tag === 1 * 8) group = reader.readVarint();
    else if (tag === 2 * 8) {
      const type = TYPES[reader.readVarint()];
      isKnown = type !== undefined;
      message.type = type ?? message.type;
    } else if (tag === 3 * 8) message.to = reader.readVarint();
    else if (tag === 4 * 8) message.from = reader.readVarint();
    else if (tag === 5 * 8) message.term = reader.readVarint();
    else if (tag === 6 * 8) message.logTerm = reader.readVarint();
    else if (tag === 7 * 8) message.index = reader.readVarint();
    else if (tag === 8 * 8 + 2) {
      entries ??= [];
      entries.push(readEntry(reader));
    } else if (tag === 9 * 8) message.commit = reader.readVarint();
    else if (tag === 10 * 8) message.reject = reader.readVarint() !== 0;
    else if (tag === 11 * 8) message.rejectHint = reader.readVarint();
    else if (tag === 12 * 8 + 2) message.context = reader.readBytes();
    else if (tag === 13 * 8 + 2) message.snapshot = readSnapshot(reader);
    else reader.skip(tag & 7);
  }
  if (!isKnown) throw new WireFormatError("A Raft message has an unknown kind");
  if (entries !== undefined) message.entries = entries;
  return { group, message };
}

function writeEntry(writer: ByteWriter, { term, index, type, data }: Entry): void {
  writer.writeVarint(8 * 8 + 2);
  const mark = writer.beginLength();
  writeNumber(writer, 1, term);
  writeNumber(writer, 2, index);
  if (type !== "normal") writeNumber(writer, 3, ENTRY_TYPES.indexOf(type));
  if (data.length > 0) {
    writer.writeVarint(4 * 8 + 2);
    writer.writeBytes(data);
  }
  writer.endLength(mark);
}

function readEntry(reader: ByteReader): Entry {
  const end = reader.readEnd();
  let term = 0;
  let index = 0;
  let type: EntryType | undefined = "normal";
  let data: Uint8Array = EMPTY;
  while (reader.position < end) {
    const tag = reader.readVarint();
    if (tag === 1 * 8) term = reader.readVarint();
    else if (tag === 2 * 8) index = reader.readVarint();
    else if (tag === 3 * 8) type = ENTRY_TYPES[reader.readVarint()];
    else if (tag === 4 * 8 + 2) data = reader.readBytes();
    else reader.skip(tag & 7);
  }
  if (type === undefined) throw new WireFormatError("A log entry has an unknown kind");
  return { term, index, type, data };
}

function writeSnapshot(writer: ByteWriter, { index, term, confState, data }: Snapshot): void {
  const mark = writer.beginLength();
  writeNumber(writer, 1, index);
  writeNumber(writer, 2, term);
  writer.writeVarint(3 * 8 + 2);
  writeConfState(writer, confState);
  if (data.length > 0) {
    writer.writeVarint(4 * 8 + 2);
    writer.writeBytes(data);
  }
  writer.endLength(mark);
}

function readSnapshot(reader: ByteReader): Snapshot {
  const end = reader.readEnd();
  let index = 0;
  let term = 0;
  let confState: ConfState | undefined;
  let data: Uint8Array = EMPTY;
  while (reader.position < end) {
    const tag = reader.readVarint();
    if (tag === 1 * 8) index = reader.readVarint();
    else if (tag === 2 * 8) term = reader.readVarint();
    else if (tag === 3 * 8 + 2) confState = readConfState(reader);
    else if (tag === 4 * 8 + 2) data = reader.readBytes();
    else reader.skip(tag & 7);
  }
  if (confState === undefined) throw new WireFormatError("A snapshot names no members");
  return { index, term, confState, data };
}

function writeConfState(writer: ByteWriter, confState: ConfState): void {
  const mark = writer.beginLength();
  writeIds(writer, 1, confState.voters);
  writeIds(writer, 2, confState.learners);
  writeIds(writer, 3, confState.votersOutgoing);
  writeIds(writer, 4, confState.learnersNext);
  writeNumber(writer, 5, confState.autoLeave ? 1 : 0);
  writer.endLength(mark);
}

function readConfState(reader: ByteReader): ConfState {
  const end = reader.readEnd();
  const voters: number[] = [];
  const learners: number[] = [];
  const votersOutgoing: number[] = [];
  const learnersNext: number[] = [];
  let autoLeave = false;
  while (reader.position < end) {
    const tag = reader.readVarint();
    if (tag === 1 * 8) voters.push(reader.readVarint());
    else if (tag === 2 * 8) learners.push(reader.readVarint());
    else if (tag === 3 * 8) votersOutgoing.push(reader.readVarint());
    else if (tag === 4 * 8) learnersNext.push(reader.readVarint());
    else if (tag === 5 * 8) autoLeave = reader.readVarint() !== 0;
    else reader.skip(tag & 7);
  }
  return { voters, learners, votersOutgoing, learnersNext, autoLeave };
}

function readPing(reader: ByteReader): Ping {
  const end = reader.readEnd();
  let sentAtUs = 0;
  let echoedUs = 0;
  let heldUs = 0;
  while (reader.position < end) {
    const tag = reader.readVarint();
    if (tag === 1 * 8) sentAtUs = reader.readVarint();
    else if (tag === 2 * 8) echoedUs = reader.readVarint();
    else if (tag === 3 * 8) heldUs = reader.readVarint();
    else reader.skip(tag & 7);
  }
  return { sentAtUs, echoedUs, heldUs };
}

function writeNumber(writer: ByteWriter, field: number, value: number): void {
  if (value === 0) return;
  writer.writeVarint(field * 8);
  writer.writeVarint(value);
}

function writeIds(writer: ByteWriter, field: number, ids: readonly number[]): void {
  for (const id of ids) {
    writer.writeVarint(field * 8);
    writer.writeVarint(id);
  }
}

function numberOf(type: MessageType): number {
  const number = NUMBERS_BY_TYPE[type];
  if (number === undefined) throw new WireFormatError(`Message "${type}" stays in the process`);
  return number;
}

function invert(numbers: Readonly<Record<string, number>>): (MessageType | undefined)[] {
  const types: (MessageType | undefined)[] = [];
  for (const [type, number] of Object.entries(numbers)) types[number] = type as MessageType;
  return types;
}
