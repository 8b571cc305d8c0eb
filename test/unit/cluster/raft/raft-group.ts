import {
  type ConfState,
  createMessage,
  decodeConfChange,
  EMPTY_CONF_STATE,
  type Entry,
  MemoryStorage,
  type Message,
  type MessageDraft,
  type MessageType,
  type RaftOptions,
  RawNode,
  type ReadState,
  type Snapshot,
} from "#raft";

/** Index of the snapshot that every node of a test starts from; its term is 1. */
export const START_INDEX = 10;

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A membership from its parts. */
export function members(parts: Partial<ConfState>): ConfState {
  return { ...EMPTY_CONF_STATE, ...parts };
}

/** An entry with a payload that tells its place. */
export function entry(term: number, index: number, data = ""): Entry {
  return { term, index, type: "normal", data: bytes(data) };
}

/** A message with some fields set. */
export function message(
  type: MessageType,
  fields: Partial<MessageDraft> & { to: number; from: number },
): Message {
  return Object.assign(createMessage(type, fields.to), fields);
}

/** A storage whose newest snapshot a test can withhold. */
class TestStorage extends MemoryStorage {
  isSnapshotReady = true;

  override snapshot(): Snapshot | "temporarily-unavailable" {
    return this.isSnapshotReady ? super.snapshot() : "temporarily-unavailable";
  }
}

export type NodeOptions = Partial<Omit<RaftOptions, "storage">> & {
  readonly confState?: ConfState;
  readonly storage?: TestStorage;
};

/** One replica with synchronous storage. Starts at `START_INDEX`, term 0, without pre-vote. */
export class TestNode {
  readonly core: RawNode;
  readonly storage: TestStorage;
  readonly applied: Entry[] = [];
  readonly readStates: ReadState[] = [];
  confState: ConfState;

  constructor(id: number, options: NodeOptions = {}) {
    const { confState = members({ voters: [1, 2, 3] }), storage, ...rest } = options;
    this.storage = storage ?? new TestStorage();
    this.confState = confState;
    if (storage === undefined) {
      this.storage.applySnapshot({ index: START_INDEX, term: 1, confState, data: bytes("") });
    }
    this.core = new RawNode({
      id,
      storage: this.storage,
      // The longest timeout, so that only the test decides who campaigns.
      random: { nextBelow: (bound) => bound - 1, nextBytes: (size) => new Uint8Array(size) },
      electionTicks: 10,
      heartbeatTicks: 1,
      applied: START_INDEX,
      preVote: false,
      checkQuorum: false,
      ...rest,
    });
  }

  get id(): number {
    return this.core.id;
  }

  /** Carries out everything that is ready; returns the messages to send. */
  drain(): Message[] {
    const messages: Message[] = [];
    while (this.core.hasReady()) {
      for (const sent of this.drainOnce()) messages.push(sent);
    }
    return messages;
  }

  /** Carries out one `Ready`. */
  drainOnce(): readonly Message[] {
    const ready = this.core.ready();
    if (ready.hardState !== undefined) this.storage.setHardState(ready.hardState);
    if (ready.snapshot !== undefined) {
      this.storage.applySnapshot(ready.snapshot);
      this.confState = ready.snapshot.confState;
    }
    this.storage.append(ready.entries);
    for (const committed of ready.committedEntries) {
      const change = decodeConfChange(committed);
      if (change !== undefined) this.confState = this.core.applyConfChange(change);
      this.applied.push(committed);
    }
    for (const state of ready.readStates) this.readStates.push(state);
    this.core.advance(ready);
    return ready.messages;
  }

  /** Takes a message and carries out what follows. */
  receive(received: Message): Message[] {
    this.core.step(received);
    return this.drain();
  }

  tick(count: number): Message[] {
    for (let done = 0; done < count; done += 1) this.core.tick();
    return this.drain();
  }

  /** Elects this node with the votes of the others, without asking them. */
  lead(voters: readonly number[] = [2, 3]): void {
    this.core.campaign();
    this.drain();
    const { term } = this.core;
    for (const from of voters) {
      this.core.step(message("vote-response", { to: this.id, from, term }));
    }
    this.drain();
  }

  /** Takes an acknowledgement of everything up to `index` from a follower. */
  acknowledge(from: number, index: number): Message[] {
    const { term } = this.core;
    return this.receive(message("append-response", { to: this.id, from, term, index }));
  }

  progressOf(id: number) {
    return this.core.status().progress.find((progress) => progress.id === id);
  }

  /** Terms of the whole log, from the first index on. */
  logTerms(): number[] {
    const first = this.storage.firstIndex();
    const entries = this.storage.entries(first, this.storage.lastIndex() + 1, Infinity);
    return typeof entries === "string" ? [] : entries.map(({ term }) => term);
  }
}

/** Several nodes that deliver messages at once, except those that a test cuts off. */
export class TestGroup {
  readonly nodes: readonly TestNode[];
  readonly #cut = new Set<number>();

  constructor(ids: readonly number[], options: (id: number) => NodeOptions = () => ({})) {
    const confState = members({ voters: ids });
    this.nodes = ids.map((id) => new TestNode(id, { confState, ...options(id) }));
  }

  node(id: number): TestNode {
    const node = this.nodes.find((candidate) => candidate.id === id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  cut(...ids: number[]): void {
    for (const id of ids) this.#cut.add(id);
  }

  heal(): void {
    this.#cut.clear();
  }

  /** Delivers messages until none is left. */
  settle(): void {
    for (let round = 0; round < 1_000; round += 1) {
      const messages = this.nodes.flatMap((node) => node.drain());
      if (messages.length === 0) return;
      for (const sent of messages) {
        if (this.#cut.has(sent.from) || this.#cut.has(sent.to)) continue;
        this.nodes.find(({ id }) => id === sent.to)?.core.step(sent);
      }
    }
    throw new Error("the group does not settle");
  }

  /** Makes a node campaign, and lets the group settle. */
  elect(id: number): TestNode {
    const node = this.node(id);
    node.core.campaign();
    this.settle();
    return node;
  }
}

/** Kinds of messages, in order. */
export function kinds(messages: readonly Message[]): MessageType[] {
  return messages.map(({ type }) => type);
}

/** Repeatable numbers for tests that try many cases. */
export function seededNumbers(seed: number): (bound: number) => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}
