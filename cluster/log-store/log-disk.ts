import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsync,
  fsyncSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readSync,
  rename,
  statSync,
  unlink,
  unlinkSync,
  write,
} from "node:fs";
import { join } from "node:path";

/** Called once with the failure, or without an argument. */
export type DiskCallback = (error?: NodeJS.ErrnoException | null) => void;

/** A file of the log, open for durable writes. */
export interface LogFile {
  /** Writes all bytes at `position`; the callback means: durable. One write at a time. */
  write(bytes: Uint8Array, position: number, callback: DiskCallback): void;
  /** Reads up to `length` bytes; fewer at the end of the file. */
  read(position: number, length: number): Uint8Array;
  close(): void;
}

/** A file found in the log's directory. */
export interface LogFileInfo {
  readonly name: string;
  readonly bytes: number;
}

/** A file to fill with zeros. */
export interface Preallocation {
  readonly name: string;
  readonly bytes: number;
  /** Asked now and then; once true, the rest is left out and the file is worthless. */
  isCancelled(): boolean;
}

/** The disk below the log: an interface, so that simulations and fault tests bring their own. */
export interface LogDisk {
  /** All files of the directory. */
  list(): LogFileInfo[];
  /** Opens a file, which is created when it is missing. */
  open(name: string): LogFile;
  /** Creates a file of zeros whose blocks are allocated and durable. */
  preallocate(request: Preallocation, callback: DiskCallback): void;
  /** Renames durably. */
  rename(from: string, to: string, callback: DiskCallback): void;
  remove(name: string, callback: DiskCallback): void;
  /** Removes at once, at start-up. */
  removeNow(name: string): void;
}

const PREALLOCATE_CHUNK_BYTES = 256 * 1024;
const FILE_MODE = 0o600;

/** The real disk. Every callback runs in a later turn of the event loop. */
export class DirectoryLogDisk implements LogDisk {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  list(): LogFileInfo[] {
    return readdirSync(this.#directory).flatMap((name) => {
      // A removal that is under way may come in between.
      const found = statSync(this.#path(name), { throwIfNoEntry: false });
      return found === undefined ? [] : { name, bytes: found.size };
    });
  }

  open(name: string): LogFile {
    return new DurableFile(this.#path(name));
  }

  preallocate(request: Preallocation, callback: DiskCallback): void {
    const path = this.#path(request.name);
    open(path, "w", FILE_MODE, (error, descriptor) => {
      if (error !== null) return callback(error);
      writeZeros(descriptor, request, (writeError) => {
        close(descriptor, () => {
          if (!writeError) return callback();
          // Zeros up to the last free byte would leave nothing to the store on the same disk.
          unlink(path, () => callback(writeError));
        });
      });
    });
  }

  rename(from: string, to: string, callback: DiskCallback): void {
    rename(this.#path(from), this.#path(to), (error) => {
      if (error !== null) return callback(error);
      this.#syncDirectory(callback);
    });
  }

  remove(name: string, callback: DiskCallback): void {
    unlink(this.#path(name), callback);
  }

  removeNow(name: string): void {
    unlinkSync(this.#path(name));
  }

  #syncDirectory(callback: DiskCallback): void {
    open(this.#directory, "r", (error, descriptor) => {
      if (error !== null) return callback(error);
      fsync(descriptor, (syncError) => close(descriptor, () => callback(syncError)));
    });
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

/**
 * Written with `O_DSYNC`: one trip to the thread pool makes a write durable. Measured against
 * `write` then `fdatasync`: three quarters of the processor time and of the latency.
 */
class DurableFile implements LogFile {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(
      path,
      constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC,
      FILE_MODE,
    );
  }

  write(bytes: Uint8Array, position: number, callback: DiskCallback): void {
    write(this.#descriptor, bytes, 0, bytes.length, position, (error, written) => {
      if (error !== null) return callback(error);
      if (written === bytes.length) return callback();
      if (written === 0) return callback(new Error("A write to the log made no progress"));
      this.write(bytes.subarray(written), position + written, callback);
    });
  }

  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = readSync(this.#descriptor, bytes, done, length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Opens the directory of a disk, which is created when it is missing. */
export function createLogDisk(directory: string): LogDisk {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  syncDirectoryNow(directory);
  return new DirectoryLogDisk(directory);
}

/** Makes a directory's entries durable, at start-up. */
export function syncDirectoryNow(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Small chunks, each synced, so that the log's own writes are not stuck behind a large one. */
function writeZeros(descriptor: number, request: Preallocation, callback: DiskCallback): void {
  const { bytes } = request;
  const zeros = new Uint8Array(Math.min(bytes, PREALLOCATE_CHUNK_BYTES));
  let position = 0;
  const next = (error?: NodeJS.ErrnoException | null): void => {
    if (error || position >= bytes || request.isCancelled()) {
      callback(error);
      return;
    }
    const length = Math.min(zeros.length, bytes - position);
    write(descriptor, zeros, 0, length, position, (writeError, written) => {
      if (writeError !== null) return callback(writeError);
      position += written;
      fdatasync(descriptor, next);
    });
  };
  next();
}
