import { join } from "node:path";

import { ClusterError } from "#base/cluster-error";
import { requireReadable } from "#base/format-version";
import type { Random } from "#base/random";
import type { DirectoryFiles } from "./directory-files.ts";

/** Who a data directory belongs to; written before the node takes part in anything. */
export interface DirectoryIdentity {
  readonly clusterName: string;
  /** Random identity of the cluster, drawn when it was provisioned; 0 before. */
  readonly clusterFingerprint: bigint;
  readonly nodeName: string;
  /** 0 until the node is a member of a cluster. */
  readonly nodeId: number;
  /** Random identity of this directory: a node is known by it, whatever its name. */
  readonly directoryId: string;
  /** Grows with every start. */
  readonly generation: number;
  /** True where the cluster was provisioned: this node founds the metadata group. */
  readonly isFounder: boolean;
  /** True once the groups exist: an empty log is then a loss, not a beginning. */
  readonly isProvisioned: boolean;
  /** The node has another id than it insisted on, since that one's directory was lost. */
  readonly isForcedIdBurnt: boolean;
}

/** What a node learns when it becomes a member. */
export type MemberIdentity = Pick<
  DirectoryIdentity,
  "clusterFingerprint" | "nodeId" | "isFounder" | "isForcedIdBurnt"
>;

/** The names a node starts with. */
export interface NodeNames {
  readonly clusterName: string;
  readonly nodeName: string;
  /** The id that the node insists on. */
  readonly forceNodeId?: number | undefined;
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
  /** These are missing in format 1, whose nodes were all clusters of one. */
  readonly directoryId?: string;
  readonly isFounder?: boolean;
  readonly isForcedIdBurnt?: boolean;
}

const MARKER_NAME = ".cluster-marker";
/**
 * Version of everything below the data directory; raised when an older build cannot read it.
 *
 * 1: clusters of one node. 2: unjoined nodes, partition tables with replicas that come and go.
 */
const FORMAT_VERSION = 2;
const DIRECTORY_ID_BYTES = 16;

/** The directory of one node: marker, lock, `db/` and `log-store/`. */
export class DataDirectory {
  readonly path: string;
  readonly #files: DirectoryFiles;
  #identity: DirectoryIdentity;

  private constructor(files: DirectoryFiles, identity: DirectoryIdentity) {
    this.path = files.path;
    this.#files = files;
    this.#identity = identity;
  }

  /**
   * Checks or creates the marker, and starts a new generation.
   *
   * @param files locked; released when this fails, else by `close`
   * @throws ClusterError `DATA_DIRECTORY_MISMATCH`, `FORMAT_UNSUPPORTED`
   */
  static open(files: DirectoryFiles, names: NodeNames, random: Random): DataDirectory {
    const { path } = files;
    try {
      const found = readMarker(files);
      const identity =
        found === undefined
          ? firstIdentity(files, names, random)
          : nextIdentity(found, { path, names, random });
      const directory = new DataDirectory(files, identity);
      directory.#write();
      return directory;
    } catch (error) {
      files.release();
      throw error;
    }
  }

  get identity(): DirectoryIdentity {
    return this.#identity;
  }

  get enginePath(): string {
    return join(this.path, "db");
  }

  get logPath(): string {
    return join(this.path, "log-store");
  }

  /** Where received images of state machines wait. */
  get snapshotPath(): string {
    return join(this.path, "snapshots");
  }

  /** Records which cluster the node is a member of, and as whom: durable before it takes part. */
  setMember(member: MemberIdentity): void {
    this.#identity = { ...this.#identity, ...member };
    this.#write();
  }

  /** Records that the groups exist. */
  setProvisioned(): void {
    if (this.#identity.isProvisioned) return;
    this.#identity = { ...this.#identity, isProvisioned: true };
    this.#write();
  }

  /** A small file of the directory; `undefined` when there is none. */
  readText(name: string): string | undefined {
    return this.#files.read(name);
  }

  /** Replaces a small file as a whole; durable on return. */
  writeText(name: string, text: string): void {
    this.#files.write(name, text);
  }

  close(): void {
    this.#files.release();
  }

  #write(): void {
    const { clusterFingerprint, ...rest } = this.#identity;
    const marker: Marker = {
      formatVersion: FORMAT_VERSION,
      minReaderVersion: FORMAT_VERSION,
      ...rest,
      clusterFingerprint: clusterFingerprint.toString(),
    };
    this.#files.write(MARKER_NAME, `${JSON.stringify(marker, undefined, 2)}\n`);
  }
}

function firstIdentity(files: DirectoryFiles, names: NodeNames, random: Random): DirectoryIdentity {
  const strangers = files.list().filter((name) => !name.startsWith(".") && !name.endsWith(".sock"));
  if (strangers.length > 0) {
    throw mismatch(
      files.path,
      `it holds "${strangers[0]}" but no marker of a node. Choose an empty directory`,
    );
  }
  return {
    clusterName: names.clusterName,
    nodeName: names.nodeName,
    clusterFingerprint: 0n,
    nodeId: 0,
    directoryId: newDirectoryId(random),
    generation: 1,
    isFounder: false,
    isProvisioned: false,
    isForcedIdBurnt: false,
  };
}

interface MarkerContext {
  readonly path: string;
  readonly names: NodeNames;
  readonly random: Random;
}

function nextIdentity(marker: Marker, { path, names, random }: MarkerContext): DirectoryIdentity {
  const what = `The data directory "${path}"`;
  requireReadable(marker, { what, formatVersion: FORMAT_VERSION });
  if (marker.clusterName !== names.clusterName) {
    throw mismatch(
      path,
      `it belongs to cluster "${marker.clusterName}", not to "${names.clusterName}"`,
    );
  }
  if (marker.nodeName !== names.nodeName) {
    throw mismatch(path, `it belongs to node "${marker.nodeName}", not to "${names.nodeName}"`);
  }
  const { forceNodeId } = names;
  const isForcedIdBurnt = marker.isForcedIdBurnt ?? false;
  const isOther = marker.nodeId !== 0 && marker.nodeId !== forceNodeId && !isForcedIdBurnt;
  if (forceNodeId !== undefined && isOther) {
    throw mismatch(path, `it belongs to node id ${marker.nodeId}, not to ${forceNodeId}`);
  }
  return {
    clusterName: names.clusterName,
    nodeName: names.nodeName,
    clusterFingerprint: BigInt(marker.clusterFingerprint),
    nodeId: marker.nodeId,
    directoryId: marker.directoryId ?? newDirectoryId(random),
    generation: marker.generation + 1,
    isFounder: marker.isFounder ?? marker.nodeId > 0,
    isProvisioned: marker.isProvisioned,
    isForcedIdBurnt,
  };
}

function newDirectoryId(random: Random): string {
  const bytes = random.nextBytes(DIRECTORY_ID_BYTES);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readMarker(files: DirectoryFiles): Marker | undefined {
  const text = files.read(MARKER_NAME);
  if (text === undefined) return undefined;
  try {
    const marker = JSON.parse(text) as Marker;
    if (typeof marker.nodeId === "number" && typeof marker.clusterName === "string") return marker;
  } catch {
    // Falls through to the refusal below.
  }
  throw mismatch(
    files.path,
    `its marker "${MARKER_NAME}" cannot be read. Restore it from a backup`,
  );
}

function mismatch(path: string, reason: string): ClusterError {
  return new ClusterError(
    "DATA_DIRECTORY_MISMATCH",
    `The data directory "${path}" cannot be used: ${reason}`,
    { details: { directory: path } },
  );
}
