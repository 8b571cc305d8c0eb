// Measures the client's CPU per short bidirectional stream: own framing and node:http2, in turns,
// against one node:http2 server in a process of its own. Each stream sends two messages, waits for
// the answer, ends. Prints microseconds of this process per stream, user and system together.
//
//   node test/integration/invoker-transport/measure-stream-cpu.ts [streams per round] [rounds]

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { createTransport } from "../../../src/invoker/transport/create-transport.ts";
import type { Transport } from "../../../src/invoker/transport/transport.ts";
import { startHttp2 } from "./peers.ts";

const MESSAGE = Buffer.alloc(120, 1);
const ANSWER = Buffer.alloc(100, 2);
const CONCURRENCIES = [1, 32, 128];
const STATIC_HEADERS = [
  ["content-type", "application/vnd.restate.invocation.v6"],
  ["accept", "application/vnd.restate.invocation.v6"],
  ["x-restate-cluster-name", "measure"],
] as const;

async function serve(): Promise<void> {
  const peer = await startHttp2((stream) => {
    let answered = false;
    stream.on("data", () => {
      if (answered) return;
      answered = true;
      stream.respond({ ":status": 200, "content-type": "application/vnd.restate.invocation.v6" });
      stream.end(ANSWER);
    });
  });
  console.log(peer.port);
}

function runStreams(transport: Transport, total: number, concurrency: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let started = 0;
  let ended = 0;
  const next = (): void => {
    started += 1;
    const id = `inv_1${String(started).padStart(30, "0")}`;
    const stream = transport.open(
      {
        method: "POST",
        path: "/invoke/Greeter/greet",
        staticHeaders: STATIC_HEADERS,
        headers: [["x-restate-invocation-id", id]],
      },
      {
        onHead: () => {},
        onData: () => stream.end(),
        onEnd: () => {
          ended += 1;
          if (started < total) next();
          else if (ended === total) resolve();
        },
        onError: reject,
      },
    );
    stream.write(MESSAGE);
    stream.write(MESSAGE);
  };
  for (let i = 0; i < Math.min(concurrency, total); i += 1) next();
  return promise;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function measure(port: number, streams: number, rounds: number): Promise<void> {
  const uri = `http://127.0.0.1:${port}`;
  const clients = (["own", "node"] as const).map((http2Client) => ({
    http2Client,
    transport: createTransport({ uri, protocol: "h2" }, { http2Client }),
    costs: [] as number[],
  }));
  for (const { transport } of clients) await runStreams(transport, streams, 32);
  for (const concurrency of CONCURRENCIES) {
    for (let round = 0; round < rounds; round += 1) {
      for (const client of clients) {
        const before = process.cpuUsage();
        await runStreams(client.transport, streams, concurrency);
        const spent = process.cpuUsage(before);
        client.costs.push((spent.user + spent.system) / streams);
      }
    }
    const [own, node] = clients.map(({ costs }) => median(costs));
    const ratio = ((node ?? 0) / (own ?? 1)).toFixed(1);
    console.log(
      `c=${concurrency}: own ${own?.toFixed(1)} us, node ${node?.toFixed(1)} us, ${ratio}x`,
    );
    for (const client of clients) client.costs.length = 0;
  }
  for (const { transport } of clients) await transport.close();
}

if (process.argv[2] === "serve") await serve();
else {
  const server = spawn(process.execPath, [fileURLToPath(import.meta.url), "serve"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    await measure(Number(line), Number(process.argv[2] ?? 20_000), Number(process.argv[3] ?? 5));
    server.kill();
  }
}
