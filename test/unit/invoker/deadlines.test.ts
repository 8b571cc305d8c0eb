/** Random schedules compared with a plain list; the platform's timers are counted. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Deadline, Deadlines, NOT_SCHEDULED } from "../../../src/invoker/deadlines.ts";

class FakeTime {
  nowMs = 0;
  armedCount = 0;
  timers: { dueMs: number; run: () => void }[] = [];
  readonly clock = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs };
  readonly scheduler = {
    after: (delayMs: number, run: () => void) => {
      this.armedCount++;
      const timer = { dueMs: this.nowMs + delayMs, run };
      this.timers.push(timer);
      return { cancel: () => (this.timers = this.timers.filter((other) => other !== timer)) };
    },
  };

  advanceTo(timeMs: number): void {
    for (;;) {
      const timer = this.timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (timer === undefined || timer.dueMs > timeMs) break;
      this.timers = this.timers.filter((other) => other !== timer);
      this.nowMs = Math.max(this.nowMs, timer.dueMs);
      timer.run();
    }
    this.nowMs = timeMs;
  }
}

function item(fire: () => void): Deadline {
  return { dueMs: 0, heapIndex: NOT_SCHEDULED, fire };
}

test("what fires, and when, is what a plain list would fire", () => {
  const step = fc.record({
    index: fc.nat(9),
    delayMs: fc.integer({ min: 0, max: 50 }),
    kind: fc.constantFrom("schedule", "cancel", "pass"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const time = new FakeTime();
      const deadlines = new Deadlines(time.clock, time.scheduler);
      const fired: [number, number][] = [];
      const expected: [number, number][] = [];
      const dueMs = new Map<number, number>();
      const items = Array.from({ length: 10 }, (_, i) => item(() => fired.push([i, time.nowMs])));
      for (const { index, delayMs, kind } of steps) {
        if (kind === "schedule") {
          deadlines.schedule(items[index] as Deadline, delayMs);
          dueMs.set(index, time.nowMs + delayMs);
        } else if (kind === "cancel") {
          deadlines.cancel(items[index] as Deadline);
          dueMs.delete(index);
        } else {
          const endMs = time.nowMs + delayMs;
          for (const [i, due] of dueMs) {
            if (due > endMs) continue;
            expected.push([i, due]);
            dueMs.delete(i);
          }
          time.advanceTo(endMs);
        }
        expect(deadlines.size).toBe(dueMs.size);
      }
      const order = (a: [number, number], b: [number, number]) => a[1] - b[1] || a[0] - b[0];
      expect(fired.toSorted(order)).toEqual(expected.toSorted(order));
    }),
  );
});

test("deadlines that are cancelled in time do not set a timer of the platform each", () => {
  const time = new FakeTime();
  const deadlines = new Deadlines(time.clock, time.scheduler);
  for (let i = 0; i < 1000; i++) {
    const short = item(() => undefined);
    time.nowMs += 1;
    deadlines.schedule(short, 60_000);
    deadlines.cancel(short);
  }

  expect(time.armedCount).toBe(1);
});

test("a callback may cancel, or move, another deadline of the same moment", () => {
  const time = new FakeTime();
  const deadlines = new Deadlines(time.clock, time.scheduler);
  const fired: string[] = [];
  const second = item(() => fired.push("second"));
  const first = item(() => {
    fired.push("first");
    deadlines.schedule(second, 5);
  });
  deadlines.schedule(first, 10);
  deadlines.schedule(second, 10);

  time.advanceTo(10);
  expect(fired).toEqual(["first"]);
  time.advanceTo(15);

  expect(fired).toEqual(["first", "second"]);
});
