import { ClusterError } from "#base/cluster-error";
import type { Metadata, MetadataDocument } from "./metadata.ts";

/** Attempts to write over others that write the same document. */
const ATTEMPTS_MAX = 16;

/**
 * Changes a document: reads its newest version, edits it, writes it, and does so again when another
 * writer was faster.
 *
 * @param edit given the document as it is; returns new contents, or `undefined` to leave it
 * @returns the version that holds the edit
 * @throws ClusterError `CONFLICT` when others keep being faster; what `edit` throws
 */
export async function editDocument(
  metadata: Metadata,
  name: string,
  edit: (document: MetadataDocument | undefined) => Uint8Array | undefined,
): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const document = await metadata.getLatest(name);
    const expectedVersion = document?.version ?? 0;
    const contents = edit(document);
    if (contents === undefined) return expectedVersion;
    const { isWritten, version } = await metadata.put(name, contents, expectedVersion);
    if (isWritten) return version;
  }
  throw new ClusterError("CONFLICT", `Others keep changing the document "${name}"; try again`);
}
