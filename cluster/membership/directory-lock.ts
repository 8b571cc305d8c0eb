import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { ClusterError } from "#base/cluster-error";

/** An exclusive hold on a data directory. */
export interface DirectoryLock {
  release(): void;
}

/** Who holds a lock. Start time and boot tell a process apart from a later one with its id. */
interface Holder {
  readonly pid: number;
  readonly startedAt: string;
  readonly boot: string;
}

const LOCK_NAME = ".lock";
const ATTEMPTS_MAX = 5;
const START_TIME_FIELD = 19;

/**
 * Takes the lock of a data directory; that of a dead process is taken over.
 *
 * @throws ClusterError `DATA_DIRECTORY_LOCKED` when a living process holds it
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, LOCK_NAME);
  const own: Holder = { pid: process.pid, startedAt: startTimeOf(process.pid), boot: bootId() };
  const text = JSON.stringify(own);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (placeLock(path, text)) return { release: () => releaseLock(path, text) };
    const found = readText(path);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder !== undefined && isAlive(holder)) throw locked(directory, holder.pid);
    removeStale(path, found);
  }
  throw locked(directory, undefined);
}

/** Puts a complete lock file in place, unless there is one. */
function placeLock(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    if (!isCode(error, "EPERM") && !isCode(error, "ENOTSUP")) throw error;
    return createExclusively(path, text);
  } finally {
    unlinkSync(draft);
  }
}

/** For file systems without hard links. */
function createExclusively(path: string, text: string): boolean {
  try {
    const descriptor = openSync(path, "wx", 0o600);
    writeFileSync(descriptor, text);
    closeSync(descriptor);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** Removes a stale lock, and only that one: another process may be doing the same right now. */
function removeStale(path: string, staleText: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  const moved = readText(aside);
  if (moved !== undefined && moved !== staleText) {
    // It was the fresh lock of somebody who was faster: give it back.
    try {
      linkSync(aside, path);
    } catch {
      // A third process has the place already.
    }
  }
  unlinkSync(aside);
}

function releaseLock(path: string, text: string): void {
  if (readText(path) === text) unlinkSync(path);
}

function isAlive(holder: Holder): boolean {
  if (holder.boot !== bootId()) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (isCode(error, "ESRCH")) return false;
  }
  return startTimeOf(holder.pid) === holder.startedAt;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, startedAt, boot } = JSON.parse(text) as Partial<Holder>;
    if (typeof pid !== "number" || startedAt === undefined || boot === undefined) return undefined;
    return { pid, startedAt, boot };
  } catch {
    return undefined;
  }
}

/** Start of a process in clock ticks since boot, where the system tells; empty elsewhere. */
function startTimeOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return "";
  // The name of the command is in parentheses and may contain anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie holds nothing any more, however long its parent takes to notice.
  if (fields[0] === "Z" || fields[0] === "X") return "";
  return fields[START_TIME_FIELD] ?? "";
}

function bootId(): string {
  return readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function locked(directory: string, pid: number | undefined): ClusterError {
  const holder = pid === undefined ? "another process" : `process ${pid}`;
  return new ClusterError(
    "DATA_DIRECTORY_LOCKED",
    `The data directory "${directory}" is in use by ${holder}. Stop that process first, or give ` +
      "this node a directory of its own",
    { details: { directory, pid } },
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
