import type { MetadataDocument } from "./metadata.ts";

/** What the store of the metadata group holds. */
export interface StoredMetadata {
  /** Index of the log up to which the documents contain its effects. */
  readonly appliedIndex: number;
  readonly documents: readonly MetadataDocument[];
}

/** One atomic change of the store. */
export interface MetadataChange {
  readonly appliedIndex: number;
  /** New state of the documents that changed, by name; `undefined` removes one. */
  readonly documents: ReadonlyMap<string, MetadataDocument | undefined>;
  /** True when all other documents go. */
  readonly isReplacement: boolean;
}

/** Where the metadata group keeps its documents. */
export interface MetadataStore {
  load(): Promise<StoredMetadata>;
  /** Writes in the order of the calls; durable after `flush` only. */
  write(change: MetadataChange): Promise<void>;
  /** Makes every write so far durable. */
  flush(): Promise<void>;
}
