import {
  type ConfState,
  decodeConfChange,
  EMPTY_BYTES,
  type Entry,
  type HardState,
  MemoryStorage,
  type Message,
  type RaftOptions,
  RawNode,
  type Snapshot,
} from "#raft";

/** An error that a script expects to see as text. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
}

/** Log of a node under test; its snapshots are those of the node's state machine. */
class ScriptStorage extends MemoryStorage {
  newestSnapshot: Snapshot;

  constructor(newestSnapshot: Snapshot) {
    super();
    this.newestSnapshot = newestSnapshot;
  }

  override snapshot(): Snapshot {
    return this.newestSnapshot;
  }
}

/** What a write to storage consists of. */
export interface ScriptWrite {
  readonly hardState: HardState | undefined;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | undefined;
}

/** A node under test: the core, its log, and a state machine that concatenates payloads. */
export class ScriptNode {
  readonly core: RawNode;
  readonly storage: ScriptStorage;
  readonly isAsync: boolean;
  /** Storage work that waits to be carried out, in order. */
  readonly appendWork: Message[] = [];
  readonly applyWork: Message[] = [];

  /**
   * @param options  options of the core, without storage and applied index
   * @param snapshot state to start from; index 0 for an empty node
   */
  constructor(options: Omit<RaftOptions, "storage" | "applied">, snapshot: Snapshot) {
    this.storage = new ScriptStorage(snapshot);
    if (snapshot.index > 0) this.storage.applySnapshot(snapshot);
    this.isAsync = options.asyncStorageWrites ?? false;
    this.core = new RawNode({ ...options, storage: this.storage, applied: snapshot.index });
  }

  /** Writes to the log as a storage thread would. */
  persist({ hardState, entries, snapshot }: ScriptWrite): void {
    if (hardState !== undefined) this.storage.setHardState(hardState);
    if (snapshot !== undefined) {
      if (entries.length > 0) {
        throw new ScriptError("can't apply snapshot and entries at the same time");
      }
      this.storage.applySnapshot(snapshot);
      return;
    }
    this.storage.append(entries);
  }

  /** Applies committed entries, and records a snapshot after each. */
  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      let update = entry.data;
      let { confState }: { confState: ConfState } = this.storage.newestSnapshot;
      const change = decodeConfChange(entry);
      if (change !== undefined) {
        confState = this.core.applyConfChange(change);
        update = change.context;
      }
      const data = concatenate(this.storage.newestSnapshot.data, update);
      this.storage.newestSnapshot = { index: entry.index, term: entry.term, confState, data };
    }
  }
}

function concatenate(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (right.length === 0) return left.length === 0 ? EMPTY_BYTES : left;
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}
