import type {
  DiskCallback,
  LogDisk,
  LogFile,
  LogFileInfo,
  Preallocation,
} from "../../cluster/log-store/log-disk.ts";
import type { SimRandom } from "./sim-random.ts";
import type { SimProcess, SimWorld } from "./sim-world.ts";

/** How a simulated disk behaves; all of it may be changed at any time. */
export interface SimDiskFaults {
  /** Refuses what would take more space: files and what makes them longer. */
  isFull: boolean;
  /** Virtual milliseconds of one operation, at least and at most. */
  latencyMs: readonly [number, number];
  /** Fails the next operation with this code. */
  failNext: string | undefined;
}

/** What a process has asked of the disk. */
interface SimOperation {
  readonly needsSpace: boolean;
  carryOut(): void;
  /** Does a part of it, as it may be found after a crash. */
  tear(): void;
}

const SECTOR_BYTES = 512;

/**
 * A disk of one directory. Its contents outlive the process that uses it.
 *
 * A write is durable when its callback comes. A crash loses each write that is under way, wholly,
 * in part (a prefix, or any of its sectors), or not at all. Names change atomically, before or
 * after the crash.
 */
export class SimDisk {
  readonly faults: SimDiskFaults = {
    isFull: false,
    latencyMs: [0.05, 0.3],
    failNext: undefined,
  };
  readonly #world: SimWorld;
  readonly #random: SimRandom;
  #files = new Map<string, SimFileContents>();
  #ongoing = new Set<SimOperation>();

  constructor(world: SimWorld) {
    this.#world = world;
    this.#random = world.random.fork();
  }

  /** The disk as one run of a process sees it. */
  mount(process: SimProcess): LogDisk {
    return {
      list: () => this.#list(),
      open: (name) => this.#open(process, name),
      preallocate: (request, callback) => this.#preallocate(process, request, callback),
      rename: (from, to, callback) => {
        this.#change(process, callback, () => {
          const contents = this.#files.get(from);
          if (contents === undefined) return;
          this.#files.delete(from);
          this.#files.set(to, contents);
        });
      },
      remove: (name, callback) => {
        this.#change(process, callback, () => {
          this.#files.delete(name);
        });
      },
      removeNow: (name) => {
        this.#files.delete(name);
      },
    };
  }

  /** The process has ended; what was under way is lost, or part of it. */
  crash(): void {
    for (const operation of this.#ongoing) operation.tear();
    this.#ongoing.clear();
  }

  /** Loses everything, as a new machine under an old name has. */
  wipe(): void {
    this.#files = new Map();
    this.#ongoing.clear();
  }

  /** Flips one bit of what is written; false if nothing is. */
  flipBit(): boolean {
    const written = [...this.#files.values()].filter((contents) => contents.usedBytes > 0);
    if (written.length === 0) return false;
    const contents = this.#random.pick(written);
    const at = this.#random.nextBelow(contents.usedBytes);
    contents.bytes[at] = (contents.bytes[at] ?? 0) ^ (1 << this.#random.nextBelow(8));
    return true;
  }

  /** Files and their sizes. */
  list(): readonly LogFileInfo[] {
    return this.#list();
  }

  #list(): LogFileInfo[] {
    return [...this.#files].map(([name, { bytes }]) => ({ name, bytes: bytes.length }));
  }

  #open(process: SimProcess, name: string): LogFile {
    const contents = this.#files.get(name) ?? new SimFileContents();
    this.#files.set(name, contents);
    return {
      write: (bytes, position, callback) => {
        const data = bytes.slice();
        this.#operate(process, callback, {
          needsSpace: position + data.length > contents.bytes.length,
          carryOut: () => contents.write(data, position),
          tear: () => this.#tearWrite(contents, data, position),
        });
      },
      read: (position, length) => contents.read(position, length),
      close: () => undefined,
    };
  }

  #preallocate(process: SimProcess, request: Preallocation, callback: DiskCallback): void {
    const contents = new SimFileContents();
    this.#files.set(request.name, contents);
    const done: DiskCallback = (error) => {
      if (error) this.#files.delete(request.name);
      callback(error);
    };
    const carryOut = (): void => contents.grow(request.bytes);
    this.#operate(process, done, { needsSpace: true, carryOut, tear: () => undefined });
  }

  /** A change of names: done or not done. */
  #change(process: SimProcess, callback: DiskCallback, carryOut: () => void): void {
    const tear = (): void => (this.#random.oneIn(2) ? carryOut() : undefined);
    this.#operate(process, callback, { needsSpace: false, carryOut, tear });
  }

  #operate(process: SimProcess, callback: DiskCallback, operation: SimOperation): void {
    this.#ongoing.add(operation);
    const [least, most] = this.faults.latencyMs;
    const latencyMs = least + (most - least) * (this.#random.nextBelow(1000) / 1000);
    this.#world.after(latencyMs, () => {
      // A frozen process has its writes finished all the same: they are in the kernel's hands.
      if (!this.#ongoing.delete(operation)) return;
      const error = this.#nextError(operation.needsSpace);
      if (error === undefined) operation.carryOut();
      process.after(0, () => callback(error));
    });
  }

  #nextError(needsSpace: boolean): NodeJS.ErrnoException | undefined {
    const isRefused = needsSpace && this.faults.isFull;
    const code = this.faults.failNext ?? (isRefused ? "ENOSPC" : undefined);
    this.faults.failNext = undefined;
    if (code === undefined) return undefined;
    return Object.assign(new Error(`${code}: simulated`), { code });
  }

  #tearWrite(contents: SimFileContents, data: Uint8Array, position: number): void {
    const kind = this.#random.nextBelow(4);
    if (kind === 0) return;
    if (kind === 1) {
      contents.write(data, position);
      return;
    }
    for (let at = 0; at < data.length; at += SECTOR_BYTES) {
      if (this.#random.oneIn(2)) {
        contents.write(data.subarray(at, at + SECTOR_BYTES), position + at);
      } else if (kind === 2) {
        return;
      }
    }
  }
}

class SimFileContents {
  bytes = new Uint8Array(0);
  /** Bytes up to the end of the last write. */
  usedBytes = 0;

  write(data: Uint8Array, position: number): void {
    this.grow(position + data.length);
    this.bytes.set(data, position);
    this.usedBytes = Math.max(this.usedBytes, position + data.length);
  }

  read(position: number, length: number): Uint8Array {
    return this.bytes.slice(position, position + length);
  }

  grow(length: number): void {
    if (length <= this.bytes.length) return;
    const grown = new Uint8Array(length);
    grown.set(this.bytes);
    this.bytes = grown;
  }
}
