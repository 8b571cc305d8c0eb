import type { Socket } from "node:net";

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
}

/** Limits of the connections of a listener. */
export interface ConnectionLimits {
  /** Largest request body; larger ones are refused while they are read. */
  readonly requestBytesMax: number;
  readonly http2ConcurrentStreamsMax: number;
}
