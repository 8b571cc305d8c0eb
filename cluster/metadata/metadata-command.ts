import { assert } from "#base/assert";
import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";

/** A record of the metadata group's log. */
export interface MetadataCommand {
  readonly kind: "put" | "delete";
  /** Who asked, so that only that process resolves its caller. */
  readonly requester: string;
  readonly requestId: number;
  readonly name: string;
  readonly expectedVersion: number;
  readonly contents: Uint8Array;
}

const FORMAT_VERSION = 1;
const KINDS = ["put", "delete"] as const;

/** Encodes a command as it is written to the log. */
export function encodeMetadataCommand(command: MetadataCommand): Uint8Array {
  const writer = new ByteWriter(command.contents.length + 256);
  writer.writeVarint(FORMAT_VERSION);
  writer.writeVarint(KINDS.indexOf(command.kind));
  writer.writeString(command.requester);
  writer.writeVarint(command.requestId);
  writer.writeString(command.name);
  writer.writeVarint(command.expectedVersion);
  writer.writeBytes(command.contents);
  return writer.finish();
}

/** Decodes a command from the log; an unknown format stops the group. */
export function decodeMetadataCommand(data: Uint8Array): MetadataCommand {
  const reader = new ByteReader(data);
  assert(reader.readVarint() === FORMAT_VERSION, "a metadata record has a known format");
  const kind = KINDS[reader.readVarint()];
  assert(kind !== undefined, "a metadata record has a known kind");
  return {
    kind,
    requester: reader.readString(),
    requestId: reader.readVarint(),
    name: reader.readString(),
    expectedVersion: reader.readVarint(),
    contents: reader.readBytes(),
  };
}
