// Invocations that suspend on what has already happened, again and again.
import { describe, expect, test } from "vitest";
import { encodeSignal, type InvocationId, NOTIFICATION_TYPES } from "#model";
import { entryOf, FakeNode } from "./fake-node.ts";
import { END, output, sleep, suspension } from "./messages.ts";

const AWAITED = { waitingCompletions: [], waitingSignals: [1] };

/** Suspends the current attempt without storing anything; it is due again at once. */
function suspendAgain(node: FakeNode, id: InvocationId, token: number): void {
  node.stream.head();
  node.stream.send(suspension({ awaitingOn: AWAITED }));
  node.invoker.invoke(node, id, token);
}

function signal() {
  return entryOf(NOTIFICATION_TYPES.signal, encodeSignal(17, { kind: "void" }), 1);
}

/** An invocation that has suspended in vain until it is held back. */
function heldBack(): { node: FakeNode; id: InvocationId } {
  const node = new FakeNode();
  const id = node.invoke();
  for (const token of [2, 3, 4, 5]) suspendAgain(node, id, token);
  expect(node.streams).toHaveLength(4);
  return { node, id };
}

describe("an invocation that suspends in vain", () => {
  test("starts again at once a few times, then ever later", () => {
    const { node, id } = heldBack();
    expect(node.invoker.status(id)).toMatchObject({
      phase: "backing-off",
      nextRetryAtMs: node.nowMs + 10,
    });

    const delaysMs: number[] = [];
    for (let token = 6; token < 30; token++) {
      const beforeMs = node.nowMs;
      while (node.streams.length < token - 1) node.pass(10);
      delaysMs.push(node.nowMs - beforeMs);
      suspendAgain(node, id, token);
    }

    expect(delaysMs.slice(0, 4)).toEqual([10, 20, 40, 80]);
    expect(delaysMs.at(-1)).toBe(10_000);
  });

  test("starts as soon as its journal grows", () => {
    const { node, id } = heldBack();
    const entry = signal();
    const index = node.append(id, entry);

    node.invoker.notify(id, 5, index, entry);

    expect(node.streams).toHaveLength(5);
    expect(node.stream.sent).toHaveLength(3);
    suspendAgain(node, id, 6);
    expect(node.streams).toHaveLength(6);
  });

  test("starts when it is told to, and ends when it is aborted", () => {
    const first = heldBack();
    expect(first.node.invoker.retryNow(first.id)).toBe(true);
    expect(first.node.streams).toHaveLength(5);

    const second = heldBack();
    second.node.invoker.abort(second.id);
    second.node.pass(60_000);
    expect(second.node.streams).toHaveLength(4);
    second.node.invoker.invoke(second.node, second.id, 6);
    expect(second.node.streams).toHaveLength(5);
  });

  test("is not held back for what was long ago", () => {
    const node = new FakeNode();
    const id = node.invoke();
    for (const token of [2, 3, 4]) suspendAgain(node, id, token);
    node.stream.head();
    node.stream.send(suspension({ awaitingOn: AWAITED }));

    node.pass(60_000);
    node.invoker.invoke(node, id, 5);

    expect(node.streams).toHaveLength(5);
  });
});

describe("an invocation that makes progress", () => {
  test("starts at once, however often it suspends", () => {
    const node = new FakeNode();
    const id = node.invoke();
    for (let token = 2; token < 30; token++) {
      node.stream.head();
      const awaitingOn = { waitingCompletions: [token], waitingSignals: [1] };
      node.stream.send(sleep(token), suspension({ awaitingOn }));
      node.append(id, signal());
      node.invoker.invoke(node, id, token);
      expect(node.streams).toHaveLength(token);
    }
  });

  test("that is woken by one event after the other starts at once", () => {
    const node = new FakeNode();
    const id = node.invoke();
    for (let token = 2; token < 30; token++) {
      node.append(id, signal());
      suspendAgain(node, id, token);
      expect(node.streams).toHaveLength(token);
    }
  });

  test("may end after it was held back", () => {
    const { node, id } = heldBack();
    node.pass(10);
    node.stream.head();
    node.stream.send(output(), END);

    expect(node.events.at(-1)).toEqual({ kind: "end" });
    expect(node.invoker.status(id)).toBeUndefined();
  });
});
