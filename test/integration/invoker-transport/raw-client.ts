/** One client of ours against one raw server: the setting of the frame-level tests. */

import { createTransport } from "../../../src/invoker/transport/create-transport.ts";
import { FRAME } from "../../../src/invoker/transport/own-http2/protocol.ts";
import type { RequestStream, Transport } from "../../../src/invoker/transport/transport.ts";
import type { TransportOptions } from "../../../src/invoker/transport/transport-options.ts";
import { Recorder } from "./peers.ts";
import { type RawConnection, type RawPeer, type SeenFrame, startRawHttp2 } from "./raw-http2.ts";

let peer: RawPeer | undefined;
let transport: Transport | undefined;

/** Closes what the last `start` left open; call it after each test. */
export async function stop(): Promise<void> {
  await transport?.close();
  await peer?.stop();
  transport = undefined;
  peer = undefined;
}

export interface Started {
  readonly peer: RawPeer;
  readonly transport: Transport;
  open(): { readonly recorder: Recorder; readonly stream: RequestStream };
}

/** A client and a server, nothing sent yet. */
export async function start(
  overrides: Partial<TransportOptions> = {},
  peerOptions: Parameters<typeof startRawHttp2>[0] = {},
): Promise<Started> {
  const startedPeer = await startRawHttp2(peerOptions);
  const uri = `http://127.0.0.1:${startedPeer.port}`;
  const started = createTransport({ uri, protocol: "h2" }, overrides);
  peer = startedPeer;
  transport = started;
  return {
    peer: startedPeer,
    transport: started,
    open: () => {
      const recorder = new Recorder();
      const request = { method: "POST", path: "/invoke/A/b", headers: [] } as const;
      return { recorder, stream: started.open(request, recorder) };
    },
  };
}

/** One open stream, its request head seen by the peer. */
export async function startStream(
  overrides: Partial<TransportOptions> = {},
  peerOptions: Parameters<typeof startRawHttp2>[0] = {},
): Promise<Started & { recorder: Recorder; stream: RequestStream; connection: RawConnection }> {
  const started = await start(overrides, peerOptions);
  const { recorder, stream } = started.open();
  const connection = await started.peer.connection(0);
  await connection.onStream(1, FRAME.HEADERS);
  return { ...started, recorder, stream, connection };
}

/** The error code of a GOAWAY or RST_STREAM frame. */
export function errorCodeOf(frame: SeenFrame): number {
  return frame.payload.readUInt32BE(frame.type === FRAME.GOAWAY ? 4 : 0);
}
