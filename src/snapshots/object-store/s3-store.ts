import { ServerError } from "#errors";
import {
  LISTED_OBJECTS_MAX,
  type ObjectEntry,
  type ObjectStore,
  type PutOptions,
  type StoredObject,
} from "./object-store.ts";
import { S3Client, type S3ClientOptions } from "./s3-client.ts";
import { insideElements, textOfElement } from "./xml-text.ts";

/** What a store in a bucket takes. */
export interface S3StoreOptions extends S3ClientOptions {
  /** Begins all keys; empty, or `a/b` without slashes around. */
  readonly prefix: string;
}

const SMALL_REPLY_BYTES_MAX = 64 * 1024;
/** A page has up to 1,000 keys of up to 1,024 bytes. */
const LIST_REPLY_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Objects of a bucket, in S3 or anything that speaks its protocol.
 *
 * Objects are small enough for one PUT each, which is atomic and whose checksum the service
 * verifies. Conditional writes need a service that knows `If-Match` and `If-None-Match`.
 */
export class S3Store implements ObjectStore {
  readonly location: string;
  readonly #client: S3Client;
  readonly #prefix: string;

  constructor(options: S3StoreOptions) {
    this.#client = new S3Client(options);
    this.#prefix = options.prefix === "" ? "" : `${options.prefix}/`;
    this.location = `s3://${options.bucket}/${options.prefix}`;
  }

  async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<string> {
    const { replaces, sha256 } = options;
    const reply = await this.#client.send({
      method: "PUT",
      key: this.#prefix + key,
      headers: replaces === undefined ? {} : conditionOf(replaces.version),
      body: bytes,
      ...(sha256 === undefined ? {} : { bodySha256: sha256 }),
      replyBytesMax: SMALL_REPLY_BYTES_MAX,
      // 404: there is nothing that could be at the version.
      expects: replaces === undefined ? [200] : [200, 404, 409, 412],
    });
    if (reply.status !== 200) {
      throw new ServerError("OBJECT_CHANGED", `Another writer has changed "${key}"`, {
        details: { key },
      });
    }
    return reply.headers.etag ?? "";
  }

  async get(key: string, bytesMax: number): Promise<StoredObject | undefined> {
    const reply = await this.#client.send({
      method: "GET",
      key: this.#prefix + key,
      replyBytesMax: bytesMax,
      expects: [200, 404],
    });
    if (reply.status === 200) return { bytes: reply.body, version: reply.headers.etag ?? "" };
    const code = textOfElement(Buffer.from(reply.body).toString("utf8"), "Code");
    if (code !== "NoSuchBucket") return undefined;
    throw new ServerError("OBJECT_STORE_REFUSED", `There is no bucket for ${this.location}`, {
      details: { location: this.location, key },
    });
  }

  async list(prefix: string): Promise<readonly ObjectEntry[]> {
    const entries: ObjectEntry[] = [];
    let token: string | undefined;
    do {
      const reply = await this.#client.send({
        method: "GET",
        key: "",
        query: {
          "list-type": "2",
          prefix: this.#prefix + prefix,
          ...(token === undefined ? {} : { "continuation-token": token }),
        },
        replyBytesMax: LIST_REPLY_BYTES_MAX,
        expects: [200],
      });
      const xml = Buffer.from(reply.body).toString("utf8");
      for (const object of insideElements(xml, "Contents")) {
        const key = textOfElement(object, "Key") ?? "";
        const bytes = Number(textOfElement(object, "Size"));
        entries.push({ key: key.slice(this.#prefix.length), bytes });
      }
      const isCut = textOfElement(xml, "IsTruncated") === "true";
      token = isCut ? textOfElement(xml, "NextContinuationToken") : undefined;
      if (entries.length > LISTED_OBJECTS_MAX) throw this.#tooMany(prefix);
    } while (token !== undefined);
    return entries;
  }

  async delete(key: string): Promise<void> {
    await this.#client.send({
      method: "DELETE",
      key: this.#prefix + key,
      replyBytesMax: SMALL_REPLY_BYTES_MAX,
      expects: [200, 204, 404],
    });
  }

  close(): void {
    this.#client.close();
  }

  #tooMany(prefix: string): ServerError {
    const message = `More than ${LISTED_OBJECTS_MAX} objects in ${this.location}/${prefix}`;
    return new ServerError("OBJECT_STORE_REFUSED", message, {
      details: { location: this.location, key: prefix },
    });
  }
}

function conditionOf(version: string | undefined): Record<string, string> {
  return version === undefined ? { "if-none-match": "*" } : { "if-match": version };
}
