// One contract for every transport: what the invoker relies on, whichever wire is underneath.
// Peers are node:http2 and node:http servers on loopback.
import type { Readable, Writable } from "node:stream";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createTransport } from "../../../src/invoker/transport/create-transport.ts";
import { fetchOnce } from "../../../src/invoker/transport/fetch-once.ts";
import type { Transport } from "../../../src/invoker/transport/transport.ts";
import type { TransportOptions } from "../../../src/invoker/transport/transport-options.ts";
import { LOCALHOST_CERTIFICATE } from "./localhost-certificate.ts";
import { type Peer, patternBytes, Recorder, startHttp1, startHttp2, until } from "./peers.ts";

/** What both kinds of servers give a handler. */
interface Exchange {
  readonly path: string;
  readonly headers: Record<string, unknown>;
  readonly request: Readable;
  readonly response: Writable;
  respond(status: number, headers: Record<string, string>): void;
  /** Drops the stream without an end. */
  abort(): void;
}

type Handler = (exchange: Exchange) => void;

function startH2(handler: Handler, secure: boolean): Promise<Peer> {
  return startHttp2(
    (stream, headers) =>
      handler({
        path: String(headers[":path"]),
        headers,
        request: stream,
        response: stream,
        respond: (status, extra) => stream.respond({ ":status": status, ...extra }),
        // Unlike close(code), this does not end the body first.
        abort: () => stream.destroy(new Error("dropped")),
      }),
    { secure },
  );
}

function startH1(handler: Handler, secure: boolean): Promise<Peer> {
  return startHttp1(
    (request, response) =>
      handler({
        path: request.url ?? "",
        headers: request.headers,
        request,
        response,
        respond: (status, headers) => {
          response.writeHead(status, headers);
          response.flushHeaders();
        },
        abort: () => response.destroy(),
      }),
    { secure },
  );
}

const certificateAuthorities = [LOCALHOST_CERTIFICATE];

const TRANSPORTS = [
  { name: "own HTTP/2, cleartext", start: startH2, secure: false, client: "own", protocol: "h2" },
  { name: "own HTTP/2, TLS", start: startH2, secure: true, client: "own", protocol: "h2" },
  { name: "node HTTP/2, cleartext", start: startH2, secure: false, client: "node", protocol: "h2" },
  { name: "node HTTP/2, TLS", start: startH2, secure: true, client: "node", protocol: "h2" },
  { name: "HTTP/1.1, cleartext", start: startH1, secure: false, client: "own", protocol: "http1" },
  { name: "HTTP/1.1, TLS", start: startH1, secure: true, client: "own", protocol: "http1" },
  { name: "HTTP/1.1 by ALPN", start: startH1, secure: true, client: "own", protocol: "h2" },
] as const;

describe.each(TRANSPORTS)("$name", ({ start, secure, client, protocol }) => {
  let transport: Transport;
  let peer: Peer | undefined;
  let handler: Handler;

  beforeEach(async () => {
    handler = ({ respond, request, response }) => {
      respond(200, { "x-kind": "echo" });
      request.pipe(response);
    };
    peer = await start((exchange) => handler(exchange), secure);
    transport = connect(peer.port);
  });

  afterEach(async () => {
    await transport.close();
    await peer?.stop();
  });

  function connect(port: number, overrides: Partial<TransportOptions> = {}): Transport {
    const uri = `${secure ? "https" : "http"}://127.0.0.1:${port}`;
    const tls = { certificateAuthorities };
    return createTransport({ uri, protocol }, { http2Client: client, tls, ...overrides });
  }

  function post(path = "/invoke/A/b"): {
    recorder: Recorder;
    stream: ReturnType<Transport["open"]>;
  } {
    const recorder = new Recorder();
    const stream = transport.open({ method: "POST", path, headers: [] }, recorder);
    return { recorder, stream };
  }

  test("a request and its response pass unchanged", async () => {
    const seen: Record<string, unknown>[] = [];
    handler = ({ headers, path, respond, request, response }) => {
      seen.push({ ...headers, path });
      respond(202, { "content-type": "application/x", "x-restate-server": "sdk/1" });
      request.pipe(response);
    };
    const recorder = new Recorder();
    const staticHeaders = [["content-type", "application/y"]] as const;
    const stream = transport.open(
      { method: "POST", path: "/p/invoke/A/b?q=1", staticHeaders, headers: [["x-id", "inv_1"]] },
      recorder,
    );
    expect(recorder.events).toEqual([]);
    stream.write([Buffer.from("one "), Buffer.from("two")]);
    stream.end();
    await recorder.over();
    expect(recorder.events).toEqual(["head", "data", "end"]);
    expect(recorder.status).toBe(202);
    expect(recorder.headers.get("x-restate-server")).toBe("sdk/1");
    expect(recorder.body.toString()).toBe("one two");
    expect(seen[0]).toMatchObject({
      path: "/p/invoke/A/b?q=1",
      "content-type": "application/y",
      "x-id": "inv_1",
    });
    expect(seen[0]).not.toHaveProperty("user-agent");
  });

  test("both directions flow while the request is open", async () => {
    const { recorder, stream } = post();
    stream.write(Buffer.from("ping"));
    await recorder.received(4);
    stream.write(Buffer.from("pong"));
    await recorder.received(8);
    expect(recorder.body.toString()).toBe("pingpong");
    expect(recorder.events).toEqual(["head", "data"]);
    stream.end();
    await recorder.over();
    expect(recorder.events.at(-1)).toBe("end");
  });

  test("a half-closed request still receives", async () => {
    handler = ({ respond, request, response }) => {
      request.resume();
      request.on("end", () => {
        respond(200, {});
        response.write("late ");
        setImmediate(() => response.end("answer"));
      });
    };
    const { recorder, stream } = post();
    stream.end();
    await recorder.over();
    expect(recorder.body.toString()).toBe("late answer");
    expect(recorder.error).toBeUndefined();
  });

  test("a response that ends before the request ends the stream cleanly", async () => {
    handler = ({ respond, response }) => {
      respond(200, {});
      response.end("done");
    };
    const { recorder, stream } = post();
    stream.write(Buffer.from("start"));
    await recorder.over();
    expect(recorder.events).toEqual(["head", "data", "end"]);
    stream.write(Buffer.from("ignored"));
    stream.end();
    stream.reset();
    await until(() => transport.stats().streamsActive === 0);
  });

  test("12 MB pass in both directions at once", { timeout: 60_000 }, async () => {
    const body = patternBytes(12 * 1024 * 1024);
    const { recorder, stream } = post();
    const piece = 100_001;
    for (let at = 0; at < body.length; at += piece) {
      if (!stream.write(body.subarray(at, at + piece))) await recorder.drained();
    }
    stream.end();
    await recorder.over();
    expect(recorder.error).toBeUndefined();
    expect(recorder.body.equals(body)).toBe(true);
    expect(stream.bufferedBytes).toBe(0);
  });

  test("a paused stream holds back, then delivers everything in order", async () => {
    const body = patternBytes(6 * 1024 * 1024);
    handler = ({ respond, response }) => {
      respond(200, {});
      response.end(body);
    };
    const { recorder, stream } = post();
    stream.end();
    await recorder.received(1);
    stream.pauseReading();
    const before = recorder.bodyBytes;
    // Another stream is served meanwhile, which proves that time has passed on the connection.
    const other = await fetchOnce(transport, {
      method: "GET",
      path: "/",
      headers: [],
      timeoutMs: 20_000,
      bodyBytesMax: body.length,
    });
    expect(other.body.length).toBe(body.length);
    expect(recorder.bodyBytes).toBe(before);
    expect(recorder.events).toEqual(["head", "data"]);
    stream.resumeReading();
    await recorder.over();
    expect(recorder.body.equals(body)).toBe(true);
    expect(recorder.events).toEqual(["head", "data", "end"]);
  });

  test("a stream that the peer drops ends with an error, once, after its data", async () => {
    handler = ({ respond, response, abort }) => {
      respond(200, {});
      response.write("part", () => setTimeout(abort, 5));
    };
    const { recorder } = post();
    await recorder.over();
    expect(recorder.body.toString()).toBe("part");
    expect(recorder.events).toEqual(["head", "data", "error"]);
    expect(["STREAM_RESET", "CONNECTION_LOST"]).toContain(recorder.error?.code);
  });

  test("a reset reaches the peer and silences the stream", async () => {
    const aborted = Promise.withResolvers<void>();
    handler = ({ respond, request, response }) => {
      request.resume();
      respond(200, {});
      response.write("x");
      response.on("close", () => aborted.resolve());
      response.on("error", () => {});
    };
    const { recorder, stream } = post();
    await recorder.received(1);
    stream.reset();
    await aborted.promise;
    expect(recorder.events).toEqual(["head", "data"]);
    await until(() => transport.stats().streamsActive === 0);
  });

  test("a deployment that is not there is a connect error", async () => {
    await peer?.stop();
    const { recorder, stream } = post();
    stream.write(Buffer.from("x"));
    await recorder.over();
    expect(recorder.error?.code).toBe("CONNECT_FAILED");
    expect(recorder.events).toEqual(["error"]);
  });

  test("a connection that is lost fails its streams", async () => {
    const { recorder, stream } = post();
    stream.write(Buffer.from("x"));
    await recorder.received(1);
    await peer?.stop();
    await recorder.over();
    expect(recorder.events.at(-1)).toBe("error");
    expect(recorder.error?.code).toMatch(/CONNECTION_LOST|STREAM_RESET|GOAWAY/);
  });

  test("closing fails what is open and refuses what comes later", async () => {
    const { recorder, stream } = post();
    stream.write(Buffer.from("x"));
    await recorder.received(1);
    await transport.close();
    await recorder.over();
    expect(recorder.error?.code).toBe("TRANSPORT_CLOSED");
    const late = post();
    await late.recorder.over();
    expect(late.recorder.error?.code).toBe("TRANSPORT_CLOSED");
  });

  test("300 streams at once each get their own answer", { timeout: 60_000 }, async () => {
    const exchanges = Array.from({ length: 300 }, (_, i) => {
      const { recorder, stream } = post(`/invoke/A/${i}`);
      stream.write(Buffer.from(`body ${i}`));
      return { recorder, stream, expected: `body ${i}` };
    });
    for (const { recorder, stream, expected } of exchanges) {
      await recorder.received(expected.length);
      stream.end();
    }
    for (const { recorder, expected } of exchanges) {
      await recorder.over();
      expect(recorder.body.toString()).toBe(expected);
    }
  });

  describe("fetchOnce", () => {
    const request = { method: "GET", path: "/discover", headers: [] } as const;

    test("collects a response", async () => {
      handler = ({ respond, response }) => {
        respond(404, { "content-type": "text/plain" });
        response.end("nothing here");
      };
      const limits = { timeoutMs: 5000, bodyBytesMax: 100 };
      const response = await fetchOnce(transport, { ...request, ...limits });
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toBe("text/plain");
      expect(Buffer.from(response.body).toString()).toBe("nothing here");
    });

    test("gives up on a peer that never answers", async () => {
      handler = () => {};
      const fetched = fetchOnce(transport, { ...request, timeoutMs: 300, bodyBytesMax: 100 });
      await expect(fetched).rejects.toMatchObject({ code: "TIMEOUT" });
    });

    test("refuses a body beyond its bound", async () => {
      const fetched = fetchOnce(transport, {
        ...request,
        method: "POST",
        body: Buffer.alloc(101),
        timeoutMs: 5000,
        bodyBytesMax: 100,
      });
      await expect(fetched).rejects.toMatchObject({ code: "BODY_TOO_LARGE" });
    });
  });
});
