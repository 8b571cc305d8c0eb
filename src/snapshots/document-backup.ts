import { createHash } from "node:crypto";
import type { Metadata } from "#cluster";
import { hasCode, ServerError } from "#errors";
import type { ObjectStore } from "./object-store/object-store.ts";
import type { ArchiveIdentity } from "./snapshot-archive.ts";
import {
  CLUSTER_BYTES_MAX,
  CLUSTER_KEY,
  type ClusterDocumentsFile,
  decodeClusterDocuments,
  encodeFile,
} from "./snapshot-format.ts";

/** Documents of the product begin with this; others say which nodes there are. */
const DOCUMENT_PREFIX = "schema/";
/** Document that names the cluster from whose snapshots this one was restored. */
export const ORIGIN_DOCUMENT = "snapshots/restored-from";

/** What keeping the documents takes. */
export interface DocumentBackupOptions {
  readonly store: ObjectStore;
  readonly identity: ArchiveIdentity;
  readonly metadata: Pick<Metadata, "list" | "get">;
  readonly partitionCount: number;
  nowMs(): number;
}

/** Keeps a copy of what partitions need to be of use: services, deployments and rules. */
export class DocumentBackup {
  readonly #options: DocumentBackupOptions;
  /** What was written last, by name and version. */
  #written = "";

  constructor(options: DocumentBackupOptions) {
    this.#options = options;
  }

  /**
   * Writes the documents, if they have changed since this node has written them.
   *
   * @throws ServerError `SNAPSHOT_MISMATCH`, `OBJECT_CHANGED`, or the store's error
   */
  async write(): Promise<void> {
    const { store, metadata, identity, partitionCount } = this.#options;
    const documents: ClusterDocumentsFile["documents"] = [];
    for (const name of await metadata.list(DOCUMENT_PREFIX)) {
      const document = await metadata.get(name);
      if (document === undefined) continue;
      const contents = Buffer.from(document.contents);
      const sha256 = createHash("sha256").update(contents).digest("hex");
      documents.push({
        name,
        version: document.version,
        contents: contents.toString("base64"),
        sha256,
      });
    }
    const state = documents.map(({ name, version }) => `${name}@${version}`).join();
    if (state === this.#written) return;
    const before = await store.get(CLUSTER_KEY, CLUSTER_BYTES_MAX);
    if (before !== undefined) {
      assertOwn(decodeClusterDocuments(before.bytes, CLUSTER_KEY), identity, store.location);
    }
    const bytes = encodeFile<ClusterDocumentsFile>({
      cluster_name: identity.clusterName,
      cluster_fingerprint: identity.clusterFingerprint.toString(),
      node_name: identity.nodeName,
      created_at: new Date(this.#options.nowMs()).toISOString(),
      num_partitions: partitionCount,
      documents,
    });
    try {
      await store.put(CLUSTER_KEY, bytes, { replaces: { version: before?.version } });
    } catch (error) {
      // Another node has written it meanwhile: looked at again the next time.
      if (!hasCode(error, "OBJECT_CHANGED")) throw error;
      return;
    }
    this.#written = state;
  }
}

function assertOwn(
  file: ClusterDocumentsFile,
  { clusterName, clusterFingerprint, restoredFrom }: ArchiveIdentity,
  location: string,
): void {
  const fingerprint = BigInt(file.cluster_fingerprint);
  const isOwn = fingerprint === clusterFingerprint || fingerprint === restoredFrom;
  if (isOwn && file.cluster_name === clusterName) return;
  throw new ServerError(
    "SNAPSHOT_MISMATCH",
    `${location} belongs to cluster ${file.cluster_name} (${file.cluster_fingerprint}), not to ` +
      `${clusterName} (${clusterFingerprint}). Choose another destination`,
    { details: { key: CLUSTER_KEY, clusterName: file.cluster_name } },
  );
}
