// Reads the repository as text: the tidy tests check what is written, not what runs.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import packageDescription from "../../package.json" with { type: "json" };

/** The top of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A file, by its path from the top of the repository. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** The text with comments and the contents of texts blanked; lines and columns stay. */
  readonly code: string;
}

/** One import of a file. */
export interface Import {
  /** As it is written: `./x.ts`, `#model`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** Path of the imported file; `undefined` for packages and builtin modules. */
  readonly target: string | undefined;
}

const SKIPPED_FOLDERS = new Set(["node_modules", ".build", ".stet", "gen"]);

/** All TypeScript below the folders, generated code and installed packages left out. */
export function readSources(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap(listFiles).map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return { path, text, code: blankCommentsAndTexts(text) };
  });
}

function listFiles(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : listFiles(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

const IMPORT = /\b(?:from|import)\s*\(?\s*["']([^"']+)["']|new URL\(["']([^"']+\.ts)["']/g;

/** Every import of a file, static, dynamic, of types, or of a worker's entry file. */
export function importsOf(file: SourceFile): Import[] {
  return [...file.text.matchAll(IMPORT)]
    .filter((match) => !isBlank(file.code, match.index))
    .map(([, plain, url]) => plain ?? url ?? "")
    .map((specifier) => ({ specifier, target: resolve(file.path, specifier) }));
}

function isBlank(code: string, index: number): boolean {
  return code[index] === " ";
}

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return normalize(join(dirname(from), specifier));
  if (!specifier.startsWith("#")) return undefined;
  for (const [alias, path] of Object.entries(packageDescription.imports)) {
    const [before = "", after] = alias.split("*");
    if (after === undefined && alias === specifier) return normalize(path);
    if (after !== undefined && specifier.startsWith(before)) {
      return normalize(path.replace("*", specifier.slice(before.length)));
    }
  }
  return undefined;
}

/** Replaces comments and the contents of texts by spaces, so that words in them do not count. */
export function blankCommentsAndTexts(text: string): string {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/g;
  return text.replaceAll(token, (match) => {
    const isComment = match.startsWith("//") || match.startsWith("/*");
    const kept = isComment ? match : match.slice(1, -1);
    const blank = kept.replaceAll(/[^\n]/g, " ");
    return isComment ? blank : `${match[0]}${blank}${match[0]}`;
  });
}
