import { assertPresent } from "#base/assert";
import type { Entry, Message } from "#raft";
import type { StateMachine } from "./state-machine.ts";

/** What applying asks of the replica. */
export interface ApplierHost {
  /** Puts a membership change into effect; resolves when the new membership is durable. */
  applyChange(entry: Entry): Promise<void>;
  /** Everything in the message is applied, or stands in a snapshot. */
  finishApply(message: Message): void;
  /** Nothing is being applied right now, or what was has just ended. */
  onPause(): void;
  /** Runs a step after a wait; nothing happens when the replica has stopped meanwhile. */
  resume(run: () => void): void;
  fail(error: unknown): void;
  nowMs(): number;
  /** Entries were applied at once: those were committed, and that began, at these times. */
  onApplied(count: number, committedMs: number, startMs: number): void;
}

/** Takes over a snapshot; resolves when the state machine holds it durably. */
export interface RestoreWork {
  readonly index: number;
  run(): Promise<void>;
  /** Called once that is done. */
  finish(): void;
}

/**
 * Hands committed entries to the state machine in order, one batch at a time, and snapshots in
 * between.
 *
 * A membership change is durable in the log before the state machine hears of its index: otherwise
 * a crash could leave a state machine that is past a change which nobody would apply again.
 */
export class Applier {
  appliedIndex: number;
  readonly #machine: StateMachine;
  readonly #host: ApplierHost;
  #queue: Message[] = [];
  /** When each of them was queued. */
  #queuedMs: number[] = [];
  #restore: RestoreWork | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(machine: StateMachine, host: ApplierHost) {
    this.#machine = machine;
    this.#host = host;
    this.appliedIndex = machine.appliedIndex;
  }

  /** True while the state machine has not finished what it was given. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  get isRestoring(): boolean {
    return this.#restore !== undefined;
  }

  /** Queues committed entries; `run` starts them. */
  push(message: Message): void {
    this.#queue.push(message);
    this.#queuedMs.push(this.#host.nowMs());
  }

  /** Takes over a snapshot next; entries that were queued before and are in it are left out. */
  pushRestore(work: RestoreWork): void {
    this.#restore = work;
    this.run();
  }

  /** Applies what is queued, until the state machine wants to be waited for. */
  run(): void {
    while (this.#running === undefined && !this.#isStopped) {
      if (this.#restore !== undefined) {
        const work = this.#restore;
        this.#wait(work.run(), () => {
          this.appliedIndex = work.index;
          this.#restore = undefined;
          work.finish();
        });
      } else {
        const message = this.#queue.shift();
        if (message === undefined) break;
        this.#apply(message, this.#queuedMs.shift() ?? 0);
      }
    }
    this.#host.onPause();
  }

  /** Applies nothing more; resolves when the state machine has finished what it had begun. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  /** As `stop`, when what runs is what failed. */
  abandon(): void {
    this.#isStopped = true;
    this.#running = undefined;
  }

  #apply(message: Message, committedMs: number): void {
    const { entries } = message;
    const last = assertPresent(entries.at(-1), "there are entries to apply").index;
    if (last <= this.appliedIndex) {
      this.#host.finishApply(message);
      return;
    }
    const kind = kindOf(entries);
    if (kind === "changes") {
      this.#wait(this.#applyChanges(entries), () => this.#finish(message, last));
      return;
    }
    const proposals = kind === "proposals" ? entries : proposalsOf(entries);
    const startMs = this.#host.nowMs();
    const result = this.#machine.applyBatch(proposals, last);
    if (result === undefined) {
      this.#host.onApplied(proposals.length, committedMs, startMs);
      this.#finish(message, last);
      return;
    }
    this.#wait(result, () => this.#finish(message, last));
  }

  #finish(message: Message, last: number): void {
    this.appliedIndex = last;
    this.#host.finishApply(message);
  }

  /** Entries with membership changes among them: rare, so each change may wait for the disk. */
  async #applyChanges(entries: readonly Entry[]): Promise<void> {
    let from = 0;
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at] as Entry;
      if (entry.type === "normal") continue;
      await this.#applyRun(entries.slice(from, at));
      if (this.#isStopped) return;
      await this.#host.applyChange(entry);
      from = at;
    }
    await this.#applyRun(entries.slice(from));
  }

  async #applyRun(entries: readonly Entry[]): Promise<void> {
    const last = entries.at(-1)?.index;
    if (last === undefined || this.#isStopped) return;
    await this.#machine.applyBatch(proposalsOf(entries), last);
    this.appliedIndex = last;
  }

  /** Applies nothing else until `work` is done, and then goes on. */
  #wait(work: Promise<void>, finish: () => void): void {
    const goOn = (): void => {
      this.#running = undefined;
      finish();
      this.run();
    };
    this.#running = work.then(
      () => this.#host.resume(goOn),
      (error: unknown) => this.#host.fail(error),
    );
  }
}

/** What is in a list of entries: proposals only, with empty ones among them, or changes too. */
function kindOf(entries: readonly Entry[]): "proposals" | "gaps" | "changes" {
  let kind: "proposals" | "gaps" = "proposals";
  for (const { type, data } of entries) {
    if (type !== "normal") return "changes";
    if (data.length === 0) kind = "gaps";
  }
  return kind;
}

function proposalsOf(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter((entry) => entry.type === "normal" && entry.data.length > 0);
}
