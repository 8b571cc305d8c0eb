// HTTP/2 with prior knowledge, on the port that also speaks HTTP/1.
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { defaultReply } from "../../unit/ingress/support.ts";
import { RawClient, TestIngress } from "./support.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(): Promise<{ ingress: TestIngress; session: ClientHttp2Session }> {
  const ingress = await new TestIngress().start();
  cleanups.push(() => ingress.ingress.close());
  const session = connect(`http://127.0.0.1:${ingress.port}`);
  session.on("error", () => {});
  cleanups.push(() => session.destroy());
  return { ingress, session };
}

interface Http2Answer {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function send(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: string | Buffer = "",
): Promise<Http2Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Http2Answer>();
  const stream = session.request({ ":method": "POST", ...headers });
  let received: Readonly<Record<string, unknown>> = {};
  let text = "";
  stream.on("response", (fields) => {
    received = fields;
  });
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text += chunk;
  });
  stream.on("end", () => resolve({ headers: received, body: text }));
  stream.on("error", reject);
  if (headers[":method"] !== "HEAD") stream.end(body);
  return promise;
}

const CALL = { ":path": "/Echo/echo", "content-type": "application/json" };

test("a call is answered, and the handler sees no pseudo headers", async () => {
  const { ingress, session } = await start();

  const answer = await send(session, { ...CALL, "x-a": "1", cookie: ["a=1", "b=2"] }, '"a"');

  expect(answer.body).toBe('"a"');
  const { date, "x-restate-id": id, ...rest } = answer.headers;
  expect(id).toMatch(/^inv_1/);
  expect(date).toMatch(/GMT$/);
  expect(JSON.parse(JSON.stringify(rest))).toEqual({
    ":status": 200,
    "content-type": "application/json",
    "content-length": "3",
    vary: "origin, access-control-request-method, access-control-request-headers",
    "access-control-allow-credentials": "true",
  });
  expect(ingress.partitions.lastInvocation.headers.map(([name]) => name)).toEqual([
    "x-restate-ingress-path",
    "content-type",
    "x-a",
    "cookie",
  ]);
});

test("a large body passes the flow-control windows in both directions", async () => {
  const { session } = await start();
  const body = `"${"x".repeat(999_000)}"`;

  const answer = await send(session, CALL, body);

  expect(answer.body === body).toBe(true);
});

test("bodies above the limit are refused, announced or not", async () => {
  const { session } = await start();
  const body = Buffer.alloc(1_000_001, "a");

  const announced = await send(session, { ...CALL, "content-length": body.length }, body);
  const found = await send(session, CALL, body);

  expect([announced.headers[":status"], announced.body]).toEqual([413, "length limit exceeded"]);
  expect([found.headers[":status"], found.body]).toEqual([
    413,
    '{"code":413,"message":"cannot read body: LengthLimitError","source":"ingress"}',
  ]);
});

test("refusals, preflights and HEAD are answered", async () => {
  const { session } = await start();

  const refused = await send(session, { ":path": "/Nope/x" });
  const preflight = await send(session, { ":method": "OPTIONS", ":path": "/", origin: "http://a" });
  const head = await send(session, { ":method": "HEAD", ":path": "/restate/health" });

  expect(refused.headers[":status"]).toBe(404);
  expect(preflight.headers).toMatchObject({
    ":status": 200,
    "access-control-allow-origin": "http://a",
  });
  expect([head.headers[":status"], head.headers["content-length"], head.body]).toEqual([
    405,
    "62",
    "",
  ]);
});

test("failure codes without a body are answered on a stream that stays intact", async () => {
  const { ingress, session } = await start();
  for (const code of [204, 304, 101, 999]) {
    ingress.partitions.reply = () => ({
      kind: "result",
      target: undefined,
      invocationId: "inv_1x" as never,
      result: {
        kind: "failure",
        failure: { code, message: "m", metadata: undefined, stacktrace: undefined },
      },
      expiresAtMs: undefined,
    });

    const answer = await send(session, CALL, "1");

    // 999 is more than node:http2 can send.
    expect(answer.headers[":status"]).toBe(code === 101 || code === 999 ? 500 : code);
  }
});

test("a reset stream cancels nothing and leaves the session alone", async () => {
  const { ingress, session } = await start();
  const asked = Promise.withResolvers<void>();
  const reply = Promise.withResolvers<void>();
  ingress.partitions.reply = async (request) => {
    asked.resolve();
    await reply.promise;
    return defaultReply(request);
  };

  const stream = session.request({ ":method": "POST", ...CALL });
  stream.on("error", () => {});
  stream.end("1");
  await asked.promise;
  stream.close();
  reply.resolve();
  const answer = await send(session, CALL, "2");

  expect(answer.body).toBe("2");
});

test("close sends GOAWAY and finishes streams that are open", async () => {
  const { ingress, session } = await start();
  const asked = Promise.withResolvers<void>();
  const reply = Promise.withResolvers<void>();
  ingress.partitions.reply = async (request) => {
    asked.resolve();
    await reply.promise;
    return defaultReply(request);
  };
  const goaway = new Promise((resolve) => session.once("goaway", resolve));

  const answer = send(session, CALL, "1");
  await asked.promise;
  const closed = ingress.ingress.close();
  await goaway;
  reply.resolve();

  expect((await answer).body).toBe("1");
  await closed;
});

test("close refuses streams that outlive it", async () => {
  const ingress = await new TestIngress({}, { drainMs: 0 }).start();
  const session = connect(`http://127.0.0.1:${ingress.port}`);
  session.on("error", () => {});
  cleanups.push(() => session.destroy());
  const asked = Promise.withResolvers<void>();
  ingress.partitions.reply = () => {
    asked.resolve();
    return new Promise(() => {});
  };

  const answer = send(session, CALL, "1");
  await asked.promise;
  const closed = ingress.ingress.close();

  expect((await answer).headers[":status"]).toBe(503);
  expect((await answer).body).toContain("the server is shutting down");
  await closed;
});

test("the preface may arrive byte by byte, and what only begins like it is HTTP/1", async () => {
  const { ingress } = await start();
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const http2 = new RawClient(ingress.port);
  const http1 = new RawClient(ingress.port);
  cleanups.push(
    () => http2.destroy(),
    () => http1.destroy(),
  );

  for (const byte of `${preface}\0\0\0\x04\0\0\0\0\0`) http2.send(byte);
  const settings = await http2.until((text) => text.length >= 9);
  http1.send("PRI");
  http1.send("NT / HTTP/1.1\r\n\r\n");
  const [refused] = await http1.responses(1);

  expect(settings.charCodeAt(3)).toBe(4);
  expect(refused?.body).toBe('{"code":400,"message":"bad path: /","source":"ingress"}');
});

test("a client that closes its connection leaves none behind", async () => {
  const { ingress, session } = await start();
  await send(session, CALL, "1");

  session.close();
  const idle = new RawClient(ingress.port);
  idle.send("GET /restate/health HTTP/1.1\r\n\r\n");
  await idle.responses(1);
  idle.destroy();

  // Waits for connections, so it would take 5 s if one were left.
  await ingress.ingress.close();
});

test("a client that shuts its side without a word is closed, with streams open or not", async () => {
  const { ingress } = await start();
  const idle = new RawClient(ingress.port);
  const busy = new RawClient(ingress.port);
  cleanups.push(
    () => idle.destroy(),
    () => busy.destroy(),
  );
  const asked = Promise.withResolvers<void>();
  ingress.partitions.reply = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  const opening = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
  idle.send(opening);
  // A head: POST, http, then authority, path and content type as literals.
  const fields = "\x83\x86\x01\x01a\x04\x0a/Echo/echo\x0f\x10\x10application/json";
  const length = String.fromCharCode(fields.length);
  busy.send(`${opening}\0\0${length}\x01\x04\0\0\0\x01${fields}`);
  busy.send('\0\0\x03\0\x01\0\0\0\x01"a"');
  await asked.promise;

  idle.socket.end();
  busy.socket.end();

  // A connection that the server keeps makes this wait for good.
  await Promise.all([idle.untilEnd(), busy.untilEnd()]);
});

test("a Unix socket is served too", async () => {
  const { ingress } = await start();
  const path = join(tmpdir(), `ingress-test-${process.pid}.sock`);

  await ingress.ingress.listen({ path });
  const socket = connectSocket(path);
  socket.write("GET /restate/health HTTP/1.1\r\nconnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);

  expect(text).toContain('{"services":["Echo","Obj","Flow","Priv"]}');
});
