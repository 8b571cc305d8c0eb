/**
 * The query thread: owns the SQL engine, so that neither loading it nor running a statement holds
 * up the event loop that serves the partitions. Asks the event loop for the rows that a statement
 * needs, page by page, and sends the encoded answer back in chunks.
 */
import { parentPort, workerData } from "node:worker_threads";
import { assertPresent } from "#base/assert";
import { QuerySession } from "./query-session.ts";
import type { FromWorker, JournalFacts, ToWorker, WorkerSettings } from "./worker-protocol.ts";

const port = assertPresent(parentPort, "the query thread was started by the event loop");
// The event loop starts this thread with exactly these settings.
const settings = workerData as WorkerSettings;
const sessions = new Map<number, QuerySession>();

function send(message: FromWorker): void {
  if (message.kind === "chunk") {
    port.postMessage(message, [message.bytes.buffer as ArrayBuffer]);
  } else {
    port.postMessage(message);
  }
}

port.on("message", (message: ToWorker | JournalFacts) => {
  if (message.kind === "close") {
    for (const session of sessions.values()) session.cancel();
    port.close();
    return;
  }
  const { queryId } = message;
  if (message.kind !== "query") {
    sessions.get(queryId)?.accept(message);
    return;
  }
  const session = new QuerySession(queryId, settings, send);
  sessions.set(queryId, session);
  void session.run(message.sql, message.format).finally(() => sessions.delete(queryId));
});
