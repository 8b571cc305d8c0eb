/** An HTTP/1.1 connection that sends requests serialized beforehand, one at a time. */

import type { Socket } from "node:net";
import { createConnection } from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");
const CHUNKS_END = Buffer.from("0\r\n\r\n");

/** Serializes a POST request with a JSON body. */
export function serialize(path: string, body: string): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n` +
      `content-length: ${length}\r\n\r\n${body}`,
  );
}

/** Called with the status and the body; the body is valid during the call only. */
export type OnAnswer = (status: number, body: Buffer) => void;

/** One keep-alive connection. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #onFailure: (error: Error) => void;
  #onAnswer: OnAnswer | undefined;
  #rest: Buffer | undefined;

  private constructor(socket: Socket, onFailure: (error: Error) => void) {
    this.#socket = socket;
    this.#onFailure = onFailure;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("The server closed the connection")));
  }

  /** Opens a connection; `onFailure` is called at most once, and not after `close`. */
  static open(port: number, onFailure: (error: Error) => void): Promise<LoadConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadConnection>();
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(new LoadConnection(socket, onFailure));
    });
    return promise;
  }

  /** Sends a request; at most one may be under way. */
  send(request: Buffer, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.removeAllListeners();
    this.#socket.on("error", () => {});
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.close();
    this.#onFailure(error);
  }

  #receive(chunk: Buffer): void {
    const source = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = source;
    const headEnd = source.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const bodyStart = headEnd + HEAD_END.length;
    const head = source.toString("latin1", 0, headEnd).toLowerCase();
    const bodyEnd = findBodyEnd(head, source, bodyStart);
    if (bodyEnd > source.length) return;
    this.#rest = undefined;
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    onAnswer?.(Number(head.slice(9, 12)), source.subarray(bodyStart, bodyEnd));
  }
}

/** End of the body; beyond the source while it is incomplete. */
function findBodyEnd(head: string, source: Buffer, bodyStart: number): number {
  const at = head.indexOf("\r\ncontent-length:");
  if (at >= 0) return bodyStart + Number.parseInt(head.slice(at + 17), 10);
  if (!head.includes("\r\ntransfer-encoding: chunked")) return bodyStart;
  const isComplete = source.subarray(bodyStart).indexOf(CHUNKS_END) >= 0;
  return isComplete ? source.length : source.length + 1;
}
