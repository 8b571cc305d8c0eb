// A peer that says ENHANCE_YOUR_CALM has used up its memory for the connection: what is open there
// goes on, what comes later takes another connection. Both HTTP/2 clients, node:http2 as the peer.
import { constants, type ServerHttp2Stream } from "node:http2";
import { afterEach, describe, expect, test } from "vitest";
import { createTransport } from "../../../src/invoker/transport/create-transport.ts";
import type { Transport } from "../../../src/invoker/transport/transport.ts";
import { type Peer, Recorder, startHttp2 } from "./peers.ts";

let peer: Peer;
let transport: Transport;
afterEach(async () => {
  await transport.close();
  await peer.stop();
});

function open(path: string): Recorder {
  const recorder = new Recorder();
  transport.open({ method: "POST", path, headers: [] }, recorder).end();
  return recorder;
}

describe.each(["own", "node"] as const)("the %s client", (http2Client) => {
  async function start(): Promise<{ readonly held: Promise<ServerHttp2Stream> }> {
    const held = Promise.withResolvers<ServerHttp2Stream>();
    peer = await startHttp2((stream, headers) => {
      if (headers[":path"] === "/held") held.resolve(stream);
      else if (headers[":path"] === "/calm") stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      else {
        stream.respond({ ":status": 200 });
        stream.end("answer");
      }
    });
    const uri = `http://127.0.0.1:${peer.port}`;
    transport = createTransport({ uri, protocol: "h2" }, { http2Client });
    return { held: held.promise };
  }

  test("sends later streams over another connection, and lets open ones finish", async () => {
    const arrived = await start();
    const held = open("/held");
    const heldStream = await arrived.held;

    const calmed = open("/calm");
    await calmed.over();
    const later = open("/later");
    await later.over();
    heldStream.respond({ ":status": 200 });
    heldStream.end("late");
    await held.over();

    expect(calmed.error).toMatchObject({ code: "STREAM_RESET" });
    expect(later.body.toString()).toBe("answer");
    expect(held.body.toString()).toBe("late");
    expect(peer.sessions).toHaveLength(2);
    expect(transport.stats().connectionsOpenedTotal).toBe(2);
  });

  test("closes the connection when nothing is left on it", async () => {
    await start();
    await open("/answer").over();
    const [session] = peer.sessions;
    const closed = new Promise<void>((resolve) => session?.once("close", resolve));

    await open("/calm").over();

    await closed;
    const next = open("/answer");
    await next.over();
    expect(next.body.toString()).toBe("answer");
    expect(peer.sessions).toHaveLength(2);
  });
});
