/**
 * What is written beside the images of partitions, and where. Names of fields and objects are those
 * of the original where it has them, since scripts of operators read them.
 *
 * ```
 * cluster.json                                      documents of the metadata group
 * <partition>/latest.json                           what may be restored, newest first
 * <partition>/lsn_<20 digits>-<id>/metadata.json    one snapshot
 * <partition>/lsn_<20 digits>-<id>/image-00000.bin  its image, cut into parts
 * ```
 */
import { z } from "zod";
import { ServerError } from "#errors";

/** Version of the JSON below; raised when an older build would misread it. */
const FORMAT_VERSION = 1;
/** How the bytes of an image are arranged; see `partition-image.ts`. */
export const IMAGE_FORMAT = "stet-partition-1";

/** Bytes of a JSON object here, except of `cluster.json`. */
export const JSON_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of `cluster.json`: the registry of services may be large. */
export const CLUSTER_BYTES_MAX = 256 * 1024 * 1024;
const INDEX_DIGITS = 20;

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const key = z.string().regex(/^\d{1,20}$/);
const name = z.string().regex(/^[\w-][\w.-]*$/);

const origin = {
  version: z.literal(FORMAT_VERSION),
  cluster_name: z.string(),
  /** Random number of the cluster, in decimal digits. */
  cluster_fingerprint: key,
  node_name: z.string(),
  created_at: z.iso.datetime(),
};

const retained = z.object({
  snapshot_id: name,
  min_applied_lsn: count,
  path: name,
  created_at: z.iso.datetime(),
  bytes: count,
});

const latestSchema = z.object({
  ...origin,
  partition_id: count,
  snapshot_id: name,
  min_applied_lsn: count,
  path: name,
  /** Newest first, the latest included. */
  retained_snapshots: z.array(retained).min(1),
});

const part = z.object({ name, bytes: count, sha256 });

const snapshotSchema = z.object({
  ...origin,
  partition_id: count,
  snapshot_id: name,
  min_applied_lsn: count,
  /** Raft term of the record at that index. */
  term: count,
  key_range: z.object({ start: key, end: key }),
  image: z.object({ format: z.string(), bytes: count, sha256, parts: z.array(part) }),
});

const clusterSchema = z.object({
  ...origin,
  num_partitions: count,
  documents: z.array(z.object({ name: z.string(), version: count, contents: z.base64(), sha256 })),
});

/** `latest.json` of a partition. */
export type LatestSnapshot = z.infer<typeof latestSchema>;
/** An entry of it. */
export type RetainedSnapshot = z.infer<typeof retained>;
/** `metadata.json` of a snapshot. */
export type SnapshotMetadata = z.infer<typeof snapshotSchema>;
/** A part of an image. */
export type ImagePart = z.infer<typeof part>;
/** `cluster.json`. */
export type ClusterDocumentsFile = z.infer<typeof clusterSchema>;
/** Fields that everything here begins with. */
export type SnapshotOrigin = Omit<z.infer<z.ZodObject<typeof origin>>, "version">;

/** Key of the documents of a cluster. */
export const CLUSTER_KEY = "cluster.json";

/** Key of what may be restored of a partition. */
export function latestKey(partitionId: number): string {
  return `${partitionId}/latest.json`;
}

/** Folder of a snapshot, within that of its partition. */
export function snapshotFolder(index: number, snapshotId: string): string {
  return `lsn_${`${index}`.padStart(INDEX_DIGITS, "0")}-${snapshotId}`;
}

/** Index of the snapshot in a folder; `undefined` for other names. */
export function indexOfFolder(folder: string): number | undefined {
  const digits = /^lsn_(\d{20})-/.exec(folder)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Name of a part of an image. */
export function partName(position: number): string {
  return `image-${`${position}`.padStart(5, "0")}.bin`;
}

/** Makes the bytes of an object. */
export function encodeFile<T extends object>(contents: Omit<T, "version">): Uint8Array {
  const text = JSON.stringify({ version: FORMAT_VERSION, ...contents }, undefined, 2);
  return new TextEncoder().encode(`${text}\n`);
}

/**
 * Reads the bytes of an object.
 *
 * @throws ServerError `SNAPSHOT_DAMAGED`
 */
export function decodeLatest(bytes: Uint8Array, objectKey: string): LatestSnapshot {
  return decodeFile(latestSchema, bytes, objectKey);
}

/** As `decodeLatest`. */
export function decodeMetadata(bytes: Uint8Array, objectKey: string): SnapshotMetadata {
  return decodeFile(snapshotSchema, bytes, objectKey);
}

/** As `decodeLatest`. */
export function decodeClusterDocuments(bytes: Uint8Array, objectKey: string): ClusterDocumentsFile {
  return decodeFile(clusterSchema, bytes, objectKey);
}

function decodeFile<T>(schema: z.ZodType<T>, bytes: Uint8Array, objectKey: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw damaged(objectKey, "it is no JSON", error);
  }
  const version = (value as { readonly version?: unknown } | null)?.version;
  if (typeof version === "number" && version > FORMAT_VERSION) {
    throw damaged(objectKey, `its format is ${version}, and this build reads ${FORMAT_VERSION}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(objectKey, `"${issue?.path.join(".")}": ${issue?.message}`, parsed.error);
}

/** The error for an object that cannot be what was written. */
export function damaged(objectKey: string, reason: string, cause?: unknown): ServerError {
  return new ServerError("SNAPSHOT_DAMAGED", `"${objectKey}" cannot be used: ${reason}`, {
    details: { key: objectKey },
    ...(cause === undefined ? {} : { cause }),
  });
}
