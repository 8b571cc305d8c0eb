import { ServerError } from "#errors";
import type {
  ObjectStore,
  PutOptions,
  StoredObject,
} from "../../../src/snapshots/object-store/object-store.ts";

/** Objects in memory, and whatever goes wrong with them. */
export class MemoryStore implements ObjectStore {
  readonly location = "memory";
  readonly objects = new Map<string, StoredObject>();
  readonly puts: string[] = [];
  /** Called before a write; throws what the write fails with. */
  onPut: ((key: string) => void | Promise<void>) | undefined;
  /** Called after a write; throws what its answer is lost with. */
  onWritten: ((key: string) => void) | undefined;
  #writes = 0;

  async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<string> {
    await this.onPut?.(key);
    const { replaces } = options;
    if (replaces !== undefined && this.objects.get(key)?.version !== replaces.version) {
      throw new ServerError("OBJECT_CHANGED", "Changed", { details: { key } });
    }
    const version = `v${++this.#writes}`;
    this.puts.push(key);
    this.objects.set(key, { bytes: bytes.slice(), version });
    this.onWritten?.(key);
    return version;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    return this.objects.get(key);
  }

  async list(prefix: string) {
    return this.keys(prefix).map((key) => ({
      key,
      bytes: this.objects.get(key)?.bytes.length ?? 0,
    }));
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }

  close(): void {}

  keys(prefix = ""): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  json(key: string): Record<string, unknown> {
    return JSON.parse(new TextDecoder().decode(this.objects.get(key)?.bytes));
  }

  /** Flips one bit of an object. */
  damage(key: string, position: number): void {
    const { bytes, version } = this.objects.get(key) as StoredObject;
    bytes[position] = (bytes[position] as number) ^ 1;
    this.objects.set(key, { bytes, version });
  }
}

/** The error of a store that cannot be reached. */
export function unavailable(): ServerError {
  return new ServerError("OBJECT_STORE_UNAVAILABLE", "Gone", {
    details: { location: "memory", key: "" },
  });
}
