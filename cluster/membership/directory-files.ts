import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

import { lockDirectory } from "./directory-lock.ts";

/** Small files at the top of a data directory, which is locked. Simulations bring their own. */
export interface DirectoryFiles {
  readonly path: string;
  /** Names of everything in the directory. */
  list(): readonly string[];
  /** A text; `undefined` when there is no such file. */
  read(name: string): string | undefined;
  /** Replaces a text as a whole; durable on return. */
  write(name: string, text: string): void;
  /** Gives the lock back. */
  release(): void;
}

/**
 * Creates the directory when it is missing, and locks it.
 *
 * @throws ClusterError `DATA_DIRECTORY_LOCKED`
 */
export function openDirectoryFiles(path: string): DirectoryFiles {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(path);
  return {
    path,
    list: () => readdirSync(path),
    read: (name) => readText(join(path, name)),
    write: (name, text) => writeDurably(path, name, text),
    release: () => lock.release(),
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function writeDurably(directory: string, name: string, text: string): void {
  const path = join(directory, name);
  const draft = `${path}.new`;
  const descriptor = openSync(draft, "w", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
  const directoryDescriptor = openSync(directory, "r");
  try {
    fsyncSync(directoryDescriptor);
  } finally {
    closeSync(directoryDescriptor);
  }
}
