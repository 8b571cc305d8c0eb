/** What happened, as seen from outside: the memory of this process, not of the server. */
import type { DeploymentReport } from "./deployment-report.ts";

/** A counter of the run. */
export interface CounterName {
  readonly service: "Counter" | "LazyCounter";
  readonly key: string;
}

/** An addition whose result a client has seen. */
export interface CountedAddition {
  readonly operation: string;
  readonly startedAtMs: number;
  readonly answeredAtMs: number;
  readonly count: number;
}

/** A property the run checks, with how often it was looked at. */
export interface CheckResult {
  readonly name: string;
  readonly checked: number;
  readonly violations: readonly string[];
}

const VIOLATIONS_KEPT_MAX = 20;

/** Collects observations; says at the end which properties hold. */
export class Ledger {
  readonly #checks = new Map<string, { checked: number; violations: string[] }>();
  /** Operations that must be on each counter, by `service/key`. */
  readonly #expected = new Map<string, Set<string>>();
  readonly #counted = new Map<string, CountedAddition[]>();
  readonly #stepValues = new Map<string, Set<string>>();
  readonly #fired = new Map<string, number>();
  readonly #delayed = new Map<string, number>();
  readonly #awakeables = new Map<string, PromiseWithResolvers<string>>();

  /** Records one look at a property. */
  check(name: string, holds: boolean, violation: () => string): void {
    let entry = this.#checks.get(name);
    if (entry === undefined) {
      entry = { checked: 0, violations: [] };
      this.#checks.set(name, entry);
    }
    entry.checked++;
    if (!holds && entry.violations.length < VIOLATIONS_KEPT_MAX) entry.violations.push(violation());
  }

  /** The operation was acknowledged, or something that was promises it. */
  expectAddition({ service, key }: CounterName, operation: string): void {
    const name = `${service}/${key}`;
    let expected = this.#expected.get(name);
    if (expected === undefined) {
      expected = new Set();
      this.#expected.set(name, expected);
    }
    expected.add(operation);
  }

  /** A client has seen the result of an addition. */
  addCounted({ service, key }: CounterName, addition: CountedAddition): void {
    const name = `${service}/${key}`;
    const counted = this.#counted.get(name) ?? [];
    counted.push(addition);
    this.#counted.set(name, counted);
  }

  /** The operation has to fire, and not before `dueAtMs` as the server said; 0 if it did not. */
  expectFiring(operation: string, dueAtMs: number): void {
    this.#delayed.set(operation, dueAtMs);
  }

  /** Takes what a handler tells. */
  report(report: DeploymentReport): void {
    switch (report.kind) {
      case "ready":
        return;
      case "step":
        this.#valuesOf(report.operation).add(report.value);
        return;
      case "fired": {
        const { operation, dueAtMs, firedAtMs } = report;
        // A handler may run again after a crash; its first run is the one that could be early.
        if (!this.#fired.has(operation)) this.#fired.set(operation, firedAtMs);
        const early = `${operation} fired ${dueAtMs - firedAtMs} ms early`;
        this.check("no timer fires early", firedAtMs >= dueAtMs, () => early);
        return;
      }
      case "awakeable":
        this.#awakeable(report.operation).resolve(report.id);
        return;
      case "violation":
        this.check("handlers see nothing impossible", false, () => report.text);
    }
  }

  /** Id of the awakeable that the operation published, once it has. */
  awakeableOf(operation: string): Promise<string> {
    return this.#awakeable(operation).promise;
  }

  /** Checks that a recorded result is one that a step really produced. */
  checkStep(operation: string, value: string): void {
    const isKnown = this.#stepValues.get(operation)?.has(value) === true;
    this.check("a recorded step result is one that a step returned", isKnown, () => {
      return `${operation} returned ${value}, which no step produced`;
    });
  }

  /** Counters that were written to. */
  counters(): CounterName[] {
    return [...this.#expected.keys()].map((name) => {
      const [service, key] = name.split("/") as ["Counter" | "LazyCounter", string];
      return { service, key };
    });
  }

  /** Operations missing from what a counter has done. */
  missingAdditions({ service, key }: CounterName, done: readonly string[]): string[] {
    const present = new Set(done);
    const expected = this.#expected.get(`${service}/${key}`) ?? new Set();
    return [...expected].filter((operation) => !present.has(operation));
  }

  /** Compares the final state of a counter with what was acknowledged. */
  checkCounter(
    { service, key }: CounterName,
    final: { readonly count: number; readonly done: readonly string[]; readonly owner: unknown },
  ): void {
    const name = `${service}/${key}`;
    const expected = this.#expected.get(name) ?? new Set<string>();
    const done = new Set(final.done);
    for (const operation of expected) {
      this.check("every acknowledged effect is there", done.has(operation), () => {
        return `${operation} is missing on ${name}`;
      });
    }
    for (const operation of done) {
      this.check("no effect appears that nobody asked for", expected.has(operation), () => {
        return `${operation} is on ${name}`;
      });
    }
    this.check("no effect is there twice", final.count === done.size, () => {
      return `${name} counts ${final.count} for ${done.size} operations`;
    });
    this.check("every key is free in the end", final.owner === null, () => {
      return `${name} is held by ${String(final.owner)}`;
    });
    this.#checkOrder(name);
  }

  /** Results on one key are distinct, and a later request sees a later count. */
  #checkOrder(name: string): void {
    const counted = this.#counted.get(name) ?? [];
    const counts = new Set(counted.map((addition) => addition.count));
    this.check("results on one key are distinct", counts.size === counted.length, () => {
      return `${name} gave ${counted.length} results, ${counts.size} distinct`;
    });
    const byStart = counted.toSorted((left, right) => left.startedAtMs - right.startedAtMs);
    const byAnswer = counted.toSorted((left, right) => left.answeredAtMs - right.answeredAtMs);
    let answered = 0;
    let highest: CountedAddition | undefined;
    for (const addition of byStart) {
      for (; answered < byAnswer.length; answered++) {
        const earlier = byAnswer[answered] as CountedAddition;
        if (earlier.answeredAtMs >= addition.startedAtMs) break;
        if (highest === undefined || earlier.count > highest.count) highest = earlier;
      }
      const before = highest;
      const isInOrder = before === undefined || before.count < addition.count;
      this.check("operations on one key are serial in real time", isInOrder, () => {
        return `${addition.operation} on ${name} counted ${addition.count} after ${before?.count}`;
      });
    }
  }

  /** Checks that all that was delayed has fired. */
  checkFirings(): void {
    for (const [operation, dueAtMs] of this.#delayed) {
      const firedAtMs = this.#fired.get(operation);
      this.check("every timer fires", firedAtMs !== undefined, () => `${operation} never fired`);
      const isDue = firedAtMs === undefined || firedAtMs >= dueAtMs;
      this.check("no timer fires early", isDue, () => {
        return `${operation} fired at ${firedAtMs}, was answered to be due at ${dueAtMs}`;
      });
    }
  }

  /** All properties looked at, by name. */
  results(): CheckResult[] {
    return [...this.#checks].map(([name, check]) => ({ name, ...check }));
  }

  #valuesOf(operation: string): Set<string> {
    let values = this.#stepValues.get(operation);
    if (values === undefined) {
      values = new Set();
      this.#stepValues.set(operation, values);
    }
    return values;
  }

  #awakeable(operation: string): PromiseWithResolvers<string> {
    let awakeable = this.#awakeables.get(operation);
    if (awakeable === undefined) {
      awakeable = Promise.withResolvers<string>();
      this.#awakeables.set(operation, awakeable);
    }
    return awakeable;
  }
}
