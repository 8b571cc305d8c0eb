import { assert } from "#base/assert";
import type { Clock, Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import { bool, bytes, decode, encode, field, message, string, uint, word } from "#base/wire-codec";
import type { NodeCalls } from "#transport";
import type { PartitionLog } from "../multiraft/partition-log.ts";
import type { Metadata, MetadataDocument, MetadataWriteResult } from "./metadata.ts";
import {
  type AppliedResult,
  METADATA_CONTENTS_BYTES_MAX,
  type MetadataGroup,
  type MetadataRequest,
} from "./metadata-group.ts";

/** What the metadata of a node is made of. */
export interface ReplicatedMetadataOptions {
  readonly group: MetadataGroup;
  readonly log: PartitionLog;
  readonly calls: NodeCalls;
  readonly nodeId: number;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** Service under which the leader takes writes of other nodes. */
export const METADATA_WRITE_SERVICE = "metadata.write";

/** Milliseconds after which a write or read without a leader fails. */
const DEADLINE_MS = 5_000;
/** Milliseconds of one attempt: a leader that is silent for so long is none. */
const ATTEMPT_MS = 2_000;
const FIRST_PAUSE_MS = 50;
const PAUSE_MS_MAX = 1_000;
const NO_CONTENTS = new Uint8Array(0);
/** Failures that another attempt may get around. */
const PASSING = new Set([
  "NOT_LEADER",
  "OVERLOADED",
  "NODE_UNREACHABLE",
  "CALL_TIMED_OUT",
  "SERVICE_UNKNOWN",
]);
/** Of these, those after which nothing has happened. */
const WITHOUT_EFFECT = new Set(["OVERLOADED", "SERVICE_UNKNOWN"]);

const requestCodec = message<MetadataRequest>({
  kind: field(1, word("put", "delete")),
  name: field(2, string),
  expectedVersion: field(3, uint),
  contents: field(4, bytes),
});

const resultCodec = message<AppliedResult>({
  isWritten: field(1, bool),
  version: field(2, uint),
  appliedIndex: field(3, uint),
});

/**
 * The documents as every node uses them: reads are local, writes go to the leader, wherever it is.
 *
 * A write whose outcome was lost with a leader is asked for again. Its condition on the version
 * keeps it from happening twice: the document then is what the first attempt made it.
 */
export class ReplicatedMetadata implements Metadata {
  readonly #options: ReplicatedMetadataOptions;
  #isClosed = false;

  constructor(options: ReplicatedMetadataOptions) {
    this.#options = options;
    options.calls.register(METADATA_WRITE_SERVICE, async (payload) => {
      const request = decode(requestCodec, payload);
      return encode(resultCodec, await options.group.request(request));
    });
  }

  async get(name: string): Promise<MetadataDocument | undefined> {
    return this.#options.group.get(name);
  }

  async getLatest(name: string): Promise<MetadataDocument | undefined> {
    await this.#retry(async () => {
      await this.#options.log.readIndex();
    });
    return this.#options.group.get(name);
  }

  async list(prefix: string): Promise<readonly string[]> {
    return this.#options.group.list(prefix);
  }

  put(name: string, contents: Uint8Array, expectedVersion: number): Promise<MetadataWriteResult> {
    assert(contents.length <= METADATA_CONTENTS_BYTES_MAX, "a metadata document is small");
    return this.#write({ kind: "put", name, expectedVersion, contents });
  }

  delete(name: string, expectedVersion: number): Promise<MetadataWriteResult> {
    return this.#write({ kind: "delete", name, expectedVersion, contents: NO_CONTENTS });
  }

  watch(name: string, callback: (document: MetadataDocument | undefined) => void): () => void {
    return this.#options.group.watch(name, callback);
  }

  /** Ends the attempts of callers that still wait. */
  close(): void {
    this.#isClosed = true;
  }

  async #write(request: MetadataRequest): Promise<MetadataWriteResult> {
    let isDoubtful = false;
    const result = await this.#retry(
      () => this.#attempt(request),
      (code) => {
        isDoubtful ||= !WITHOUT_EFFECT.has(code);
      },
    );
    const { isWritten, version } = result;
    if (isWritten || !isDoubtful || !this.#isOwnEffect(request, version)) {
      return { isWritten, version };
    }
    return { isWritten: true, version };
  }

  /** One attempt at the present leader; resolves when this node has applied the outcome, too. */
  async #attempt(request: MetadataRequest): Promise<AppliedResult> {
    const { log, group, calls, nodeId } = this.#options;
    if (log.isLeader) return group.request(request);
    const { leaderNode } = log;
    if (leaderNode === undefined || leaderNode === nodeId) throw leaderless();
    const target = { nodeId: leaderNode, service: METADATA_WRITE_SERVICE };
    const reply = await calls.call(target, encode(requestCodec, request), {
      timeoutMs: ATTEMPT_MS,
    });
    const result = decode(resultCodec, reply);
    await this.#withDeadline(group.whenApplied(result.appliedIndex));
    return result;
  }

  /** True when the document is what the request makes of it. */
  #isOwnEffect(request: MetadataRequest, version: number): boolean {
    const document = this.#options.group.get(request.name);
    if (request.kind === "delete") return version === 0 && document === undefined;
    if (version !== request.expectedVersion + 1 || document?.version !== version) return false;
    return isSame(document.contents, request.contents);
  }

  /** Repeats what failed in a way that may pass, with growing pauses, up to the deadline. */
  async #retry<T>(attempt: () => Promise<T>, onFailed?: (code: string) => void): Promise<T> {
    const { clock } = this.#options;
    const deadlineMs = clock.monotonicMs() + DEADLINE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      try {
        return await attempt();
      } catch (error) {
        const code = (error as { code?: string }).code ?? "";
        const isLate = clock.monotonicMs() + pauseMs >= deadlineMs;
        if (!PASSING.has(code) || isLate || this.#isClosed) throw error;
        onFailed?.(code);
        await this.#pause(pauseMs);
      }
    }
  }

  #pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.scheduler.after(pauseMs, resolve);
    });
  }

  /** Waits for what will come, but not for ever: this node may be cut off. */
  async #withDeadline(work: Promise<void>): Promise<void> {
    let release: () => void = () => undefined;
    const expired = new Promise<void>((resolve) => {
      release = resolve;
    });
    const timer = this.#options.scheduler.after(ATTEMPT_MS, release);
    await Promise.race([work, expired]);
    timer.cancel();
  }
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function leaderless(): ClusterError {
  return new ClusterError("NOT_LEADER", "The metadata group has no leader that is known here");
}
