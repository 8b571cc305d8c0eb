import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { PartitionLog } from "../multiraft/partition-log.ts";
import type {
  CommittedEntry,
  LeadershipChange,
  SnapshotSource,
  StateMachine,
} from "../multiraft/state-machine.ts";
import type { MetadataDocument, MetadataWriteResult } from "./metadata.ts";
import {
  decodeMetadataCommand,
  encodeMetadataCommand,
  type MetadataCommand,
} from "./metadata-command.ts";
import type { MetadataStore } from "./metadata-store.ts";

/** What the metadata group needs. */
export interface MetadataGroupOptions {
  readonly store: MetadataStore;
  readonly log: PartitionLog;
  readonly logger: Logger;
  /** Tells the requests of this process apart from those of any other. */
  readonly requester: string;
  /** Called when this node begins or ceases to lead the group. */
  onLeadership?(isLeader: boolean): void;
}

type ChangedDocuments = Map<string, MetadataDocument | undefined>;
type DocumentListener = (document: MetadataDocument | undefined) => void;

/** A change that a caller asks for. */
export type MetadataRequest = Pick<
  MetadataCommand,
  "kind" | "name" | "expectedVersion" | "contents"
>;

/** What a change led to, and from which applied index on that can be seen. */
export interface AppliedResult extends MetadataWriteResult {
  readonly appliedIndex: number;
}

interface PendingRequest {
  readonly resolve: (result: AppliedResult) => void;
  readonly reject: (error: Error) => void;
}

interface IndexWaiter {
  readonly index: number;
  readonly resolve: () => void;
}

/** Bytes of one document; larger ones belong elsewhere. */
export const METADATA_CONTENTS_BYTES_MAX = 4 * 1024 * 1024;

/** Log bytes after which the store is flushed and the log cut. */
const COMPACT_BYTES = 1024 * 1024;

/**
 * The state machine of the metadata group: documents as this node has applied them.
 *
 * All documents are kept in memory; every change goes to the store together with the applied index,
 * so replay after a crash starts exactly behind it.
 */
export class MetadataGroup implements StateMachine {
  readonly #options: MetadataGroupOptions;
  readonly #documents = new Map<string, MetadataDocument>();
  readonly #watchers = new Map<string, Set<DocumentListener>>();
  readonly #requests = new Map<number, PendingRequest>();
  #leaderWaiters: (() => void)[] = [];
  #indexWaiters: IndexWaiter[] = [];
  #nextRequestId = 1;
  #appliedIndex = 0;
  #isCompacting = false;

  private constructor(options: MetadataGroupOptions) {
    this.#options = options;
  }

  /** Loads the documents that the store holds. */
  static async load(options: MetadataGroupOptions): Promise<MetadataGroup> {
    const group = new MetadataGroup(options);
    const { appliedIndex, documents } = await options.store.load();
    group.#appliedIndex = appliedIndex;
    for (const document of documents) group.#documents.set(document.name, document);
    return group;
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  get(name: string): MetadataDocument | undefined {
    return this.#documents.get(name);
  }

  /** Names of all documents that start with `prefix`, in byte order. */
  list(prefix: string): readonly string[] {
    const names = [...this.#documents.keys()].filter((name) => name.startsWith(prefix));
    return names.sort();
  }

  /**
   * Asks for a change; only the leader can.
   *
   * @throws ClusterError `OVERLOADED` when nothing was done, `NOT_LEADER` when that is unknown
   */
  request(request: MetadataRequest): Promise<AppliedResult> {
    const { log, requester } = this.#options;
    const requestId = this.#nextRequestId++;
    const outcome = log.propose(encodeMetadataCommand({ ...request, requester, requestId }));
    if (outcome !== "accepted") return Promise.reject(refusal(outcome));
    return new Promise((resolve, reject) => this.#requests.set(requestId, { resolve, reject }));
  }

  /** Resolves once everything up to `index` is applied here. */
  whenApplied(index: number): Promise<void> {
    if (this.#appliedIndex >= index) return Promise.resolve();
    return new Promise((resolve) => this.#indexWaiters.push({ index, resolve }));
  }

  /** Calls back now and after every change, in order; see `Metadata.watch`. */
  watch(name: string, callback: DocumentListener): () => void {
    const listeners = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, listeners);
    const listener: DocumentListener = (document) => callback(document);
    listeners.add(listener);
    callback(this.#documents.get(name));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#watchers.delete(name);
    };
  }

  /** Resolves once this node leads the group. */
  whenLeader(): Promise<void> {
    if (this.#options.log.isLeader) return Promise.resolve();
    return new Promise((resolve) => this.#leaderWaiters.push(resolve));
  }

  applyBatch(entries: readonly CommittedEntry[], lastIndex: number): Promise<void> {
    const changed: ChangedDocuments = new Map();
    const answers: (() => void)[] = [];
    for (const { data } of entries) {
      const command = decodeMetadataCommand(data);
      const result = this.#apply(command, changed);
      answers.push(() => this.#answer(command, result));
    }
    this.#appliedIndex = lastIndex;
    const change = { appliedIndex: lastIndex, documents: changed, isReplacement: false };
    return this.#options.store.write(change).then(() => {
      for (const answer of answers) answer();
      this.#releaseIndexWaiters();
      this.#compactWhenLarge();
    });
  }

  onLeadership({ isLeader }: LeadershipChange): void {
    this.#options.onLeadership?.(isLeader);
    if (isLeader) {
      const waiters = this.#leaderWaiters;
      this.#leaderWaiters = [];
      for (const resolve of waiters) resolve();
      return;
    }
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const request of requests) request.reject(refusal("not-leader"));
  }

  async snapshot(): Promise<SnapshotSource> {
    const writer = new ByteWriter();
    writer.writeVarint(this.#documents.size);
    for (const { name, version, contents } of this.#documents.values()) {
      writer.writeString(name);
      writer.writeVarint(version);
      writer.writeBytes(contents);
    }
    const image = writer.finish();
    return {
      index: this.#appliedIndex,
      async *chunks() {
        yield image;
      },
      async close() {
        // Memory is released by letting go of it.
      },
    };
  }

  async restore(chunks: AsyncIterable<Uint8Array>, index: number): Promise<void> {
    const reader = new ByteReader(await collectBytes(chunks));
    this.#documents.clear();
    const count = reader.readVarint();
    for (let i = 0; i < count; i++) {
      const name = reader.readString();
      const version = reader.readVarint();
      this.#documents.set(name, { name, version, contents: reader.readBytes().slice() });
    }
    this.#appliedIndex = index;
    const documents = new Map(this.#documents);
    await this.#options.store.write({ appliedIndex: index, documents, isReplacement: true });
    await this.#options.store.flush();
    for (const name of this.#watchers.keys()) this.#notify(name);
    this.#releaseIndexWaiters();
  }

  #apply(command: MetadataCommand, changed: ChangedDocuments): MetadataWriteResult {
    const { name, kind } = command;
    const version = this.#documents.get(name)?.version ?? 0;
    if (version !== command.expectedVersion) return { isWritten: false, version };
    if (kind === "delete") {
      this.#documents.delete(name);
      changed.set(name, undefined);
      return { isWritten: version > 0, version: 0 };
    }
    // A copy: the record would stay in memory as long as the document holds a part of it.
    const document = { name, version: version + 1, contents: command.contents.slice() };
    this.#documents.set(name, document);
    changed.set(name, document);
    return { isWritten: true, version: version + 1 };
  }

  #answer(command: MetadataCommand, result: MetadataWriteResult): void {
    if (result.isWritten) this.#notify(command.name);
    if (command.requester !== this.#options.requester) return;
    const appliedIndex = this.#appliedIndex;
    this.#requests.get(command.requestId)?.resolve({ ...result, appliedIndex });
    this.#requests.delete(command.requestId);
  }

  #releaseIndexWaiters(): void {
    if (this.#indexWaiters.length === 0) return;
    const due = this.#indexWaiters.filter(({ index }) => index <= this.#appliedIndex);
    this.#indexWaiters = this.#indexWaiters.filter(({ index }) => index > this.#appliedIndex);
    for (const { resolve } of due) resolve();
  }

  #notify(name: string): void {
    const document = this.#documents.get(name);
    for (const listener of this.#watchers.get(name) ?? []) {
      try {
        listener(document);
      } catch (error) {
        // A listener's defect must not stop the group that everybody depends on.
        this.#options.logger.error("A metadata listener failed", { name, error });
      }
    }
  }

  #compactWhenLarge(): void {
    const { log, store, logger } = this.#options;
    if (this.#isCompacting || log.appendedBytesSinceCompaction() < COMPACT_BYTES) return;
    this.#isCompacting = true;
    const index = this.#appliedIndex;
    store
      .flush()
      .then(() => log.compact(index))
      .catch((error: unknown) => logger.warn("Could not flush the metadata", { error }))
      .finally(() => {
        this.#isCompacting = false;
      });
  }
}

async function collectBytes(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const collected: Uint8Array[] = [];
  for await (const chunk of chunks) collected.push(chunk);
  return Buffer.concat(collected);
}

function refusal(outcome: "not-leader" | "overloaded" | "storage-full"): ClusterError {
  return outcome !== "not-leader"
    ? new ClusterError("OVERLOADED", "The metadata group takes no more writes now; try again")
    : new ClusterError("NOT_LEADER", "The metadata group has no leader here; try again");
}
