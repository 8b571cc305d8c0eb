/** Makes a data directory in which something of everything is under way, and kills its server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packDirectory } from "./packed-directory.ts";
import { ServerProcess } from "./server-process.ts";
import { serveUpgradeServices } from "./upgrade-services.ts";

/** What a test needs to know of a recorded directory. */
export interface DirectoryFacts {
  readonly deploymentId: string;
  /** Suspended in a sleep that is over when the directory is opened. */
  readonly chain: string;
  /** Suspended at a promise. */
  readonly signup: string;
  /** Suspended at an awakeable, holding a key. */
  readonly holder: string;
  readonly awakeable: string;
  /** Waits for that key. */
  readonly queued: string;
  readonly paused: string;
  /** Starts once the directory is opened. */
  readonly delayed: string;
}

/** Partitions of the recorded node: few, so that the recording is small. */
const PARTITIONS = 4;
/** Longer than it takes until the server is killed. */
const WAIT_MS = 8_000;

/** Records with the built server of this repository. */
export async function recordDirectory(): Promise<{
  readonly packed: Uint8Array;
  readonly facts: DirectoryFacts;
}> {
  const directory = mkdtempSync(join(tmpdir(), "stet-record-"));
  const { url, server: deployment } = await serveUpgradeServices({ isFixed: false });
  const server = await ServerProcess.start(directory, [
    "--default-num-partitions",
    String(PARTITIONS),
  ]);
  try {
    const facts = await live(server, url);
    await server.kill();
    return { packed: packDirectory(directory), facts };
  } finally {
    await server.kill();
    deployment.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function live(server: ServerProcess, url: string): Promise<DirectoryFacts> {
  const registered = (await server.manage("POST", "deployments", { uri: url })) as { id: string };
  await server.call("Kept/greet", "Ada", { "idempotency-key": "once" });
  await server.call("Counter/ada/add", 5);
  await server.call("Counter/ada/add", 3);
  const send = async (path: string, body?: unknown) =>
    ((await server.call(path, body)) as { invocationId: string }).invocationId;
  const signup = await send("Signup/ada/run/send", "ada@example.com");
  const holder = await send("Counter/held/addWhenTold/send");
  const paused = await send("Fragile/run/send");
  const chain = await send("Chain/run/send", WAIT_MS);
  for (const id of [signup, holder, chain]) await server.whenStatus(id, "suspended");
  await server.whenStatus(paused, "paused");
  const awakeable = (await server.call("Counter/held/awakeable")) as string;
  const queued = await send("Counter/held/add/send", 10);
  const delayed = await send(`Counter/later/add/send?delay=${WAIT_MS}ms`, 7);
  const { id: deploymentId } = registered;
  return { deploymentId, chain, signup, holder, awakeable, queued, paused, delayed };
}
