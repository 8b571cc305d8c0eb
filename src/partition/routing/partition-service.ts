import { type Codec, decode, encode } from "#base/wire-codec";
import type { NodeCalls } from "#cluster";
import type { KeyRange, KeyValueEngine, KeyValueRow } from "#engine";
import { ServerError } from "#errors";
import type { InvocationId } from "#model";
import { partitionRange, partitionReplyCodec } from "#partition-store";
import type { AttemptStatus } from "../client.ts";
import { type PartitionMetrics, requestStatusOf } from "../partition-metrics.ts";
import type { PartitionProcessor } from "../processor.ts";
import {
  attemptsReplyCodec,
  attemptsRequestCodec,
  deliveryAnswerCodec,
  deliveryCodec,
  digestReplyCodec,
  digestRequestCodec,
  encodeAnswer,
  encodeNotLeader,
  encodeRefusal,
  forwardedRequestCodec,
  isRefusal,
  type RowsPage,
  rowsPageCodec,
  rowsRequestCodec,
  SERVICES,
} from "./call-codec.ts";
import type { LeaderDirectory } from "./leader-directory.ts";
import type { RoutingObserver } from "./routing-observer.ts";

/** What answering other nodes takes. */
export interface PartitionServiceOptions {
  readonly nodeId: number;
  build(): string | undefined;
  readonly engine: KeyValueEngine;
  readonly directory: LeaderDirectory;
  readonly observer: RoutingObserver;
  readonly metrics: PartitionMetrics;
  processor(partitionId: number): PartitionProcessor | undefined;
  attemptOf(id: InvocationId): AttemptStatus | undefined;
  /** Writes what is applied, so that it can be read from the engine. */
  flush(): Promise<void>;
}

/** How long a request waits here for a leader that is about to take over. */
const TAKEOVER_WAIT_MS = 1_000;
/** Bytes of a page of rows after which it ends; one row may be larger. */
const PAGE_BYTES = 256 * 1024;
/** Rows read at a time, so that few large ones are read in vain. */
const READ_ROWS = 32;

/** Answers what other nodes ask of the partitions that this node leads. */
export class PartitionService {
  readonly #options: PartitionServiceOptions;

  constructor(options: PartitionServiceOptions) {
    this.#options = options;
  }

  /** Registers the services; once per node. */
  register(calls: NodeCalls): void {
    calls.register(SERVICES.request, (payload) => this.#request(payload));
    calls.register(SERVICES.deliver, (payload) => this.#deliver(payload));
    calls.register(SERVICES.rows, (payload) => this.#rows(payload));
    calls.register(SERVICES.attempts, (payload) => this.#attempts(payload));
    calls.register(SERVICES.digest, (payload) => this.#digest(payload));
    calls.register(SERVICES.quarantine, (payload) => this.#quarantine(payload));
  }

  /** A page of rows from the engine of this node. */
  async readRows(range: KeyRange, rowsMax: number, flushedNode: number): Promise<RowsPage> {
    const { engine, nodeId: node } = this.#options;
    if (flushedNode !== node) await this.#options.flush();
    const rows: KeyValueRow[] = [];
    let bytes = 0;
    let { start } = range;
    while (rows.length < rowsMax && bytes < PAGE_BYTES) {
      const limit = Math.min(READ_ROWS, rowsMax - rows.length);
      const read = await engine.scan({ start, end: range.end }, { limit });
      for (const row of read) {
        if (bytes >= PAGE_BYTES) return { rows, isLast: false, node };
        rows.push(row);
        bytes += row.key.length + row.value.length;
      }
      const last = read.at(-1);
      if (last === undefined || read.length < limit) return { rows, isLast: true, node };
      start = new Uint8Array([...last.key, 0]);
    }
    return { rows, isLast: false, node };
  }

  /** What the invoker of this node knows. */
  attempts(ids: readonly InvocationId[]): readonly (AttemptStatus | undefined)[] {
    return ids.map((id) => this.#options.attemptOf(id));
  }

  #request(payload: Uint8Array): Promise<Uint8Array> {
    const { partitionId, deduplicationId, request } = decode(forwardedRequestCodec, payload);
    this.#options.observer.onServed();
    return this.#asLeader(partitionId, partitionReplyCodec, async (processor) => {
      const { metrics } = this.#options;
      try {
        const reply = await processor.submit(request, deduplicationId);
        metrics.onRequest(partitionId, "completed");
        return reply;
      } catch (error) {
        metrics.onRequest(partitionId, requestStatusOf(error));
        throw error;
      }
    });
  }

  #deliver(payload: Uint8Array): Promise<Uint8Array> {
    const { partitionId, command } = decode(deliveryCodec, payload);
    return this.#asLeader(partitionId, deliveryAnswerCodec, (processor) => {
      const { promise, resolve } = Promise.withResolvers<{ readonly isApplied: boolean }>();
      const isTaken = processor.deliver(command, {
        onApplied: () => resolve({ isApplied: true }),
        onLost: () => resolve({ isApplied: false }),
      });
      if (!isTaken) resolve({ isApplied: false });
      return promise;
    });
  }

  #rows(payload: Uint8Array): Promise<Uint8Array> {
    const { partitionId, start, end, rowsMax, flushedNode } = decode(rowsRequestCodec, payload);
    return this.#asLeader(partitionId, rowsPageCodec, () => {
      assertWithin({ start, end }, partitionId);
      return this.readRows({ start, end }, rowsMax, flushedNode);
    });
  }

  #attempts(payload: Uint8Array): Promise<Uint8Array> {
    const { partitionId, invocationIds } = decode(attemptsRequestCodec, payload);
    return this.#asLeader(partitionId, attemptsReplyCodec, async () => ({
      attempts: this.attempts(invocationIds).map((attempt) => ({ attempt })),
    }));
  }

  async #digest(payload: Uint8Array): Promise<Uint8Array> {
    const { partitionId, index } = decode(digestRequestCodec, payload);
    const digest = await this.#options.processor(partitionId)?.digests.find(index);
    return encode(digestReplyCodec, { digest, build: this.#options.build() });
  }

  async #quarantine(payload: Uint8Array): Promise<Uint8Array> {
    const { partitionId } = decode(digestRequestCodec, payload);
    this.#options.processor(partitionId)?.quarantine();
    return new Uint8Array(0);
  }

  async #asLeader<T>(
    partitionId: number,
    codec: Codec<T>,
    run: (processor: PartitionProcessor) => Promise<T>,
  ): Promise<Uint8Array> {
    const processor = this.#options.processor(partitionId);
    if (processor !== undefined && !processor.isLeader && this.#isTakingOver(processor)) {
      await this.#options.directory.wait(partitionId, TAKEOVER_WAIT_MS);
    }
    if (processor?.isLeader !== true) return this.#notLeader(processor);
    try {
      return encodeAnswer(codec, await run(processor));
    } catch (error) {
      if (isRefusal(error)) return encodeRefusal(error);
      if (error instanceof ServerError) return this.#notLeader(processor);
      throw error;
    }
  }

  /** True between the election and the moment when all earlier records are applied. */
  #isTakingOver({ log }: PartitionProcessor): boolean {
    return log.leaderNode === this.#options.nodeId;
  }

  #notLeader(processor: PartitionProcessor | undefined): Uint8Array {
    const known = processor?.log.leaderNode;
    const leaderNode = known === this.#options.nodeId ? undefined : known;
    return encodeNotLeader({ leaderNode });
  }
}

/** A caller reads rows of the partition that it names, and no others. */
function assertWithin({ start, end }: KeyRange, partitionId: number): void {
  const range = partitionRange(partitionId);
  const isWithin =
    Buffer.compare(start, range.start) >= 0 &&
    end.length > 0 &&
    Buffer.compare(end, range.end) <= 0;
  if (isWithin) return;
  throw new ServerError("INVALID_ARGUMENT", "The rows belong to another partition", {
    details: { field: "range", expected: `rows of partition ${partitionId}` },
  });
}
