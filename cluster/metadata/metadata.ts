/** A named document of the metadata group. */
export interface MetadataDocument {
  readonly name: string;
  /** Counts from one; grows by one with every write. */
  readonly version: number;
  readonly contents: Uint8Array;
}

/** Outcome of a conditional write. */
export interface MetadataWriteResult {
  /** False when the document was not at the expected version: nothing has changed. */
  readonly isWritten: boolean;
  /** Version after the operation; zero when there is no document. */
  readonly version: number;
}

/** Small versioned documents by name, replicated in the metadata group; contents are opaque. */
export interface Metadata {
  /** Reads the document as this node has applied it; may be stale on a follower. */
  get(name: string): Promise<MetadataDocument | undefined>;
  /** Reads linearizably: sees every write acknowledged before the call. */
  getLatest(name: string): Promise<MetadataDocument | undefined>;
  /** Names of all documents that start with `prefix`, in byte order. */
  list(prefix: string): Promise<readonly string[]>;
  /**
   * Writes when the document is at `expectedVersion`; zero means that it must not exist.
   *
   * @throws ClusterError `NOT_LEADER` or `OVERLOADED` when the outcome is unknown or refused
   */
  put(name: string, contents: Uint8Array, expectedVersion: number): Promise<MetadataWriteResult>;
  /** Removes the document when it is at `expectedVersion`. */
  delete(name: string, expectedVersion: number): Promise<MetadataWriteResult>;
  /**
   * Calls back once with the present document, then after every change, in order, until the
   * returned function is called. `undefined` says that there is no document.
   */
  watch(name: string, callback: (document: MetadataDocument | undefined) => void): () => void;
}
