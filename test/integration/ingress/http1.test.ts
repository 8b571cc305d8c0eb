// The HTTP/1 servers on real sockets: what clients may send, what they get, when connections close.
// Every fact holds for the own server and for the one on node:http, unless the name says otherwise.
import { afterEach, describe, expect, test } from "vitest";
import type { PartitionReply } from "#partition";
import { defaultReply } from "../../unit/ingress/support.ts";
import { parseResponses, RawClient, TestIngress } from "./support.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(http1: "own" | "node", limits = {}): Promise<TestIngress> {
  const ingress = await new TestIngress({ http1 }, limits).start();
  cleanups.push(() => ingress.ingress.close());
  return ingress;
}

function clientOf(ingress: TestIngress): RawClient {
  const client = new RawClient(ingress.port);
  cleanups.push(() => client.destroy());
  return client;
}

const CALL = "POST /Echo/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

for (const http1 of ["own", "node"] as const) {
  describe(`${http1} server`, () => {
    test("a call is answered with its exact headers", async () => {
      const client = clientOf(await start(http1));

      client.send(`${CALL}content-length: 3\r\n\r\n"a"`);
      const [response] = await client.responses(1);

      expect(response?.statusLine).toBe("HTTP/1.1 200 OK");
      expect(response?.body).toBe('"a"');
      const { date, "x-restate-id": id, connection, ...rest } = response?.headers ?? {};
      expect(id).toMatch(/^inv_1/);
      expect(date).toMatch(/GMT$/);
      expect(connection ?? "keep-alive").toBe("keep-alive");
      delete (rest as Record<string, string>)["keep-alive"];
      expect(rest).toEqual({
        "content-type": "application/json",
        "content-length": "3",
        vary: "origin, access-control-request-method, access-control-request-headers",
        "access-control-allow-credentials": "true",
      });
    });

    test("a chunked body may arrive byte by byte", async () => {
      const ingress = await start(http1);
      const client = clientOf(ingress);

      const body = '2;x=y\r\n"a\r\n1\r\n"\r\n0\r\nt: 1\r\n\r\n';
      const text = `${CALL}transfer-encoding: chunked\r\n\r\n${body}`;
      for (const byte of text) client.send(byte);
      const [response] = await client.responses(1);

      expect(response?.body).toBe('"a"');
      expect(ingress.partitions.lastInvocation.headers).toContainEqual([
        "transfer-encoding",
        "chunked",
      ]);
    });

    test("100 Continue is sent when a route wants the body, and only then", async () => {
      const ingress = await start(http1);
      const wanted = clientOf(ingress);
      const unwanted = clientOf(ingress);

      wanted.send(`${CALL}expect: 100-continue\r\ncontent-length: 1\r\n\r\n`);
      await wanted.until((text) => text.includes("\r\n\r\n"));
      const interim = wanted.text;
      wanted.send("1");
      const answered = await wanted.responses(2);
      unwanted.send("POST /No/echo HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n");
      const [refused] = await unwanted.responses(1);

      expect(interim).toBe("HTTP/1.1 100 Continue\r\n\r\n");
      expect(answered[1]?.body).toBe("1");
      expect(refused?.statusLine).toBe("HTTP/1.1 404 Not Found");
    });

    // Node's server never keeps an HTTP/1.0 connection.
    test.skipIf(http1 === "node")("HTTP/1.0 closes unless asked to keep", async () => {
      const ingress = await start(http1);
      const closing = clientOf(ingress);
      const keeping = clientOf(ingress);

      closing.send("GET /restate/health HTTP/1.0\r\n\r\n");
      const text = await closing.untilEnd();
      keeping.send("GET /restate/health HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
      const [response] = await keeping.responses(1);
      keeping.send("GET /restate/health HTTP/1.0\r\n\r\n");
      await keeping.untilEnd();

      expect(text).toContain(" 200 OK\r\n");
      expect(response?.headers["connection"]).toBe("keep-alive");
    });

    test("pipelined requests are answered in order, whatever finishes first", async () => {
      const ingress = await start(http1);
      const held = Promise.withResolvers<PartitionReply>();
      let count = 0;
      let first: Parameters<typeof defaultReply>[0];
      ingress.partitions.reply = (request) => {
        count += 1;
        if (count === 1) {
          first = request;
          return held.promise;
        }
        held.resolve(defaultReply(first));
        return defaultReply(request);
      };
      const client = clientOf(ingress);

      client.send(`${CALL}content-length: 1\r\n\r\n1${CALL}content-length: 1\r\n\r\n2`);
      const responses = await client.responses(2);

      expect(responses.map(({ body }) => body)).toEqual(["1", "2"]);
    });

    test("HEAD gets the length and no body", async () => {
      const client = clientOf(await start(http1));

      client.send("HEAD /restate/health HTTP/1.1\r\nhost: x\r\n\r\n");
      const text = await client.until((received) => received.includes("\r\n\r\n"));

      expect(text).toContain("405 Method Not Allowed");
      expect(text).toMatch(/content-length: 62/);
      expect(text.endsWith("\r\n\r\n")).toBe(true);
    });

    test("an announced body above the limit is refused at once", async () => {
      const client = clientOf(await start(http1));

      client.send(`${CALL}content-length: 1000001\r\n\r\n`);
      const text = await client.until((received) => received.includes("exceeded"));

      expect(text).toContain("HTTP/1.1 413 Payload Too Large\r\n");
      expect(text).toContain("content-type: text/plain; charset=utf-8\r\n");
      expect(text.endsWith("\r\n\r\nlength limit exceeded")).toBe(true);
    });

    test("a chunked body above the limit is refused while it is read", async () => {
      const client = clientOf(await start(http1));

      client.send(`${CALL}transfer-encoding: chunked\r\n\r\n`);
      client.send(`100000\r\n${"a".repeat(0x100000)}\r\n0\r\n\r\n`);
      const text = await client.until((received) => received.includes("LengthLimitError"));

      expect(text).toContain("HTTP/1.1 413 Payload Too Large\r\n");
      expect(text).toContain('{"code":413,"message":"cannot read body: LengthLimitError"');
    });

    test("a body of several reads arrives whole", async () => {
      const ingress = await start(http1);
      const client = clientOf(ingress);
      const body = `"${"x".repeat(900_000)}"`;

      client.send(`${CALL}content-length: ${body.length}\r\n\r\n${body}`);
      const [response] = await client.responses(1);

      expect(response?.body).toBe(body);
    });

    test("a request that is not HTTP ends the connection with 400", async () => {
      for (const text of ["junk\r\n\r\n", "GET x HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n"]) {
        const client = clientOf(await start(http1));

        client.send(text);
        const received = await client.untilEnd();

        expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
        expect(received).toMatch(/connection: close\r\n/i);
      }
    });

    test("conflicting framing is refused", async () => {
      const heads = [
        "content-length: 1\r\ncontent-length: 2",
        "content-length: 1\r\ntransfer-encoding: chunked",
        "content-length: +1",
        "content-length: 1, 1",
        "transfer-encoding: chunked, identity",
        "host : x",
        "a: b\r\n folded",
      ];
      for (const head of heads) {
        const client = clientOf(await start(http1));

        client.send(`POST /Echo/echo HTTP/1.1\r\n${head}\r\n\r\n0\r\n\r\n`);
        const received = await client.untilEnd();

        expect({ head, line: received.slice(0, 10) }).toEqual({
          head,
          line: expect.stringMatching(/^HTTP\/1\.1 (4|5)/),
        });
      }
    });

    test("a client that goes away cancels nothing", async () => {
      const ingress = await start(http1);
      const asked = Promise.withResolvers<void>();
      const reply = Promise.withResolvers<PartitionReply>();
      ingress.partitions.reply = () => {
        asked.resolve();
        return reply.promise;
      };
      const client = clientOf(ingress);

      client.send(`${CALL}content-length: 1\r\n\r\n1`);
      await asked.promise;
      client.destroy();
      reply.resolve({ kind: "not-found" });
      const other = clientOf(ingress);
      other.send("GET /restate/health HTTP/1.1\r\nhost: x\r\n\r\n");
      const [response] = await other.responses(1);

      expect(response?.statusLine).toBe("HTTP/1.1 200 OK");
      expect(ingress.partitions.requests).toHaveLength(1);
    });

    test("a client may shut its side and still gets the answer", async () => {
      const client = clientOf(await start(http1));

      client.send(`${CALL}content-length: 1\r\n\r\n1`);
      client.socket.end();
      const text = await client.untilEnd();

      expect(text).toContain("HTTP/1.1 200 OK");
    });

    test("close refuses what outlives it, and what that says later is dropped", async () => {
      const ingress = await start(http1, { drainMs: 0 });
      const asked = Promise.withResolvers<void>();
      const reply = Promise.withResolvers<PartitionReply>();
      ingress.partitions.reply = () => {
        asked.resolve();
        return reply.promise;
      };
      const client = clientOf(ingress);
      client.send(`${CALL}content-length: 1\r\n\r\n1${CALL}content-length: 1\r\n\r\n1`);
      await asked.promise;

      const closed = ingress.ingress.close();
      const text = await client.untilEnd();
      reply.resolve({ kind: "not-found" });
      client.socket.end();
      await closed;

      const responses = parseResponses(text);
      expect(responses.length).toBeGreaterThan(0);
      for (const { statusLine, body } of responses) {
        expect(statusLine).toBe("HTTP/1.1 503 Service Unavailable");
        expect(JSON.parse(body).message).toContain("the server is shutting down");
      }
    });

    test("close answers what is in flight and closes idle connections", async () => {
      const ingress = await start(http1);
      const asked = Promise.withResolvers<void>();
      const reply = Promise.withResolvers<void>();
      ingress.partitions.reply = async (request) => {
        asked.resolve();
        await reply.promise;
        return defaultReply(request);
      };
      const idle = clientOf(ingress);
      idle.send("GET /restate/health HTTP/1.1\r\nhost: x\r\n\r\n");
      await idle.responses(1);
      const silent = clientOf(ingress);
      const busy = clientOf(ingress);
      busy.send(`${CALL}content-length: 1\r\n\r\n1`);
      await asked.promise;

      const closed = ingress.ingress.close();
      await idle.untilEnd();
      await silent.untilEnd();
      reply.resolve();
      const text = await busy.untilEnd();
      for (const client of [idle, silent, busy]) client.socket.end();
      await closed;

      expect(text).toContain("HTTP/1.1 200 OK");
      expect(text).toMatch(/connection: close\r\n/i);
    });
  });
}
