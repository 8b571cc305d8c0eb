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

import { ClusterError } from "#base/cluster-error";
import type { Random } from "#base/random";
import { type DirectoryLock, lockDirectory } from "./directory-lock.ts";

/** Who a data directory belongs to; written before the node takes part in anything. */
export interface NodeIdentity {
  readonly clusterName: string;
  /** Random identity of the cluster, drawn when it was provisioned. */
  readonly clusterFingerprint: bigint;
  readonly nodeName: string;
  readonly nodeId: number;
  /** Grows with every start. */
  readonly generation: number;
  /** True once the groups exist: an empty log is then a loss, not a beginning. */
  readonly isProvisioned: boolean;
}

/** The names a node starts with. */
export interface NodeNames {
  readonly clusterName: string;
  readonly nodeName: string;
}

interface Marker {
  readonly formatVersion: number;
  readonly minReaderVersion: number;
  readonly clusterName: string;
  readonly clusterFingerprint: string;
  readonly nodeName: string;
  readonly nodeId: number;
  readonly generation: number;
  readonly isProvisioned: boolean;
}

const MARKER_NAME = ".cluster-marker";
/** Version of everything below the data directory; raised when an older build cannot read it. */
const FORMAT_VERSION = 1;
const FIRST_NODE_ID = 1;

/** The directory of one node: marker, lock, `db/` and `log-store/`. */
export class DataDirectory {
  readonly path: string;
  readonly #lock: DirectoryLock;
  #identity: NodeIdentity;

  private constructor(path: string, lock: DirectoryLock, identity: NodeIdentity) {
    this.path = path;
    this.#lock = lock;
    this.#identity = identity;
  }

  /**
   * Locks the directory, checks or creates its marker, and starts a new generation.
   *
   * @throws ClusterError `DATA_DIRECTORY_LOCKED` or `DATA_DIRECTORY_MISMATCH`
   */
  static open(path: string, names: NodeNames, random: Random): DataDirectory {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const lock = lockDirectory(path);
    try {
      const found = readMarker(path);
      const identity =
        found === undefined ? firstIdentity(path, names, random) : nextIdentity(found, path, names);
      const directory = new DataDirectory(path, lock, identity);
      directory.#write();
      return directory;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  get identity(): NodeIdentity {
    return this.#identity;
  }

  get enginePath(): string {
    return join(this.path, "db");
  }

  get logPath(): string {
    return join(this.path, "log-store");
  }

  /** Records that the groups exist. */
  setProvisioned(): void {
    if (this.#identity.isProvisioned) return;
    this.#identity = { ...this.#identity, isProvisioned: true };
    this.#write();
  }

  close(): void {
    this.#lock.release();
  }

  #write(): void {
    const { clusterFingerprint, ...rest } = this.#identity;
    const marker: Marker = {
      formatVersion: FORMAT_VERSION,
      minReaderVersion: FORMAT_VERSION,
      ...rest,
      clusterFingerprint: clusterFingerprint.toString(),
    };
    writeDurably(this.path, MARKER_NAME, `${JSON.stringify(marker, undefined, 2)}\n`);
  }
}

function firstIdentity(path: string, names: NodeNames, random: Random): NodeIdentity {
  const strangers = readdirSync(path).filter(
    (name) => !name.startsWith(".") && !name.endsWith(".sock"),
  );
  if (strangers.length > 0) {
    throw mismatch(
      path,
      `it holds "${strangers[0]}" but no marker of a node. Choose an empty directory`,
    );
  }
  const bytes = random.nextBytes(8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    ...names,
    clusterFingerprint: view.getBigUint64(0),
    nodeId: FIRST_NODE_ID,
    generation: 1,
    isProvisioned: false,
  };
}

function nextIdentity(marker: Marker, path: string, names: NodeNames): NodeIdentity {
  if (marker.minReaderVersion > FORMAT_VERSION) {
    throw mismatch(
      path,
      `it was written by a newer version (format ${marker.formatVersion}; this one reads up to ` +
        `${FORMAT_VERSION}). Start the newer version`,
    );
  }
  if (marker.clusterName !== names.clusterName) {
    throw mismatch(
      path,
      `it belongs to cluster "${marker.clusterName}", not to "${names.clusterName}"`,
    );
  }
  if (marker.nodeName !== names.nodeName) {
    throw mismatch(path, `it belongs to node "${marker.nodeName}", not to "${names.nodeName}"`);
  }
  return {
    ...names,
    clusterFingerprint: BigInt(marker.clusterFingerprint),
    nodeId: marker.nodeId,
    generation: marker.generation + 1,
    isProvisioned: marker.isProvisioned,
  };
}

function readMarker(path: string): Marker | undefined {
  let text: string;
  try {
    text = readFileSync(join(path, MARKER_NAME), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const marker = JSON.parse(text) as Marker;
    if (typeof marker.nodeId === "number" && typeof marker.clusterName === "string") return marker;
  } catch {
    // Falls through to the refusal below.
  }
  throw mismatch(path, `its marker "${MARKER_NAME}" cannot be read. Restore it from a backup`);
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

function mismatch(path: string, reason: string): ClusterError {
  return new ClusterError(
    "DATA_DIRECTORY_MISMATCH",
    `The data directory "${path}" cannot be used: ${reason}`,
    { details: { directory: path } },
  );
}
