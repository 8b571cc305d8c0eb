import type { InvocationId } from "#model";
import type { Frame } from "#service-protocol";
import type { SimWorld } from "../sim-world.ts";

/** One append to a list of an object, as the outside knows it. */
interface Append {
  readonly key: string;
  /** The invocation that asked for it; undefined for a client. */
  readonly parent: InvocationId | undefined;
  startMs: number;
  /** When its position was known; undefined: not yet, or never. */
  endMs: number | undefined;
  position: number | undefined;
  isRequired: boolean;
}

interface Read {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly list: readonly string[];
}

/**
 * What the world outside of the cluster has seen, and what must hold of it: each effect once, one
 * result per invocation and step, one history per key, no timer early.
 */
export class SimLedger {
  readonly violations: string[] = [];
  /** Hears what handlers do. */
  onLine: ((line: string) => void) | undefined;
  /** Milliseconds by which a clock of a node has been ahead. */
  clockAheadMs = 0;
  timersFired = 0;
  replays = 0;
  readonly appends = new Map<string, Append>();
  readonly #world: SimWorld;
  readonly #startMs: number;
  readonly #runResults = new Map<string, string>();
  readonly #timers = new Map<string, number>();
  readonly #journals = new Map<string, Frame[]>();
  readonly #results = new Map<InvocationId, string>();
  readonly #reads: Read[] = [];
  readonly #promises = new Map<string, string>();

  constructor(world: SimWorld) {
    this.#world = world;
    this.#startMs = world.process().clock.nowMs();
  }

  /** True time, as deployments and clients have it. */
  nowMs(): number {
    return this.#startMs + Math.floor(this.#world.nowMs);
  }

  violate(text: string): void {
    this.violations.push(text);
  }

  /** A step was recorded with this result. */
  noteRunResult(step: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.onLine?.(`step ${step} has result ${text}`);
    const known = this.#runResults.get(step) ?? text;
    this.#runResults.set(step, known);
    if (known !== text) this.violate(`Step ${step} has results ${known} and ${text}`);
  }

  noteTimer(timer: string, dueMs: number): void {
    const known = this.#timers.get(timer);
    if (known !== undefined && known !== dueMs && this.#journals.size === 0) {
      this.violate(`Timer ${timer} is due at ${known} and ${dueMs}`);
    }
    this.#timers.set(timer, dueMs);
  }

  noteFired(timer: string): void {
    const dueMs = this.#timers.get(timer);
    if (dueMs === undefined) return;
    this.timersFired++;
    this.checkDue(timer, dueMs);
  }

  /** Something that was to happen at a time happens now. */
  checkDue(what: string, dueMs: number): void {
    const earlyMs = dueMs - this.nowMs();
    if (earlyMs > this.clockAheadMs) this.violate(`${what} comes ${earlyMs} ms early`);
  }

  /** A handler starts with this journal: of any two, one is a prefix of the other. */
  noteJournal(id: InvocationId, frames: readonly Frame[]): void {
    this.onLine?.(`${id} starts with ${frames.map(({ type }) => type.toString(16)).join()}`);
    const known = this.#journals.get(id) ?? [];
    if (known.length > 0) this.replays++;
    for (const [index, frame] of frames.entries()) {
      const other = known[index];
      if (other === undefined) {
        known.push(frame);
        continue;
      }
      if (other.type !== frame.type || Buffer.compare(other.body, frame.body) !== 0) {
        this.violate(`Entry ${index} of ${id} has changed from ${other.type} to ${frame.type}`);
      }
    }
    this.#journals.set(id, known);
  }

  /** Somebody was told how an invocation ended. */
  noteResult(id: InvocationId, result: string): void {
    const known = this.#results.get(id) ?? result;
    this.#results.set(id, known);
    if (known !== result) this.violate(`${id} has results ${known} and ${result}`);
  }

  get results(): ReadonlyMap<InvocationId, string> {
    return this.#results;
  }

  /** Somebody asks for an append. */
  issue(op: string, key: string, parent?: InvocationId): void {
    if (this.appends.has(op)) return;
    this.appends.set(op, {
      key,
      parent,
      startMs: this.#world.nowMs,
      endMs: undefined,
      position: undefined,
      isRequired: false,
    });
  }

  /** Whoever asked knows that it is done. */
  acknowledge(op: string, position: number): void {
    const append = this.appends.get(op);
    if (append === undefined) throw new Error(`Nobody asked for ${op}`);
    append.isRequired = true;
    if (append.position !== undefined && append.position !== position) {
      this.violate(`${op} is at ${append.position} and at ${position}`);
    }
    append.position = position;
    append.endMs ??= this.#world.nowMs;
  }

  noteRead(key: string, startMs: number, list: readonly string[]): void {
    this.#reads.push({ key, startMs, endMs: this.#world.nowMs, list });
  }

  /** A promise of a workflow was seen with a value. */
  notePromise(workflow: string, value: unknown): void {
    const text = JSON.stringify(value);
    const known = this.#promises.get(workflow) ?? text;
    this.#promises.set(workflow, known);
    if (known !== text) this.violate(`The promise of ${workflow} is ${known} and ${text}`);
  }

  /** Compares everything with the lists as they are in the end. */
  checkLists(lists: ReadonlyMap<string, readonly string[]>): void {
    const places = new Map<string, number>();
    for (const [key, list] of lists) this.#checkList(key, list, places);
    for (const [op, append] of this.appends) {
      const place = places.get(op);
      if (append.isRequired && place === undefined) this.violate(`${op} on ${append.key} is lost`);
      if (append.position !== undefined && append.position !== place) {
        this.violate(`${op} was at ${append.position}, and is at ${place}`);
      }
    }
    for (const read of this.#reads) this.#checkPrefix(read, lists.get(read.key) ?? []);
    for (const key of lists.keys()) this.#checkOrder(key);
  }

  #checkList(key: string, list: readonly string[], places: Map<string, number>): void {
    for (const [index, op] of list.entries()) {
      if (places.has(op)) this.violate(`${op} on ${key} took effect twice`);
      places.set(op, index);
      const append = this.appends.get(op);
      if (append?.key !== key) this.violate(`${op} is on ${key}, where nobody asked for it`);
    }
  }

  #checkPrefix({ key, list }: Read, final: readonly string[]): void {
    for (const [index, op] of list.entries()) {
      if (final[index] === op) continue;
      this.violate(`A read of ${key} saw ${op} at ${index}, where ${final[index]} is`);
      return;
    }
  }

  /** Real time: what ended before another began comes before it. */
  #checkOrder(key: string): void {
    const seen: { startMs: number; endMs: number; length: number; what: string }[] = [];
    for (const [op, { key: on, startMs, endMs, position }] of this.appends) {
      if (on !== key || endMs === undefined || position === undefined) continue;
      seen.push({ startMs, endMs, length: position + 1, what: op });
    }
    for (const { key: on, startMs, endMs, list } of this.#reads) {
      if (on === key) seen.push({ startMs, endMs, length: list.length, what: "a read" });
    }
    seen.sort((left, right) => left.endMs - right.endMs);
    for (const later of seen) {
      for (const earlier of seen) {
        if (earlier.endMs >= later.startMs) break;
        if (earlier.length > later.length) {
          this.violate(`${key}: ${later.what} does not see ${earlier.what}, which was over`);
          return;
        }
      }
    }
  }
}
