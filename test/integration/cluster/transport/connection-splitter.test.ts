// Method: raw connections to a port that HTTP/1 and HTTP/2 share; what is sent comes in pieces.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ConnectionSplitter } from "#transport";
import { systemScheduler } from "../../../../cluster/runtime.ts";
import { Journal } from "./transport-harness.ts";

let server: Server;
let splitter: ConnectionSplitter;
let taken: Journal<string>;
let clients: Socket[];

beforeEach(async () => {
  clients = [];
  const journal = new Journal<string>();
  taken = journal;
  const take = (name: string) => (socket: Socket) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString();
      if (text.endsWith("\n")) journal.add(`${name}: ${text.trim()}`);
    });
  };
  splitter = new ConnectionSplitter({
    scheduler: systemScheduler,
    onHttp1: take("1"),
    onHttp2: take("2"),
  });
  server = createServer((socket) => {
    socket.on("close", () => journal.add("closed"));
    splitter.accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

async function open(): Promise<Socket> {
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.setNoDelay();
  client.on("error", () => undefined);
  clients.push(client);
  await once(client, "connect");
  return client;
}

async function sendInPieces(text: string): Promise<void> {
  const client = await open();
  for (const letter of text) {
    client.write(letter);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function untilClosed(client: Socket): Promise<void> {
  return new Promise((resolve) => client.once("close", () => resolve()));
}

describe("a connection", () => {
  test.each([
    ["PRI * HTTP/2.0\r\n", "2: PRI * HTTP/2.0"],
    ["POST /x\n", "1: POST /x"],
    ["PRIX\n", "1: PRIX"],
    ["GET /health\n", "1: GET /health"],
  ])("that brings %j letter by letter goes where it belongs, whole", async (text, expected) => {
    await sendInPieces(text);
    await taken.until((items) => items.length > 0);

    expect(taken.items).toEqual([expected]);
  });

  test("that ends before it has said what it is, is closed", async () => {
    const client = await open();
    client.end("PRI");

    await taken.until((items) => items.length > 0);

    expect(taken.items).toEqual(["closed"]);
  });

  test("is closed with the splitter, unless somebody else took it", async () => {
    const [silent, old] = [await open(), await open()];
    old.write("GET /\n");
    await taken.until((items) => items.length === 1);

    splitter.close();
    await Promise.all([silent, old].map(untilClosed));
    await taken.until((items) => items.length === 3);

    expect(taken.items).toEqual(["1: GET /", "closed", "closed"]);
  });
});
