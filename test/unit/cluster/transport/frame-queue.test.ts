import { beforeEach, describe, expect, test } from "vitest";

import { FrameQueue, type FrameSink } from "../../../../cluster/transport/frame-queue.ts";

/** Takes messages, and holds back its answers until told. */
class HeldSink implements FrameSink {
  readonly messages: string[] = [];
  #onWritten: (() => void) | undefined;

  write(bytes: Uint8Array, onWritten: () => void): void {
    this.messages.push(Buffer.from(bytes).toString());
    this.#onWritten = onWritten;
  }

  answer(): void {
    this.#onWritten?.();
  }
}

let deferred: (() => void)[];
let sink: HeldSink;

beforeEach(() => {
  deferred = [];
  sink = new HeldSink();
});

function createQueue(bytesMax = Number.POSITIVE_INFINITY): FrameQueue {
  return new FrameQueue({ bytesMax, defer: (run) => deferred.push(run) });
}

function add(queue: FrameQueue, frame: string): void {
  queue.writer.writeRaw(Buffer.from(frame));
  queue.added();
}

function endTurn(): void {
  for (const run of deferred.splice(0)) run();
}

const large = (letter: string) => letter.repeat(300 * 1024);

describe("frames", () => {
  test("of one turn leave as one message when it ends", () => {
    const queue = createQueue();
    queue.attach(sink);

    add(queue, "a");
    add(queue, "b");
    add(queue, "c");
    expect(sink.messages).toEqual([]);
    endTurn();

    expect(sink.messages).toEqual(["abc"]);
    expect(deferred).toEqual([]);
    expect([queue.sentFrames, queue.sentBatches, queue.queuedBytes]).toEqual([3, 1, 0]);
  });

  test("leave before the end of the turn when asked to", () => {
    const queue = createQueue();
    queue.attach(sink);

    add(queue, "a");
    queue.flush();
    endTurn();

    expect(sink.messages).toEqual(["a"]);
  });

  test("gather while the stream is busy", () => {
    const queue = createQueue();
    queue.attach(sink);
    add(queue, "a");
    endTurn();

    add(queue, "b");
    endTurn();
    add(queue, "c");
    endTurn();
    expect(sink.messages).toEqual(["a"]);
    sink.answer();

    expect(sink.messages).toEqual(["a", "bc"]);
  });

  test("that are large leave one by one", () => {
    const queue = createQueue();
    queue.attach(sink);

    add(queue, large("a"));
    add(queue, large("b"));
    endTurn();
    expect(sink.messages.map((message) => message[0])).toEqual(["a"]);
    sink.answer();

    expect(sink.messages.map((message) => message[0])).toEqual(["a", "b"]);
  });

  test("wait for a stream, and leave when there is one", () => {
    const queue = createQueue();

    add(queue, "a");
    endTurn();
    queue.attach(sink);

    expect(sink.messages).toEqual(["a"]);
  });

  test("beyond the bound push out the oldest, which are counted", () => {
    const queue = createQueue(1024 * 1024);
    queue.attach(sink);
    add(queue, "first");
    endTurn();

    for (const letter of "abcdef") {
      add(queue, large(letter));
      expect(queue.queuedBytes).toBeLessThanOrEqual(1024 * 1024);
    }
    for (let i = 0; i < 10; i++) sink.answer();

    expect(queue.droppedFrames).toBe(3);
    expect(sink.messages.map((message) => message[0])).toEqual(["f", "d", "e", "f"]);
    expect(queue.queuedBytes).toBe(0);
  });

  test("stay in order when the stream is replaced, and late answers of the old one count for nothing", () => {
    const queue = createQueue();
    const old = sink;
    queue.attach(old);
    add(queue, "a");
    endTurn();
    add(queue, "b");

    queue.detach();
    sink = new HeldSink();
    queue.attach(sink);
    add(queue, "c");
    old.answer();
    endTurn();

    expect(old.messages).toEqual(["a"]);
    expect(sink.messages).toEqual(["b"]);
    sink.answer();
    expect(sink.messages).toEqual(["b", "c"]);
  });

  test("are dropped and counted when the queue is cleared", () => {
    const queue = createQueue();
    add(queue, "a");
    add(queue, "b");

    queue.clear();
    queue.attach(sink);

    expect(sink.messages).toEqual([]);
    expect(queue.droppedFrames).toBe(2);
  });
});
