/**
 * Decoder of HPACK header blocks (RFC 7541), one per connection: complete, with Huffman strings
 * and the dynamic table, although we ask peers not to use the latter.
 *
 * We announce a table of zero bytes, which makes blocks independent of each other and lets
 * `HeadDecoder` cache them. A peer that has not seen the setting yet, or ignores it, may
 * go on using the default table, and is understood.
 */

import { decodeHuffman } from "./hpack-huffman.ts";
import { STATIC_TABLE } from "./hpack-static-table.ts";
import { ConnectionFault, HTTP2_ERROR } from "./protocol.ts";

/** What a field costs in the dynamic table beside its text (section 4.1). */
const ENTRY_OVERHEAD_BYTES = 32;
/** Size of the dynamic table that every peer may use without asking. */
const TABLE_BYTES_MAX = 4096;
/** Bits of an integer after which it is taken for an attack. */
const INTEGER_SHIFT_MAX = 28;

interface TableEntry {
  readonly name: string;
  readonly value: string;
  readonly bytes: number;
}

/** Fields of one block, in order. */
export interface DecodedFields {
  /** Names and values alternating. */
  readonly pairs: readonly string[];
  /** True if the list was larger than allowed; the fields beyond are left out. */
  readonly truncated: boolean;
}

function fault(message: string): ConnectionFault {
  return new ConnectionFault(HTTP2_ERROR.COMPRESSION_ERROR, message);
}

export class HpackDecoder {
  readonly #listBytesMax: number;
  readonly #tableLimitBytes: number;
  /** Newest last; the first `#evicted` places are already free. */
  #entries: TableEntry[] = [];
  #evicted = 0;
  #tableBytes = 0;
  #tableBytesMax: number;
  #changes = 0;

  #source: Buffer = Buffer.alloc(0);
  #position = 0;
  #end = 0;

  /**
   * @param options.listBytesMax decoded size of a block beyond which fields are dropped
   * @param options.tableBytesMax largest dynamic table that the peer may ask for
   */
  constructor(options: { readonly listBytesMax: number; readonly tableBytesMax?: number }) {
    this.#listBytesMax = options.listBytesMax;
    this.#tableLimitBytes = options.tableBytesMax ?? TABLE_BYTES_MAX;
    this.#tableBytesMax = this.#tableLimitBytes;
  }

  /** Counts changes of the dynamic table: a block that leaves it alone decodes the same again. */
  get changes(): number {
    return this.#changes;
  }

  /** Entries in the dynamic table. */
  get entryCount(): number {
    return this.#entries.length - this.#evicted;
  }

  /** Bytes that the dynamic table accounts for. */
  get tableBytes(): number {
    return this.#tableBytes;
  }

  /**
   * Decodes a complete block. After a fault the decoder must not be used again.
   *
   * @throws ConnectionFault COMPRESSION_ERROR if the block is malformed
   */
  decode(source: Buffer, start: number, end: number): DecodedFields {
    this.#source = source;
    this.#position = start;
    this.#end = end;
    const pairs: string[] = [];
    let listBytes = 0;
    let truncated = false;
    while (this.#position < this.#end) {
      const entry = this.#readField(pairs.length === 0 && !truncated);
      if (entry === undefined) continue;
      listBytes += entry.bytes;
      if (listBytes > this.#listBytesMax) truncated = true;
      else pairs.push(entry.name, entry.value);
    }
    return { pairs, truncated };
  }

  /** Reads one representation (section 6); undefined for a table size update. */
  #readField(isFirst: boolean): TableEntry | undefined {
    const first = this.#source[this.#position] ?? 0;
    if ((first & 0x80) !== 0) return this.#entryAt(this.#readInteger(0x7f));
    if ((first & 0x40) !== 0) {
      const entry = this.#readLiteral(0x3f);
      this.#insert(entry);
      return entry;
    }
    if ((first & 0x20) === 0) return this.#readLiteral(0x0f);
    if (!isFirst) throw fault("Dynamic table size update follows a header field");
    this.#resize(this.#readInteger(0x1f));
    return undefined;
  }

  #readLiteral(prefixMask: number): TableEntry {
    const index = this.#readInteger(prefixMask);
    const name = index === 0 ? this.#readString() : this.#entryAt(index).name;
    const value = this.#readString();
    return { name, value, bytes: name.length + value.length + ENTRY_OVERHEAD_BYTES };
  }

  /** Integer representation (section 5.1). */
  #readInteger(prefixMask: number): number {
    const prefix = (this.#source[this.#position] ?? 0) & prefixMask;
    this.#position += 1;
    if (prefix < prefixMask) return prefix;
    let value = prefixMask;
    for (let shift = 0; shift <= INTEGER_SHIFT_MAX; shift += 7) {
      if (this.#position >= this.#end) throw fault("Integer is cut off");
      const byte = this.#source[this.#position] ?? 0;
      this.#position += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw fault("Integer is too long");
  }

  /** String literal (section 5.2). */
  #readString(): string {
    if (this.#position >= this.#end) throw fault("String is cut off");
    const isHuffman = ((this.#source[this.#position] ?? 0) & 0x80) !== 0;
    const length = this.#readInteger(0x7f);
    const start = this.#position;
    if (length > this.#end - start) throw fault("String is cut off");
    this.#position = start + length;
    return isHuffman
      ? decodeHuffman(this.#source, start, this.#position)
      : this.#source.toString("latin1", start, this.#position);
  }

  /** Looks up the address space of both tables (section 2.3.3). */
  #entryAt(index: number): TableEntry {
    const fixed = STATIC_ENTRIES[index];
    if (fixed !== undefined) return fixed;
    const place = this.#entries.length - 1 - (index - STATIC_TABLE.length);
    const entry = place < this.#evicted ? undefined : this.#entries[place];
    if (index === 0 || entry === undefined) throw fault(`Index ${index} is not in the table`);
    return entry;
  }

  #insert(entry: TableEntry): void {
    this.#evictTo(this.#tableBytesMax - entry.bytes);
    if (entry.bytes > this.#tableBytesMax) return;
    this.#entries.push(entry);
    this.#tableBytes += entry.bytes;
    this.#changes += 1;
  }

  #resize(bytes: number): void {
    if (bytes > this.#tableLimitBytes) throw fault(`Dynamic table of ${bytes} bytes is too large`);
    if (bytes === this.#tableBytesMax) return;
    this.#changes += 1;
    this.#tableBytesMax = bytes;
    this.#evictTo(bytes);
  }

  #evictTo(bytesMax: number): void {
    while (this.#tableBytes > Math.max(bytesMax, 0)) {
      this.#tableBytes -= this.#entries[this.#evicted]?.bytes ?? 0;
      this.#evicted += 1;
      this.#changes += 1;
    }
    // Compaction is put off until half of the places are free, so that it costs O(1) per entry.
    if (this.#evicted > 16 && this.#evicted * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#evicted);
      this.#evicted = 0;
    }
  }
}

/** Index 0 stays undefined: it is not a valid reference. */
const STATIC_ENTRIES: readonly (TableEntry | undefined)[] = STATIC_TABLE.map(([name, value], i) =>
  i === 0 ? undefined : { name, value, bytes: name.length + value.length + ENTRY_OVERHEAD_BYTES },
);
