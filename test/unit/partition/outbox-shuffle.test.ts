// Order and completeness of an outbox, whatever the receivers do.
import { expect, test } from "vitest";
import type { Scheduler } from "#base/clock";
import { local } from "#fixtures/partition-commands";
import type { DeliveredMessage } from "#state-machine";
import {
  type DeliveryOutcome,
  type Handover,
  OutboxShuffle,
} from "../../../src/partition/leadership/outbox-shuffle.ts";

interface Sent {
  readonly sequences: readonly number[];
  readonly outcome: DeliveryOutcome;
}

/** A shuffle whose receiver is played by hand, and whose timers are run by hand. */
function setUp() {
  const sent: Sent[] = [];
  const delays: number[] = [];
  const truncated: number[] = [];
  const timers: { run: () => void; isCancelled: boolean }[] = [];
  const receiver = { handover: "ordered" as Handover };
  const scheduler: Scheduler = {
    after: (delayMs, run) => {
      const timer = { run, isCancelled: false };
      timers.push(timer);
      delays.push(delayMs);
      return {
        cancel: () => {
          timer.isCancelled = true;
        },
      };
    },
  };
  const shuffle = new OutboxShuffle({
    scheduler,
    partitionOf: () => 1,
    deliver: (_partitionId, items, outcome) => {
      if (receiver.handover === "refused") return "refused";
      sent.push({ sequences: items.map(({ sequence }) => sequence), outcome });
      return receiver.handover;
    },
    onSent: () => undefined,
    truncate: (upTo) => truncated.push(upTo) > 0,
  });
  const runTimers = () => {
    for (const timer of timers.splice(0)) if (!timer.isCancelled) timer.run();
  };
  return { shuffle, sent, delays, truncated, receiver, runTimers };
}

function messages(from: number, to: number): DeliveredMessage[] {
  const all: DeliveredMessage[] = [];
  for (let sequence = from; sequence <= to; sequence++) {
    all.push({ sequence, message: { kind: "kill", targetId: local("target") } });
  }
  return all;
}

test("batches follow each other at once where they share a log", () => {
  const { shuffle, sent } = setUp();
  shuffle.start(messages(1, 150), { assignedSequence: 150 });
  expect(sent.map(({ sequences }) => sequences.length)).toEqual([64, 64, 22]);
});

test("one batch is on its way at a time where they do not", () => {
  const { shuffle, sent, receiver } = setUp();
  receiver.handover = "alone";
  shuffle.start(messages(1, 150), { assignedSequence: 150 });
  expect(sent.map(({ sequences }) => sequences[0])).toEqual([1]);
  sent[0]?.outcome.onApplied();
  expect(sent.map(({ sequences }) => sequences[0])).toEqual([1, 65]);
  sent[1]?.outcome.onApplied();
  sent[2]?.outcome.onApplied();
  expect(sent.map(({ sequences }) => sequences[0])).toEqual([1, 65, 129]);
});

test("what was lost comes again before everything behind it", () => {
  const { shuffle, sent, runTimers } = setUp();
  shuffle.start(messages(1, 100), { assignedSequence: 100 });
  sent[0]?.outcome.onLost();
  sent[1]?.outcome.onLost();
  shuffle.add(101, { kind: "kill", targetId: local("target") });
  shuffle.flush();
  expect(sent).toHaveLength(2);
  runTimers();
  expect(sent.slice(2).flatMap(({ sequences }) => sequences)).toEqual(
    Array.from({ length: 101 }, (_, i) => i + 1),
  );
});

test("what was lost comes again before what was not sent yet", () => {
  const { shuffle, sent, receiver, runTimers } = setUp();
  receiver.handover = "alone";
  shuffle.start(messages(1, 100), { assignedSequence: 100 });
  sent[0]?.outcome.onLost();
  runTimers();
  expect(sent[1]?.sequences).toEqual(sent[0]?.sequences);
});

test("late outcomes of what was sent again do not count", () => {
  const { shuffle, sent, receiver, runTimers } = setUp();
  receiver.handover = "alone";
  shuffle.start(messages(1, 10), { assignedSequence: 10 });
  sent[0]?.outcome.onLost();
  sent[0]?.outcome.onApplied();
  runTimers();
  expect(sent[1]?.sequences).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  sent[0]?.outcome.onLost();
  runTimers();
  expect(sent).toHaveLength(2);
});

test("a receiver without a leader is asked less and less often, and at once when it has one", () => {
  const { shuffle, sent, delays, receiver, runTimers } = setUp();
  receiver.handover = "refused";
  shuffle.start(messages(1, 3), { assignedSequence: 3 });
  for (let i = 0; i < 6; i++) runTimers();
  expect(delays).toEqual([20, 40, 80, 160, 320, 500, 500]);
  receiver.handover = "ordered";
  shuffle.retryNow(1);
  expect(sent.map(({ sequences }) => sequences)).toEqual([[1, 2, 3]]);
  runTimers();
  expect(sent).toHaveLength(1);
});

test("what all receivers have applied is forgotten, up to the first that is missing", () => {
  const { shuffle, sent, truncated, runTimers } = setUp();
  shuffle.start(messages(1, 100), { assignedSequence: 100 });
  sent[1]?.outcome.onApplied();
  runTimers();
  expect(truncated).toEqual([]);
  sent[0]?.outcome.onApplied();
  runTimers();
  expect(truncated).toEqual([100]);
});
