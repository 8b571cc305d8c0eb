// Method: a receiver whose stream is in the test's hands; frames are given one by one. Varied: what
// is wrong with the image.
import { crc32 } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";

import { createMessage } from "#raft";
import type { ServedStream } from "../../../../cluster/transport/grpc.ts";
import {
  DEFAULT_SETTINGS,
  type LinkEnvironment,
} from "../../../../cluster/transport/link-environment.ts";
import {
  decodeSnapshotFrame,
  encodeSnapshotFrame,
  type SnapshotFrame,
} from "../../../../cluster/transport/snapshot-codec.ts";
import { SnapshotReceiver } from "../../../../cluster/transport/snapshot-receiver.ts";
import type { IncomingSnapshot } from "../../../../cluster/transport/snapshot-transport.ts";

const quiet = () => undefined;
const environment = {
  settings: DEFAULT_SETTINGS,
  logger: { error: quiet, warn: quiet, info: quiet, debug: quiet },
  scheduler: { after: () => ({ cancel: quiet }) },
} as unknown as LinkEnvironment;

const header: SnapshotFrame = { kind: "header", group: 3, message: createMessage("snapshot", 2) };
const chunk: SnapshotFrame = { kind: "chunk", bytes: new Uint8Array([1, 2, 3]) };
const end: SnapshotFrame = { kind: "end", bytes: 3, crc32: crc32(Buffer.from([1, 2, 3])) };

let answers: SnapshotFrame[];
let pauses: string[];
let stream: ServedStream;

beforeEach(() => {
  answers = [];
  pauses = [];
  stream = {
    write: (bytes, onWritten) => {
      answers.push(decodeSnapshotFrame(bytes));
      onWritten();
    },
    pause: () => pauses.push("pause"),
    resume: () => pauses.push("resume"),
    destroy: quiet,
  };
});

/** Receives frames with a handler that reads everything; resolves with what it read. */
async function receive(...frames: readonly SnapshotFrame[]): Promise<number[]> {
  const read: number[] = [];
  const receiver = createReceiver(async ({ chunks }) => {
    for await (const bytes of chunks) read.push(...bytes);
  });
  const isDone = receiver.run(stream);
  for (const frame of frames) receiver.receive(encodeSnapshotFrame(frame));
  await new Promise((resolve) => setImmediate(resolve));
  receiver.abort();
  await isDone;
  return read;
}

function createReceiver(handler: (snapshot: IncomingSnapshot) => Promise<void>): SnapshotReceiver {
  return new SnapshotReceiver({
    environment,
    fromNode: 1,
    handler,
    acquire: async () => quiet,
  });
}

function kinds(): string[] {
  return answers.map(({ kind }) => kind);
}

describe("an image", () => {
  test("that arrives as it was sent is taken", async () => {
    expect(await receive(header, chunk, end)).toEqual([1, 2, 3]);
    expect(kinds()).toEqual(["accepted", "done"]);
  });

  test.each<[string, readonly SnapshotFrame[]]>([
    ["with another checksum", [header, chunk, { kind: "end", bytes: 3, crc32: 1 }]],
    ["of another length", [header, chunk, { kind: "end", bytes: 4, crc32: 1 }]],
    ["without its end", [header, chunk]],
    ["with a header in its midst", [header, chunk, header, end]],
  ])("%s is refused after it was accepted", async (_name, frames) => {
    await receive(...frames);

    expect(kinds()).toEqual(["accepted", "failed"]);
    expect(answers[1]).toMatchObject({ error: { code: "SNAPSHOT_ABORTED" } });
  });

  test("without a header is refused", async () => {
    await receive(chunk, end);

    expect(kinds()).toEqual(["failed"]);
  });

  test("that comes faster than it is read is held back", async () => {
    let read: () => void = quiet;
    const isRead = new Promise<void>((resolve) => {
      read = resolve;
    });
    const receiver = createReceiver(async ({ chunks }) => {
      await isRead;
      for await (const _ of chunks);
    });
    const isDone = receiver.run(stream);
    receiver.receive(encodeSnapshotFrame(header));
    await new Promise((resolve) => setImmediate(resolve));

    for (let i = 0; i < 4; i++) receiver.receive(encodeSnapshotFrame(chunk));
    expect(pauses).toEqual(["pause"]);
    read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pauses).toEqual(["pause", "resume"]);

    receiver.abort();
    await isDone;
  });
});
