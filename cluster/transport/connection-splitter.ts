import type { Socket } from "node:net";

import type { ScheduledCall, Scheduler } from "#base/clock";

/** Who takes which connections. */
export interface ConnectionSplitterOptions {
  readonly scheduler: Scheduler;
  /** Takes a connection that starts like HTTP/1, its first bytes still unread. */
  onHttp1(socket: Socket): void;
  /** Takes a connection that starts with HTTP/2's preface, its first bytes still unread. */
  onHttp2(socket: Socket): void;
}

/** What an HTTP/2 connection starts with; no HTTP/1 method does. */
const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0");
/** Time in which a connection must say what it is. */
const FIRST_BYTES_MS = 10_000;

/** Tells HTTP/2 from HTTP/1 by the first bytes, so that both share a port. */
export class ConnectionSplitter {
  readonly #options: ConnectionSplitterOptions;
  /** Connections that are undecided or HTTP/1. */
  readonly #sockets = new Set<Socket>();

  constructor(options: ConnectionSplitterOptions) {
    this.#options = options;
  }

  /** Takes a fresh connection. */
  accept(socket: Socket): void {
    let timer: ScheduledCall | undefined;
    const drop = () => socket.destroy();
    const settle = () => {
      timer?.cancel();
      socket.off("readable", peek);
      socket.off("end", drop);
      socket.off("error", drop);
    };
    let head: Buffer = Buffer.alloc(0);
    const peek = () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const length = Math.min(head.length, HTTP2_PREFACE.length);
      const isPreface = head.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length));
      // The rest of the preface is still under way.
      if (isPreface && length < HTTP2_PREFACE.length) return;
      settle();
      socket.unshift(head);
      if (isPreface) {
        this.#sockets.delete(socket);
        this.#options.onHttp2(socket);
      } else {
        this.#options.onHttp1(socket);
      }
    };
    this.#sockets.add(socket);
    timer = this.#options.scheduler.after(FIRST_BYTES_MS, drop);
    socket.on("readable", peek);
    socket.on("close", () => {
      timer?.cancel();
      this.#sockets.delete(socket);
    });
    socket.on("end", drop);
    socket.on("error", drop);
  }

  /**
   * Drops the connections that have not said what they are, and those over HTTP/1: a server that
   * does not listen itself does not know them. Whoever took the others closes them.
   */
  close(): void {
    for (const socket of [...this.#sockets]) socket.destroy();
  }
}
