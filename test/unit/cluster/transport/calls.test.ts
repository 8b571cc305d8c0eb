// Method: both ends of a stream of calls, with what lies between them in the test's hands.
import { beforeEach, describe, expect, test } from "vitest";

import type { ScheduledCall, Scheduler } from "#base/clock";
import type { ClusterError } from "#base/cluster-error";
import { CallClient } from "../../../../cluster/transport/call-client.ts";
import { CallServer } from "../../../../cluster/transport/call-server.ts";
import type { FrameSink } from "../../../../cluster/transport/frame-queue.ts";
import { LocalServices } from "../../../../cluster/transport/local-services.ts";

/** Timers that run when told. */
class ManualScheduler implements Scheduler {
  readonly timers = new Map<number, () => void>();
  #lastId = 0;

  after(_delayMs: number, run: () => void): ScheduledCall {
    const id = ++this.#lastId;
    this.timers.set(id, run);
    return { cancel: () => void this.timers.delete(id) };
  }

  fireAll(): void {
    for (const [id, run] of [...this.timers]) {
      this.timers.delete(id);
      run();
    }
  }
}

/** Keeps messages until they are passed on. */
class Wire implements FrameSink {
  readonly waiting: { bytes: Uint8Array; onWritten: () => void }[] = [];

  write(bytes: Uint8Array, onWritten: () => void): void {
    this.waiting.push({ bytes, onWritten });
  }

  passTo(receive: (bytes: Uint8Array) => void): void {
    for (const { bytes, onWritten } of this.waiting.splice(0)) {
      receive(bytes);
      onWritten();
    }
  }
}

const limits = { callQueueBytesMax: 1000, pendingCallsMax: 4 };
const now = (run: () => void) => run();
const empty = new Uint8Array(0);
let scheduler: ManualScheduler;
let services: LocalServices;
let client: CallClient;
let server: CallServer;
let there: Wire;
let back: Wire;

beforeEach(() => {
  scheduler = new ManualScheduler();
  services = new LocalServices();
  client = new CallClient({ node: "node 2", scheduler, defer: now, limits });
  server = new CallServer({ services, fromNode: 1, defer: now, limits });
  there = new Wire();
  back = new Wire();
  client.attach(there);
  server.attach(back);
});

async function settle(): Promise<void> {
  there.passTo((bytes) => server.receive(bytes));
  await new Promise((resolve) => setImmediate(resolve));
  back.passTo((bytes) => client.receive(bytes));
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: ClusterError) => error.code,
  );
}

describe("a call", () => {
  test("ends with its answer, and leaves no timer behind", async () => {
    services.register("twice", async (payload) => new Uint8Array([(payload[0] ?? 0) * 2]));

    const answer = client.call("twice", new Uint8Array([21]), { timeoutMs: 100 });
    await settle();

    expect(await answer).toEqual(new Uint8Array([42]));
    expect(scheduler.timers.size).toBe(0);
    expect(client.pendingCount).toBe(0);
  });

  test("that is given up is told to the handler, and its answer goes nowhere", async () => {
    const events: string[] = [];
    let answerLate: (payload: Uint8Array) => void = () => undefined;
    services.register("slow", (_payload, _fromNode, call) => {
      call.onAbandoned(() => events.push("abandoned"));
      return new Promise((resolve) => {
        answerLate = resolve;
      });
    });

    const answer = codeOf(client.call("slow", empty, { timeoutMs: 100 }));
    await settle();
    scheduler.fireAll();
    await settle();
    answerLate(empty);
    await settle();

    expect(await answer).toBe("CALL_TIMED_OUT");
    expect(events).toEqual(["abandoned"]);
    expect(back.waiting).toEqual([]);
  });

  test("whose signal was given before it began does not leave", async () => {
    const answer = codeOf(client.call("x", empty, { signal: AbortSignal.abort() }));

    expect(await answer).toBe("CALL_ABANDONED");
    expect(there.waiting).toEqual([]);
  });

  test("fails with the stream, and a handler that asks later hears of it at once", async () => {
    const events: string[] = [];
    let ask: () => void = () => undefined;
    services.register("slow", (_payload, _fromNode, call) => {
      ask = () => call.onAbandoned(() => events.push("abandoned"));
      return new Promise(() => undefined);
    });
    const answer = codeOf(client.call("slow", empty, {}));
    await settle();

    client.fail(() => Object.assign(new Error("gone"), { code: "NODE_UNREACHABLE" }));
    server.close();
    ask();

    expect(await answer).toBe("NODE_UNREACHABLE");
    expect(events).toEqual(["abandoned"]);
  });

  test("beyond the number that may be under way at the other end is refused there", async () => {
    services.register("slow", () => new Promise(() => undefined));
    client = new CallClient({
      node: "node 2",
      scheduler,
      defer: now,
      limits: { ...limits, pendingCallsMax: 100 },
    });
    client.attach(there);

    const answers = Array.from({ length: 5 }, () => codeOf(client.call("slow", empty, {})));
    await settle();
    await settle();

    expect(await answers[4]).toBe("OVERLOADED");
    expect(client.pendingCount).toBe(4);
  });

  test("whose answers pile up unread is answered with a refusal instead", async () => {
    services.register("big", async () => new Uint8Array(600));
    const answers = [1, 2, 3].map(() => codeOf(client.call("big", empty, {})));

    there.passTo((bytes) => server.receive(bytes));
    there.passTo((bytes) => server.receive(bytes));
    // The first answer is on its way, the second waits for it, and the third has no room.
    await new Promise((resolve) => setImmediate(resolve));
    back.passTo((bytes) => client.receive(bytes));
    back.passTo((bytes) => client.receive(bytes));

    expect(await Promise.all(answers)).toEqual(["no error", "no error", "OVERLOADED"]);
  });
});
