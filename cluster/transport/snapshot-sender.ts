import { crc32 } from "node:zlib";

import type { ScheduledCall } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import { dial, type Grpc, type NodeStream } from "./grpc.ts";
import { createHello, findMismatch, type Hello } from "./hello.ts";
import type { LinkEnvironment } from "./link-environment.ts";
import { unreachable } from "./peer-dialer.ts";
import { decodeSnapshotFrame, encodeSnapshotFrame, type SnapshotFrame } from "./snapshot-codec.ts";
import type { SnapshotTarget } from "./snapshot-transport.ts";

/** Bytes of one chunk on the wire. */
export const CHUNK_BYTES_MAX: number = 256 * 1024;

/**
 * One snapshot on its way to another node, over a connection of its own.
 *
 * Header, answer `accepted`, chunks, end, answer `done`. One chunk is under way at a time; the
 * windows of the connection hold about four more.
 */
export class SnapshotSender {
  readonly #environment: LinkEnvironment;
  readonly #target: SnapshotTarget & { readonly address: string };
  #stream: NodeStream | undefined;
  #connecting: ScheduledCall | undefined;
  #idle: ScheduledCall | undefined;
  #wake: (() => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #error: Error | undefined;
  #isAccepted = false;
  #isDone = false;

  constructor(environment: LinkEnvironment, target: SnapshotTarget & { readonly address: string }) {
    this.#environment = environment;
    this.#target = target;
  }

  /** Sends the image; see `SnapshotTransport.sendSnapshot`. */
  async run(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { group, message } = this.#target;
    try {
      await this.#connect();
      await this.#write({ kind: "header", group, message });
      // Waits its turn over there for as long as the node is up.
      await this.#until(() => this.#isAccepted);
      await this.#sendChunks(chunks);
      this.#touch();
      await this.#until(() => this.#isDone);
    } finally {
      this.#connecting?.cancel();
      this.#idle?.cancel();
      this.#stream?.destroy();
    }
  }

  /** Ends the transfer with an error. */
  abort(error: Error): void {
    this.#fail(error);
  }

  async #sendChunks(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const iterator = chunks[Symbol.asyncIterator]();
    let bytes = 0;
    let checksum = 0;
    try {
      while (true) {
        this.#touch();
        const next = await this.#guard(iterator.next());
        if (next.done) break;
        const chunk = next.value;
        for (let start = 0; start < chunk.length; start += CHUNK_BYTES_MAX) {
          this.#touch();
          const piece = chunk.subarray(start, start + CHUNK_BYTES_MAX);
          bytes += piece.length;
          checksum = crc32(piece, checksum);
          await this.#write({ kind: "chunk", bytes: piece });
        }
      }
    } catch (error) {
      // Not awaited: the source may be what hangs.
      iterator.return?.().catch(() => undefined);
      throw error;
    }
    await this.#write({ kind: "end", bytes, crc32: checksum });
  }

  async #connect(): Promise<void> {
    const { address } = this.#target;
    const { scheduler, settings } = this.#environment;
    this.#connecting = scheduler.after(settings.connectMs, () => {
      this.#fail(unreachable(address, `no greeting within ${settings.connectMs} ms`));
    });
    const grpc = await this.#guard(this.#environment.grpc());
    await this.#guard(this.#dial(grpc));
    this.#connecting.cancel();
  }

  #dial(grpc: Grpc): Promise<void> {
    const { address, nodeId } = this.#target;
    const hello = createHello(this.#environment.identity(), nodeId);
    return new Promise((resolve) => {
      this.#stream = dial(
        grpc,
        { address, purpose: "snapshot", hello },
        {
          onOpen: (answer) => {
            const mismatch = this.#check(answer);
            if (mismatch === undefined) resolve();
            else this.#fail(mismatch);
          },
          onMessage: (bytes) => this.#receive(bytes),
          onEnd: (error) => this.#fail(error),
        },
      );
    });
  }

  #check(hello: Hello): ClusterError | undefined {
    const { nodeId, address } = this.#target;
    const mismatch = findMismatch(this.#environment.identity(), hello, "snapshot");
    if (mismatch !== undefined || hello.identity.nodeId === nodeId) return mismatch;
    return unreachable(address, `node ${hello.identity.nodeId} answers, not node ${nodeId}`);
  }

  #receive(bytes: Uint8Array): void {
    let frame: SnapshotFrame;
    try {
      frame = decodeSnapshotFrame(bytes);
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    if (frame.kind === "failed") this.#fail(frame.error);
    else if (frame.kind === "accepted") this.#isAccepted = true;
    else if (frame.kind === "done") this.#isDone = true;
    if (frame.kind === "working") this.#touch();
    else this.#wake?.();
  }

  #write(frame: SnapshotFrame): Promise<void> {
    return this.#guard(
      new Promise((resolve) => this.#stream?.write(encodeSnapshotFrame(frame), resolve)),
    );
  }

  async #until(isMet: () => boolean): Promise<void> {
    while (!isMet()) {
      await this.#guard(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
  }

  /** Waits for a promise, or for the transfer to fail; one at a time. */
  #guard<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) reject(this.#error);
      this.#reject = reject;
      promise.then(resolve, reject);
    });
  }

  #fail(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#reject?.(error);
  }

  /** Something moved: starts the idle time anew. */
  #touch(): void {
    const { scheduler, settings } = this.#environment;
    this.#idle?.cancel();
    this.#idle = scheduler.after(settings.snapshotIdleMs, () => {
      const { nodeId, group } = this.#target;
      const text = `No progress of a snapshot for ${settings.snapshotIdleMs} ms`;
      this.#fail(new ClusterError("SNAPSHOT_ABORTED", text, { details: { nodeId, group } }));
    });
  }
}
