import type { Socket } from "node:net";
import type { IngressResponse } from "../server-exchange.ts";

/** Speaks one protocol on connections that were accepted and sniffed elsewhere. */
export interface ConnectionServer {
  /**
   * Takes over a connection.
   *
   * @param first bytes already read from the socket, never empty
   */
  accept(socket: Socket, first: Buffer): void;
  /** Tells clients to go away: idle connections are closed now, others after their responses. */
  drain(): void;
  /** Answers what is still under way, for the server cannot wait; later answers are dropped. */
  abandon(response: IngressResponse): void;
}
