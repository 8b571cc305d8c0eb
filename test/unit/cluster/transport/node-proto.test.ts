// Method: proto/node.proto is read by protobufjs, whose encoder and decoder know nothing of ours.
// What one side writes, the other must read as the same.
import { readFileSync } from "node:fs";

import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";

import { ByteWriter } from "#base/byte-writer";
import { ClusterError } from "#base/cluster-error";
import { createMessage, type Message, type MessageType } from "#raft";
import {
  decodeError,
  encodeError,
  readCallBatch,
  writeAbandoned,
  writeFailure,
  writeReply,
  writeRequest,
} from "../../../../cluster/transport/calls-codec.ts";
import { decodeHello, encodeHello } from "../../../../cluster/transport/hello.ts";
import {
  readRaftBatch,
  writePing,
  writeRaftMessage,
} from "../../../../cluster/transport/raft-codec.ts";
import {
  decodeSnapshotFrame,
  encodeSnapshotFrame,
} from "../../../../cluster/transport/snapshot-codec.ts";

const source = readFileSync(new URL("../../../../proto/node.proto", import.meta.url), "utf8");
const { root } = protobuf.parse(source);

function typeOf(name: string): protobuf.Type {
  return root.lookupType(`stet.node.v1.${name}`);
}

function toObject(name: string, bytes: Uint8Array): Record<string, unknown> {
  const type = typeOf(name);
  return type.toObject(type.decode(bytes), { longs: Number, bytes: Array, enums: String });
}

const bytes = (...values: number[]) => new Uint8Array(values);

const TYPES: readonly MessageType[] = [
  "propose",
  "append",
  "append-response",
  "vote",
  "vote-response",
  "pre-vote",
  "pre-vote-response",
  "snapshot",
  "heartbeat",
  "heartbeat-response",
  "transfer-leader",
  "timeout-now",
  "read-index",
  "read-index-response",
  "forget-leader",
];

function fullMessage(): Message {
  return {
    ...createMessage("append", 2),
    from: 3,
    term: 2 ** 40,
    logTerm: 5,
    index: 2 ** 53 - 1,
    entries: [
      { term: 5, index: 6, type: "normal", data: bytes(1, 2, 3) },
      { term: 5, index: 7, type: "conf-change-v2", data: bytes() },
    ],
    commit: 4,
    reject: true,
    rejectHint: 9,
    context: bytes(7),
    snapshot: {
      index: 11,
      term: 4,
      confState: {
        voters: [1, 2, 300],
        learners: [4],
        votersOutgoing: [5, 6],
        learnersNext: [7],
        autoLeave: true,
      },
      data: bytes(9, 9),
    },
  };
}

function encodeBatch(group: number, message: Message): Uint8Array {
  const writer = new ByteWriter();
  writeRaftMessage(writer, group, message);
  return writer.finish();
}

describe("the Raft codec", () => {
  test("writes what the contract says", () => {
    const batch = toObject("RaftBatch", encodeBatch(3, fullMessage()));

    expect(batch["messages"]).toEqual([
      {
        group: 3,
        type: "APPEND",
        to: 2,
        from: 3,
        term: 2 ** 40,
        logTerm: 5,
        index: 2 ** 53 - 1,
        entries: [
          { term: 5, index: 6, data: [1, 2, 3] },
          { term: 5, index: 7, type: "CONF_CHANGE_V2" },
        ],
        commit: 4,
        reject: true,
        rejectHint: 9,
        context: [7],
        snapshot: {
          index: 11,
          term: 4,
          confState: {
            voters: [1, 2, 300],
            learners: [4],
            votersOutgoing: [5, 6],
            learnersNext: [7],
            autoLeave: true,
          },
          data: [9, 9],
        },
      },
    ]);
  });

  test("reads what it wrote, every field and in order", () => {
    const writer = new ByteWriter();
    const ping = { sentAtUs: 2 ** 45, echoedUs: 3, heldUs: 0 };
    const seen: unknown[] = [];

    writeRaftMessage(writer, 3, fullMessage());
    writePing(writer, ping);
    writeRaftMessage(writer, 0, createMessage("heartbeat", 1));
    readRaftBatch(writer.finish(), {
      message: (group, message) => seen.push([group, message]),
      ping: (received) => seen.push(received),
    });

    expect(seen).toEqual([[3, fullMessage()], ping, [0, createMessage("heartbeat", 1)]]);
  });

  test.each(TYPES)("keeps the kind %s", (type) => {
    const batch = encodeBatch(1, createMessage(type, 1));
    const seen: Message[] = [];

    readRaftBatch(batch, { message: (_, message) => seen.push(message), ping: () => undefined });

    expect(seen[0]?.type).toBe(type);
    const [named] = toObject("RaftBatch", batch)["messages"] as { type: string }[];
    expect(named?.type).toBe(type.toUpperCase().replaceAll("-", "_"));
  });

  test("refuses kinds that stay in the process, and kinds it does not know", () => {
    expect(() => encodeBatch(1, createMessage("hup", 1))).toThrow("stays in the process");
    const type = typeOf("RaftBatch");
    const foreign = type.encode(type.fromObject({ messages: [{ group: 1, type: 99 }] })).finish();

    const read = () => readRaftBatch(foreign, { message: () => undefined, ping: () => undefined });

    expect(read).toThrow("unknown kind");
  });

  test("refuses a batch that ends early, wherever it is cut off", () => {
    const batch = encodeBatch(3, fullMessage());

    for (let length = 1; length < batch.length; length++) {
      const read = () =>
        readRaftBatch(batch.subarray(0, length), {
          message: () => undefined,
          ping: () => undefined,
        });
      expect(read).toThrow();
    }
  });
});

describe("the codec of calls", () => {
  test("writes what the contract says, and reads it back in order", () => {
    const writer = new ByteWriter();
    const error = new ClusterError("NOT_LEADER", "Led elsewhere", { details: { leader: 3 } });
    writeRequest(writer, { id: 2 ** 40, service: "größe", payload: bytes(1, 2) });
    writeReply(writer, 7, bytes());
    writeFailure(writer, 8, error);
    writeAbandoned(writer, 9);
    const batch = writer.finish();
    const seen: unknown[] = [];

    readCallBatch(batch, {
      request: (...parts) => seen.push(parts),
      reply: (...parts) => seen.push(parts),
      failure: (...parts) => seen.push(parts),
      abandoned: (id) => seen.push(id),
    });

    expect(seen).toEqual([[2 ** 40, "größe", bytes(1, 2)], [7, bytes()], [8, error], 9]);
    expect(toObject("CallBatch", batch)).toEqual({
      requests: [{ id: 2 ** 40, service: "größe", payload: [1, 2] }],
      replies: [
        { id: 7 },
        {
          id: 8,
          error: { code: "NOT_LEADER", message: "Led elsewhere", details: '{"leader":3}' },
        },
      ],
      abandoned: [9],
    });
  });

  test.each([
    ["a text", "INTERNAL", "boom"],
    [new TypeError("no such thing"), "INTERNAL", "no such thing"],
    [Object.assign(new Error("x"), { code: 7 }), "INTERNAL", "x"],
    [Object.assign(new Error("x"), { code: "GONE" }), "GONE", "x"],
    [undefined, "INTERNAL", "undefined"],
  ])("carries %s that was thrown as an error with a code", (thrown, code, text) => {
    const error = decodeError(encodeError(thrown === "a text" ? "boom" : thrown));

    expect(error).toMatchObject({ code, message: text });
  });

  test("drops details that cannot be written", () => {
    const details: Record<string, unknown> = {};
    details["self"] = details;

    const error = decodeError(encodeError(new ClusterError("OVERLOADED", "x", { details })));

    expect(error).toMatchObject({ code: "OVERLOADED", details: {} });
  });
});

describe("the codec of snapshots", () => {
  test("reads each frame as it was written, as the contract says", () => {
    const error = new ClusterError("SNAPSHOT_ABORTED", "No room", { details: { free: 0 } });
    const frames = [
      { kind: "header", group: 4, message: fullMessage() },
      { kind: "chunk", bytes: new Uint8Array(300_000).fill(5) },
      { kind: "end", bytes: 2 ** 40, crc32: 0xffff_ffff },
      { kind: "accepted" },
      { kind: "working" },
      { kind: "done" },
      { kind: "failed", error },
    ] as const;

    const encoded = frames.map((frame) => encodeSnapshotFrame(frame));

    expect(encoded.map(decodeSnapshotFrame)).toEqual(frames);
    expect(encoded.map((frame) => Object.keys(toObject("SnapshotFrame", frame))[0])).toEqual(
      frames.map(({ kind }) => kind),
    );
  });

  test("refuses frames it does not know", () => {
    expect(() => decodeSnapshotFrame(bytes(15 * 8 + 2, 0))).toThrow("unknown frame");
  });
});

describe("a greeting", () => {
  const hello = {
    identity: {
      clusterName: "test",
      clusterFingerprint: 0xffff_ffff_ffff_fff1n,
      nodeId: 3,
      generation: 12,
      advertisedAddress: "node-3:5122",
    },
    targetNodeId: 4,
    protocolVersion: 1,
    protocolVersionMin: 1,
  };

  test("is read as it was written, as the contract says", () => {
    const encoded = encodeHello(hello);

    expect(decodeHello(encoded)).toEqual(hello);
    const type = typeOf("Hello");
    expect(type.toObject(type.decodeDelimited(encoded), { longs: Number })).toEqual({
      protocolVersion: 1,
      protocolVersionMin: 1,
      clusterName: "test",
      clusterFingerprint: "fffffffffffffff1",
      nodeId: 3,
      generation: 12,
      advertisedAddress: "node-3:5122",
      targetNodeId: 4,
    });
  });

  test("of a node without a cluster is read as well", () => {
    const fresh = {
      ...hello,
      identity: { ...hello.identity, clusterFingerprint: 0n, nodeId: 0, generation: 0 },
      targetNodeId: 0,
    };

    expect(decodeHello(encodeHello(fresh))).toEqual(fresh);
  });
});
