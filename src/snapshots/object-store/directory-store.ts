import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ServerError } from "#errors";
import {
  LISTED_OBJECTS_MAX,
  type ObjectEntry,
  type ObjectStore,
  type PutOptions,
  type StoredObject,
} from "./object-store.ts";

/** A lock that is older belongs to a process that has died while it held it. */
const LOCK_AGE_MS_MAX = 30_000;

/**
 * Objects as files of a directory, which may be one that several nodes have mounted.
 *
 * A file gets its name when it is complete and durable. A conditional write holds a lock file, so
 * that two of them cannot both succeed; who finds it held is told that the object has changed.
 */
export class DirectoryStore implements ObjectStore {
  readonly location: string;
  readonly #root: string;

  /** @param root absolute path; created with the first write */
  constructor(root: string) {
    this.#root = root;
    this.location = `file://${root}`;
  }

  async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<string> {
    const path = this.#pathOf(key);
    return this.#guard("write", key, async () => {
      await makeFolder(dirname(path));
      if (options.replaces === undefined) await writeDurably(path, bytes);
      else await this.#replace(key, bytes, options.replaces.version);
      return versionOf(bytes);
    });
  }

  async get(key: string, bytesMax: number): Promise<StoredObject | undefined> {
    const bytes = await this.#guard("read", key, () => readFile(this.#pathOf(key), bytesMax));
    return bytes === undefined ? undefined : { bytes, version: versionOf(bytes) };
  }

  async list(prefix: string): Promise<readonly ObjectEntry[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    return this.#guard("list", prefix, async () => {
      const entries: ObjectEntry[] = [];
      const top = folder === "" ? this.#root : this.#pathOf(folder.slice(0, -1));
      await collect(top, folder, entries);
      return entries
        .filter(({ key }) => key.startsWith(prefix))
        .sort((left, right) => (left.key < right.key ? -1 : 1));
    });
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    await this.#guard("delete", key, async () => {
      await rm(path, { force: true });
      // An empty folder says nothing; one that is not empty refuses.
      await rmdir(dirname(path)).catch(() => undefined);
    });
  }

  close(): void {
    // Nothing outlives a call.
  }

  async #replace(key: string, bytes: Uint8Array, version: string | undefined): Promise<void> {
    const path = this.#pathOf(key);
    const lock = `${dirname(path)}/.lock`;
    if (!(await takeLock(lock))) throw changed(key);
    try {
      const before = await readFile(path, Number.POSITIVE_INFINITY);
      if ((before && versionOf(before)) !== version) throw changed(key);
      await writeDurably(path, bytes);
    } finally {
      await rm(lock, { force: true });
    }
  }

  #pathOf(key: string): string {
    const names = key.split("/");
    if (names.some((name) => name === "" || name.startsWith("."))) {
      throw new ServerError("OBJECT_STORE_REFUSED", `The key "${key}" names no object`, {
        details: { location: this.location, key },
      });
    }
    return join(this.#root, ...names);
  }

  async #guard<T>(action: string, key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ServerError) throw error;
      const reason = (error as Error).message;
      const message = `Could not ${action} "${key}" in ${this.location}: ${reason}`;
      throw new ServerError("OBJECT_STORE_UNAVAILABLE", message, {
        details: { location: this.location, key },
        cause: error,
      });
    }
  }
}

async function collect(path: string, prefix: string, entries: ObjectEntry[]): Promise<void> {
  const names = await readdir(path, { withFileTypes: true }).catch(emptyIfMissing);
  for (const name of names) {
    // Drafts and locks.
    if (name.name.startsWith(".")) continue;
    const inner = join(path, name.name);
    if (name.isDirectory()) await collect(inner, `${prefix}${name.name}/`, entries);
    else entries.push({ key: prefix + name.name, bytes: (await stat(inner)).size });
    if (entries.length > LISTED_OBJECTS_MAX) throw new Error("there are too many objects");
  }
}

async function readFile(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    return emptyIfMissing(error)[0];
  }
  try {
    const { size } = await file.stat();
    if (size > bytesMax) throw new Error(`it has ${size} bytes, not ${bytesMax} at most`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const draft = join(dirname(path), `.${randomBytes(8).toString("hex")}.draft`);
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a folder and those above it; they are durable on return. */
async function makeFolder(path: string): Promise<void> {
  const topmost = await mkdir(path, { recursive: true });
  if (topmost === undefined) return;
  for (let made = path; made.length >= topmost.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function takeLock(path: string): Promise<boolean> {
  if (await createLock(path)) return true;
  const held = await stat(path).catch(() => undefined);
  const isLeftover = held !== undefined && Date.now() - held.mtimeMs > LOCK_AGE_MS_MAX;
  if (!isLeftover) return false;
  await rm(path, { force: true });
  return createLock(path);
}

async function createLock(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function emptyIfMissing(error: unknown): never[] {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
  throw error;
}

function versionOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function changed(key: string): ServerError {
  return new ServerError("OBJECT_CHANGED", `Another writer has changed "${key}"`, {
    details: { key },
  });
}
