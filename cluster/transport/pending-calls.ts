import type { ScheduledCall, Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { NodeCallOptions } from "./node-calls.ts";

/** What is waited for, in messages of errors. */
export interface CallTarget {
  readonly service: string;
  /** The node, as people call it. */
  readonly node: string;
}

interface PendingCall {
  resolve(payload: Uint8Array): void;
  reject(error: Error): void;
  timer: ScheduledCall | undefined;
  /** Takes the listener off the signal. */
  stopListening: (() => void) | undefined;
}

/**
 * The calls that wait for an answer: each ends once, by its reply, its deadline, its signal or the
 * loss of the connection.
 */
export class PendingCalls {
  readonly #scheduler: Scheduler;
  /** Tells the other side that nobody waits any more. */
  readonly #onGivenUp: (id: number) => void;
  readonly #calls = new Map<number, PendingCall>();
  #lastId = 0;

  constructor(scheduler: Scheduler, onGivenUp: (id: number) => void) {
    this.#scheduler = scheduler;
    this.#onGivenUp = onGivenUp;
  }

  /** Calls that wait. */
  get count(): number {
    return this.#calls.size;
  }

  /** Adds a call; `send` gets its id, at once. */
  add(
    target: CallTarget,
    { timeoutMs, signal }: NodeCallOptions,
    send: (id: number) => void,
  ): Promise<Uint8Array> {
    if (signal?.aborted) return Promise.reject(abandoned(target));
    const id = ++this.#lastId;
    const result = new Promise<Uint8Array>((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, timer: undefined, stopListening: undefined });
    });
    const call = this.#calls.get(id) as PendingCall;
    if (timeoutMs !== undefined) {
      call.timer = this.#scheduler.after(timeoutMs, () => {
        this.#giveUp(id, timedOut(target, timeoutMs));
      });
    }
    if (signal !== undefined) {
      const abandon = () => this.#giveUp(id, abandoned(target));
      signal.addEventListener("abort", abandon, { once: true });
      call.stopListening = () => signal.removeEventListener("abort", abandon);
    }
    send(id);
    return result;
  }

  /** Ends a call with its result; one that has ended before is ignored. */
  resolve(id: number, payload: Uint8Array): void {
    this.#take(id)?.resolve(payload);
  }

  /** Ends a call with an error; one that has ended before is ignored. */
  reject(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** Ends all calls with an error of their own. */
  rejectAll(makeError: () => Error): void {
    for (const id of [...this.#calls.keys()]) this.#take(id)?.reject(makeError());
  }

  #giveUp(id: number, error: ClusterError): void {
    const call = this.#take(id);
    if (call === undefined) return;
    call.reject(error);
    this.#onGivenUp(id);
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id);
    if (call === undefined) return undefined;
    this.#calls.delete(id);
    call.timer?.cancel();
    call.stopListening?.();
    return call;
  }
}

function timedOut({ service, node }: CallTarget, timeoutMs: number): ClusterError {
  const text = `Call of "${service}" on ${node} took longer than ${timeoutMs} ms`;
  return new ClusterError("CALL_TIMED_OUT", text, { details: { service, node } });
}

function abandoned({ service, node }: CallTarget): ClusterError {
  const text = `Call of "${service}" on ${node} was given up by its caller`;
  return new ClusterError("CALL_ABANDONED", text, { details: { service, node } });
}
