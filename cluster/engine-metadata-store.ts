import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { type KeyValueEngine, WriteBatch } from "#engine";
import type { MetadataDocument } from "./metadata/metadata.ts";
import type { MetadataChange, MetadataStore, StoredMetadata } from "./metadata/metadata-store.ts";

/** Rows of the cluster start with this byte; the product's never do. */
const RESERVED = 0xff;
const APPLIED_INDEX_KEY = Uint8Array.of(RESERVED, 0x00, 0x00);
const DOCUMENT_PREFIX = Uint8Array.of(RESERVED, 0x00, 0x01);
const DOCUMENT_END = Uint8Array.of(RESERVED, 0x00, 0x02);

/** Keeps the metadata documents in the node's engine, each write in one batch with its index. */
export class EngineMetadataStore implements MetadataStore {
  readonly #engine: KeyValueEngine;

  constructor(engine: KeyValueEngine) {
    this.#engine = engine;
  }

  async load(): Promise<StoredMetadata> {
    const applied = await this.#engine.get(APPLIED_INDEX_KEY);
    const appliedIndex = applied === undefined ? 0 : new ByteReader(applied).readVarint();
    const documents: MetadataDocument[] = [];
    for await (const row of this.#engine.iterate({ start: DOCUMENT_PREFIX, end: DOCUMENT_END })) {
      documents.push(decodeDocument(row.key, row.value));
    }
    return { appliedIndex, documents };
  }

  write(change: MetadataChange): Promise<void> {
    const batch = new WriteBatch();
    if (change.isReplacement) batch.deleteRange(DOCUMENT_PREFIX, DOCUMENT_END);
    for (const [name, document] of change.documents) {
      if (document === undefined) batch.delete(documentKey(name));
      else batch.put(documentKey(name), encodeDocument(document));
    }
    const writer = new ByteWriter(16);
    writer.writeVarint(change.appliedIndex);
    batch.put(APPLIED_INDEX_KEY, writer.finish());
    return this.#engine.write(batch);
  }

  flush(): Promise<void> {
    return this.#engine.flush();
  }
}

function documentKey(name: string): Uint8Array {
  const encoded = new TextEncoder().encode(name);
  const key = new Uint8Array(DOCUMENT_PREFIX.length + encoded.length);
  key.set(DOCUMENT_PREFIX);
  key.set(encoded, DOCUMENT_PREFIX.length);
  return key;
}

function encodeDocument({ version, contents }: MetadataDocument): Uint8Array {
  const writer = new ByteWriter(contents.length + 16);
  writer.writeVarint(version);
  writer.writeRaw(contents);
  return writer.finish();
}

function decodeDocument(key: Uint8Array, value: Uint8Array): MetadataDocument {
  const reader = new ByteReader(value);
  const version = reader.readVarint();
  const name = new TextDecoder().decode(key.subarray(DOCUMENT_PREFIX.length));
  return { name, version, contents: value.subarray(reader.position) };
}
