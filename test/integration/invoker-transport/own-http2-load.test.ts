// Our HTTP/2 client under load, against node:http2, and against nghttpd where it is installed.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "vitest";

import { createTransport } from "../../../src/invoker/transport/create-transport.ts";
import { fetchOnce } from "../../../src/invoker/transport/fetch-once.ts";
import { HTTP2_ERROR } from "../../../src/invoker/transport/own-http2/protocol.ts";
import type { RequestStream, Transport } from "../../../src/invoker/transport/transport.ts";
import type { TransportOptions } from "../../../src/invoker/transport/transport-options.ts";
import { LOCALHOST_CERTIFICATE } from "./localhost-certificate.ts";
import { type H2Handler, type Peer, patternBytes, Recorder, startHttp2, until } from "./peers.ts";

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const echo: H2Handler = (stream) => {
  stream.respond({ ":status": 200 });
  stream.pipe(stream);
};

async function start(
  handler: H2Handler,
  server: Parameters<typeof startHttp2>[1] = {},
  overrides: Partial<TransportOptions> = {},
): Promise<{ peer: Peer; transport: Transport }> {
  const peer = await startHttp2(handler, server);
  const scheme = server.secure === true ? "https" : "http";
  const uri = `${scheme}://localhost:${peer.port}`;
  const tls = { certificateAuthorities: [LOCALHOST_CERTIFICATE] };
  const transport = createTransport({ uri, protocol: "h2" }, { tls, ...overrides });
  cleanups.push(() => peer.stop());
  cleanups.push(() => transport.close());
  return { peer, transport };
}

function post(
  transport: Transport,
  path = "/invoke/A/b",
): { recorder: Recorder; stream: RequestStream } {
  const recorder = new Recorder();
  return { recorder, stream: transport.open({ method: "POST", path, headers: [] }, recorder) };
}

describe.each([{ secure: false }, { secure: true }])("node:http2, TLS $secure", ({ secure }) => {
  test("10 MB both ways through windows of a few bytes", { timeout: 60_000 }, async () => {
    const settings = { initialWindowSize: 3000 };
    const windows = { streamWindowBytes: 5000, connectionWindowBytes: 65_535 };
    const { transport } = await start(echo, { secure, settings }, windows);
    const body = patternBytes(10 * 1024 * 1024);
    const { recorder, stream } = post(transport);
    for (let at = 0; at < body.length; at += 65_537) {
      if (!stream.write(body.subarray(at, at + 65_537))) await recorder.drained();
    }
    stream.end();
    await recorder.over();
    expect(recorder.error).toBeUndefined();
    expect(recorder.body.equals(body)).toBe(true);
  });

  test("500 streams at once where a connection allows 10", { timeout: 60_000 }, async () => {
    let open = 0;
    const perSession = new Map<unknown, number>();
    let sessionMax = 0;
    const handler: H2Handler = (stream) => {
      const { session } = stream;
      open += 1;
      const count = (perSession.get(session) ?? 0) + 1;
      perSession.set(session, count);
      sessionMax = Math.max(sessionMax, count);
      stream.once("close", () => perSession.set(session, (perSession.get(session) ?? 0) - 1));
      echo(stream, {});
    };
    const settings = { maxConcurrentStreams: 10 };
    const limits = { connectionsMax: 12 };
    const { transport } = await start(handler, { secure, settings }, limits);
    const exchanges = Array.from({ length: 500 }, (_, i) => {
      const exchange = post(transport);
      exchange.stream.write(Buffer.from(`body ${i}`));
      exchange.stream.end();
      return exchange;
    });
    for (const [i, { recorder }] of exchanges.entries()) {
      await recorder.over();
      expect(recorder.error).toBeUndefined();
      expect(recorder.body.toString()).toBe(`body ${i}`);
    }
    expect(open).toBe(500);
    expect(sessionMax).toBeLessThanOrEqual(10);
    expect(transport.stats().connectionsOpenedTotal).toBe(12);
  });

  test("a peer that closes gracefully under load loses no stream", {
    timeout: 60_000,
  }, async () => {
    const { peer, transport } = await start(echo, { secure });
    let closed = 0;
    const runOne = async (i: number): Promise<void> => {
      const { recorder, stream } = post(transport, `/${i}`);
      stream.write(Buffer.from(`body ${i}`));
      await recorder.received(1);
      if (i % 100 === 50) {
        for (const session of peer.sessions.splice(0)) {
          closed += 1;
          session.close();
        }
      }
      stream.end();
      await recorder.over();
      // GOAWAY may cross a new stream: then it was certainly not processed.
      if (recorder.error?.retrySafe === true) return runOne(i);
      expect(recorder.error).toBeUndefined();
      expect(recorder.body.toString()).toBe(`body ${i}`);
    };
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < 1000) await runOne(next++);
    };
    await Promise.all(Array.from({ length: 50 }, worker));
    expect(closed).toBeGreaterThan(3);
    await until(() => transport.stats().streamsActive === 0);
  });

  test("thousands of short streams, some reset by either side", { timeout: 60_000 }, async () => {
    const handler: H2Handler = (stream, headers) => {
      if (headers[":path"] === "/reset") stream.close(HTTP2_ERROR.CANCEL);
      else echo(stream, headers);
    };
    const { transport } = await start(handler, { secure });
    const outcomes = { end: 0, error: 0, silent: 0 };
    const runOne = async (i: number): Promise<void> => {
      const { recorder, stream } = post(transport, i % 7 === 0 ? "/reset" : "/");
      stream.write(Buffer.alloc(i % 300, i));
      if (i % 5 === 0) {
        await recorder.head();
        stream.reset();
        outcomes.silent += 1;
        return;
      }
      stream.end();
      await recorder.over();
      outcomes[recorder.error === undefined ? "end" : "error"] += 1;
      if (recorder.error === undefined && i % 7 !== 0) expect(recorder.bodyBytes).toBe(i % 300);
    };
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < 5000) await runOne(next++);
    };
    await Promise.all(Array.from({ length: 64 }, worker));
    expect(outcomes.end + outcomes.error + outcomes.silent).toBe(5000);
    await until(() => transport.stats().streamsActive === 0);
    expect(transport.stats().connectionsOpenedTotal).toBe(1);
  });

  test("a client's reset reaches the handler as CANCEL", async () => {
    const code = Promise.withResolvers<number>();
    const handler: H2Handler = (stream) => {
      stream.respond({ ":status": 200 });
      stream.write("x");
      stream.on("close", () => code.resolve(stream.rstCode));
    };
    const { transport } = await start(handler, { secure });
    const { recorder, stream } = post(transport);
    await recorder.received(1);
    stream.reset();
    expect(await code.promise).toBe(HTTP2_ERROR.CANCEL);
  });

  test("large response heads arrive", async () => {
    const value = "v".repeat(30_000);
    const handler: H2Handler = (stream) => {
      stream.respond({ ":status": 200, "x-large": value });
      stream.end();
    };
    const { transport } = await start(handler, { secure });
    const limits = { timeoutMs: 10_000, bodyBytesMax: 0 };
    const request = { method: "GET", path: "/", headers: [], ...limits } as const;
    expect((await fetchOnce(transport, request)).headers.get("x-large")).toBe(value);
  });
});

test("a certificate that nobody vouches for is refused", async () => {
  const { transport } = await start(echo, { secure: true }, { tls: {} });
  const { recorder } = post(transport);
  await recorder.over();
  expect(recorder.error?.code).toBe("CONNECT_FAILED");
});

const hasNghttpd = spawnSync("nghttpd", ["--version"]).status === 0;

describe.skipIf(!hasNghttpd)("nghttpd", () => {
  async function startNghttpd(
    extra: readonly string[],
  ): Promise<{ transport: Transport; file: Buffer }> {
    const root = mkdtempSync(join(tmpdir(), "stet-nghttpd-"));
    const file = patternBytes(12 * 1024 * 1024);
    writeFileSync(join(root, "file"), file);
    const port = 20_100 + (process.pid % 100);
    const argumentList = ["--no-tls", "-a", "127.0.0.1", "-d", root, "--echo-upload", ...extra];
    const server: ChildProcess = spawn("nghttpd", [...argumentList, String(port)]);
    cleanups.push(() => {
      server.kill("SIGKILL");
      rmSync(root, { recursive: true });
    });
    const isUp = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connectTcp(port, "127.0.0.1");
        socket.once("connect", () => resolve(socket.destroy() !== undefined));
        socket.once("error", () => resolve(false));
      });
    while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 20));
    const transport = createTransport({ uri: `http://127.0.0.1:${port}`, protocol: "h2" });
    cleanups.push(() => transport.close());
    return { transport, file };
  }

  test.each([[[]], [["-w", "14"]], [["-c", "4096"]]])("files pass, %j", async (extra) => {
    const { transport, file } = await startNghttpd(extra);
    const limits = { timeoutMs: 30_000, bodyBytesMax: file.length };
    const request = { method: "GET", path: "/file", headers: [], ...limits } as const;
    const responses = await Promise.all(
      Array.from({ length: 4 }, () => fetchOnce(transport, request)),
    );
    for (const { status, body } of responses) {
      expect(status).toBe(200);
      expect(Buffer.from(body).equals(file)).toBe(true);
    }
  });

  test("uploads come back", async () => {
    const { transport, file } = await startNghttpd([]);
    const { recorder, stream } = post(transport, "/echo");
    stream.write(file);
    stream.end();
    await recorder.over();
    expect(recorder.body.equals(file)).toBe(true);
  });
});
