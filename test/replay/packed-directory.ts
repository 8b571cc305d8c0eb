/** A data directory as one compressed file. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

/** What every node makes anew: locks, and what RocksDB says about itself. */
const LEFT_OUT = /(^|\/)(LOCK|LOG|LOG\.old\..*|.*\.lock|.*\.sock|spare\.log|preparing\.tmp)$/;

/** Packs all files below a directory. */
export function packDirectory(directory: string): Uint8Array {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((name) => !LEFT_OUT.test(name))
    .sort();
  const contents = files.map((name) => [name, readFileSync(join(directory, name), "base64")]);
  return gzipSync(JSON.stringify(Object.fromEntries(contents)), { level: 9 });
}

/** Writes the files of a packed directory below `directory`. */
export function unpackDirectory(packed: Uint8Array, directory: string): void {
  const files = JSON.parse(gunzipSync(packed).toString()) as Record<string, string>;
  for (const [name, contents] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, contents, "base64");
  }
}
