import { ClusterError } from "#base/cluster-error";
import type { DirectoryFiles } from "../../../cluster/membership/directory-files.ts";

/** The small files of a data directory; they outlive processes, and are replaced as a whole. */
export class SimFiles {
  readonly path: string;
  #texts = new Map<string, string>();
  #holder: symbol | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Locks the directory, as one run of a process does. */
  open(): DirectoryFiles {
    if (this.#holder !== undefined) {
      throw new ClusterError("DATA_DIRECTORY_LOCKED", `"${this.path}" is in use`);
    }
    const holder = Symbol(this.path);
    this.#holder = holder;
    return {
      path: this.path,
      list: () => [...this.#texts.keys()],
      read: (name) => this.#texts.get(name),
      write: (name, text) => {
        if (this.#holder === holder) this.#texts.set(name, text);
      },
      release: () => {
        if (this.#holder === holder) this.#holder = undefined;
      },
    };
  }

  /** The process has ended. */
  crash(): void {
    this.#holder = undefined;
  }

  wipe(): void {
    this.#texts = new Map();
    this.#holder = undefined;
  }
}
