import { assert } from "#base/assert";
import {
  COMMAND_TYPES,
  encodeCompletion,
  encodeSignal,
  type InvocationId,
  type JournalEntry,
  type JournalPosition,
  NOTIFICATION_TYPES,
  type NotificationResult,
  type SignalId,
  type StartedFacts,
} from "#model";
import type { JournalEvent } from "./effect.ts";
import type { NotificationKey } from "./partition-state.ts";
import type { Turn } from "./turn.ts";

/** Working copy of a journal's position while one record extends it. */
export class JournalDraft {
  readonly #turn: Turn;
  readonly id: InvocationId;
  /** Token of the live attempt that is told of notifications; undefined when there is none. */
  readonly #token: number | undefined;
  #length: number;
  #commandCount: number;
  #outputIndex: number | undefined;
  #eventCount: number;
  #lastEvent: string | undefined;

  constructor(
    turn: Turn,
    owner: { readonly id: InvocationId; readonly token: number | undefined },
    facts: Pick<StartedFacts, "journal">,
  ) {
    this.#turn = turn;
    this.id = owner.id;
    this.#token = owner.token;
    this.#length = facts.journal.length;
    this.#commandCount = facts.journal.commandCount;
    this.#outputIndex = facts.journal.outputIndex;
    this.#eventCount = facts.journal.eventCount;
    this.#lastEvent = facts.journal.lastEvent;
  }

  /** Where the journal stands now. */
  position(): JournalPosition {
    return {
      length: this.#length,
      commandCount: this.#commandCount,
      outputIndex: this.#outputIndex,
      eventCount: this.#eventCount,
      lastEvent: this.#lastEvent,
    };
  }

  get outputIndex(): number | undefined {
    return this.#outputIndex;
  }

  /** Appends a command of the handler and returns its command index. */
  appendCommand(type: number, body: Uint8Array): number {
    assert(type < 0x8000, "a command has a command's type");
    if (type === COMMAND_TYPES.output) this.#outputIndex = this.#length;
    this.#append({ type, body, appendedAtMs: this.#turn.nowMs });
    this.#lastEvent = undefined;
    return this.#commandCount++;
  }

  /** True if the journal holds a notification of this id. */
  has(key: NotificationKey): boolean {
    return this.#turn.state.journal(this.id).notifications.has(key);
  }

  /**
   * Appends a completion and tells the live attempt; drops it if the id is already completed
   * (invariant 4 of the invocation semantics). Returns the entry index, or undefined if dropped.
   */
  appendCompletion(
    type: number,
    completionId: number,
    result: NotificationResult,
    ack: "full" | "short" = "full",
  ): number | undefined {
    if (this.has(completionId)) return undefined;
    const entryIndex = this.#length;
    const body = encodeCompletion(type, completionId, result);
    const entry = { type, body, appendedAtMs: this.#turn.nowMs };
    this.#append(entry);
    if (ack === "full") this.#notify(entryIndex, entry);
    else this.#acknowledgeRun(entryIndex, completionId);
    return entryIndex;
  }

  /** Appends a signal and tells the live attempt. Repeated signals are all kept, in order. */
  appendSignal(signal: SignalId, result: NotificationResult): void {
    const entryIndex = this.#length;
    const body = encodeSignal(signal, result);
    const entry = { type: NOTIFICATION_TYPES.signal, body, appendedAtMs: this.#turn.nowMs };
    this.#append(entry);
    this.#notify(entryIndex, entry);
  }

  /** Appends an event beside the journal. */
  appendEvent(event: JournalEvent): void {
    this.#turn.state.appendEvent(this.id, this.#eventCount++, {
      afterJournalEntryIndex: this.#length - 1,
      appendedAtMs: this.#turn.nowMs,
      event,
    });
  }

  /** Appends a TransientError event unless it repeats the last one since the last command. */
  appendErrorEvent(event: Extract<JournalEvent, { readonly kind: "transient-error" }>): void {
    const { failure, relatedCommandIndex } = event.cause;
    const fingerprint = `${failure.code}/${relatedCommandIndex ?? ""}/${failure.message}`;
    if (fingerprint === this.#lastEvent) return;
    this.#lastEvent = fingerprint;
    this.appendEvent(event);
  }

  #append(entry: JournalEntry): void {
    this.#turn.state.appendJournal(this.id, this.#length, entry);
    this.#length++;
  }

  #notify(entryIndex: number, entry: JournalEntry): void {
    const { id: invocationId } = this;
    const token = this.#token;
    if (token === undefined) return;
    this.#turn.effects.push({ kind: "notify", invocationId, token, entryIndex, entry });
  }

  #acknowledgeRun(entryIndex: number, completionId: number): void {
    const { id: invocationId } = this;
    const token = this.#token;
    if (token === undefined) return;
    this.#turn.effects.push({
      kind: "acknowledge-run",
      invocationId,
      token,
      entryIndex,
      completionId,
    });
  }
}
