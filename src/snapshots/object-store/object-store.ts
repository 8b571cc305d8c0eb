/** An object as it is read. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  /** Changes with every write of the object; for `PutOptions.replaces`. */
  readonly version: string;
}

/** What is known of an object without reading it. */
export interface ObjectEntry {
  readonly key: string;
  readonly bytes: number;
}

/** How an object is written. */
export interface PutOptions {
  /**
   * Writes only if the object is at this version; `undefined` only if there is none. Left out, the
   * object is written whatever is there.
   */
  readonly replaces?: { readonly version: string | undefined };
  /** SHA-256 of the bytes in hexadecimal, where the caller has it already. */
  readonly sha256?: string;
}

/** Keeps objects of bounded size under keys of the form `a/b/c`. */
export interface ObjectStore {
  /** Where it is, for people; without secrets. */
  readonly location: string;
  /**
   * Writes an object as a whole; resolves with its version when it is durable.
   *
   * @throws ServerError `OBJECT_CHANGED` when it is not at the version that `replaces` names,
   *         `OBJECT_STORE_UNAVAILABLE` after the last retry, `OBJECT_STORE_REFUSED`
   */
  put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<string>;
  /**
   * Reads an object; `undefined` when there is none.
   *
   * @param bytesMax a larger object is refused
   * @throws ServerError `OBJECT_STORE_UNAVAILABLE`, `OBJECT_STORE_REFUSED`
   */
  get(key: string, bytesMax: number): Promise<StoredObject | undefined>;
  /** All objects whose key starts with `prefix`, in order of their keys. */
  list(prefix: string): Promise<readonly ObjectEntry[]>;
  /** Removes an object, if there is one. */
  delete(key: string): Promise<void>;
  /** Gives up what is under way. */
  close(): void;
}

/** Objects that one listing may have; more are an error, for nothing here makes so many. */
export const LISTED_OBJECTS_MAX = 200_000;
