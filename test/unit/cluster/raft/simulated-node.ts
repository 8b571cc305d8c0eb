import { expect } from "vitest";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type ConfState,
  decodeConfChange,
  EMPTY_HARD_STATE,
  type Entry,
  type HardState,
  type InitialState,
  isHeldUntilDurable,
  MemoryStorage,
  type Message,
  type RaftOptions,
  RawNode,
  type ReadState,
  type Snapshot,
} from "#raft";
import { bytes } from "./raft-group.ts";
import type { SafetyModel } from "./safety-model.ts";

interface MachineState {
  readonly applied: number;
  readonly confState: ConfState;
}

/** Log whose membership and snapshots are those of the state machine, as of what it has applied. */
class SimulatedStorage extends MemoryStorage {
  machine: MachineState | undefined = undefined;

  override initialState(): InitialState {
    const initial = super.initialState();
    return { ...initial, confState: this.machine?.confState ?? initial.confState };
  }

  /** Made when it is needed: an older one might not have its receiver as a member yet. */
  override snapshot(): Snapshot | "temporarily-unavailable" {
    if (this.machine === undefined) return "temporarily-unavailable";
    const { applied, confState } = this.machine;
    const term = this.term(applied);
    if (typeof term !== "number") return "temporarily-unavailable";
    return { index: applied, term, confState, data: bytes("") };
  }
}

export type SimulatedOptions = Omit<RaftOptions, "id" | "storage" | "applied">;

/**
 * One replica that may crash at any moment.
 *
 * A crash loses what was not synced: the commit index, applied state above the last flush, storage
 * work that was queued, and messages to itself.
 */
export class SimulatedNode {
  readonly id: number;
  readonly storage = new SimulatedStorage();
  readonly outbox: Message[] = [];
  core: RawNode;
  readonly #options: SimulatedOptions;
  readonly #model: SafetyModel;
  #flushed: MachineState;
  #syncedState: HardState = EMPTY_HARD_STATE;
  #appendWork: Message[] = [];
  #applyWork: Message[] = [];
  #ownMessages: Message[] = [];

  constructor(id: number, start: Snapshot, options: SimulatedOptions, model: SafetyModel) {
    this.id = id;
    this.#options = options;
    this.#model = model;
    this.storage.applySnapshot(start);
    this.#flushed = { applied: start.index, confState: start.confState };
    this.storage.machine = this.#flushed;
    this.core = this.#start();
  }

  get #machine(): MachineState {
    return this.storage.machine ?? this.#flushed;
  }

  set #machine(state: MachineState) {
    this.storage.machine = state;
  }

  get confState(): ConfState {
    return this.#machine.confState;
  }

  get applied(): number {
    return this.#machine.applied;
  }

  /** Loses everything volatile, and starts again. */
  crash(): void {
    this.#appendWork = [];
    this.#applyWork = [];
    this.#ownMessages = [];
    this.outbox.length = 0;
    this.#machine = this.#flushed;
    // What the state machine has applied was committed, whatever the hard state remembers.
    const commit = Math.max(this.#syncedState.commit, this.#flushed.applied);
    this.storage.setHardState({ ...this.#syncedState, commit });
    this.core = this.#start();
  }

  /** Makes the applied state durable, and drops log entries that it covers. */
  flush(kept: number): void {
    this.#flushed = this.#machine;
    const { applied } = this.#machine;
    if (applied - kept >= this.storage.firstIndex()) this.storage.compact(applied - kept);
  }

  /** Carries out one `Ready`; `crashPoint` 0 or 1 crashes before or after it is durable. */
  processReady(crashPoint: number): void {
    if (!this.core.hasReady()) return;
    const ready = this.core.ready();
    for (const { index, context } of ready.readStates) this.#noteRead(index, context);
    if (this.#options.asyncStorageWrites === true) {
      for (const message of ready.messages) this.#route(message);
      return;
    }
    const [early, held] = [false, true].map((isHeld) =>
      ready.messages.filter(({ type }) => isHeldUntilDurable(type) === isHeld),
    );
    this.outbox.push(...(early ?? []));
    if (crashPoint !== 0) this.#persist(ready, ready.mustSync);
    if (crashPoint === 0 || crashPoint === 1) {
      this.crash();
      return;
    }
    this.outbox.push(...(held ?? []));
    this.#apply(ready.committedEntries);
    this.core.advance(ready);
    this.#checkLeader();
  }

  /** Lets a storage thread or the node's own mail take one step. */
  processWork(kind: number): void {
    if (kind === 0) {
      const write = this.#appendWork.shift();
      if (write === undefined) return;
      const { term, vote, commit, entries, snapshot, responses } = write;
      const hardState =
        term === 0 && vote === 0 && commit === 0 ? undefined : { term, vote, commit };
      this.#persist({ hardState, entries, snapshot }, responses.length > 0);
      for (const response of responses) this.#route(response);
    } else if (kind === 1) {
      const work = this.#applyWork.shift();
      if (work === undefined) return;
      this.#apply(work.entries);
      for (const response of work.responses) this.#route(response);
    } else {
      const message = this.#ownMessages.shift();
      if (message !== undefined) this.receive(message);
    }
  }

  get hasWork(): boolean {
    return (
      this.core.hasReady() ||
      this.#appendWork.length + this.#applyWork.length + this.#ownMessages.length > 0
    );
  }

  receive(message: Message): void {
    this.core.step(message);
    this.#checkLeader();
  }

  #start(): RawNode {
    return new RawNode({
      ...this.#options,
      id: this.id,
      storage: this.storage,
      applied: this.#machine.applied,
    });
  }

  #route(message: Message): void {
    if (message.to === APPEND_THREAD) this.#appendWork.push(message);
    else if (message.to === APPLY_THREAD) this.#applyWork.push(message);
    else if (message.to === this.id) this.#ownMessages.push(message);
    else this.outbox.push(message);
  }

  #persist(
    write: {
      hardState: HardState | undefined;
      entries: readonly Entry[];
      snapshot: Snapshot | undefined;
    },
    isSynced: boolean,
  ): void {
    const { hardState, entries, snapshot } = write;
    if (hardState !== undefined) this.storage.setHardState(hardState);
    if (snapshot !== undefined) this.#install(snapshot);
    this.storage.append(entries);
    for (const entry of entries) {
      const previous = this.storage.term(entry.index - 1);
      this.#model.noteWritten(entry, typeof previous === "number" ? previous : undefined);
    }
    if (isSynced || snapshot !== undefined) {
      this.#syncedState = this.storage.initialState().hardState;
    }
  }

  /** Replaces log and state machine in one step. */
  #install(snapshot: Snapshot): void {
    this.storage.applySnapshot(snapshot);
    this.#model.checkSnapshot(snapshot);
    this.#machine = { applied: snapshot.index, confState: snapshot.confState };
    this.#flushed = this.#machine;
  }

  #apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // A snapshot that was installed meanwhile stands for these.
      if (entry.index <= this.#machine.applied) continue;
      expect(entry.index, "entries are applied without a gap").toBe(this.#machine.applied + 1);
      expect(entry.index).toBeLessThanOrEqual(this.storage.lastIndex());
      this.#model.noteApplied(entry);
      const change = decodeConfChange(entry);
      const confState =
        change === undefined ? this.#machine.confState : this.core.applyConfChange(change);
      this.#machine = { applied: entry.index, confState };
    }
  }

  #checkLeader(): void {
    if (this.core.role !== "leader") return;
    this.#model.noteLeader(this.core.term, this.id);
  }

  #noteRead(index: number, context: ReadState["context"]): void {
    this.#model.noteReadAnswer(
      new DataView(context.buffer, context.byteOffset).getUint32(0),
      index,
    );
  }
}
