// A file that nothing imports is either an entry point or left over. Tests keep no file alive.
import { expect, test } from "vitest";
import { importsOf, readSources } from "./source-files.ts";

/** Files that are started and not imported. */
const ENTRY_POINTS = new Set(["src/main.ts", "src/introspection/query-worker.ts"]);

test("every file of cluster/ and src/ is reached from an entry point", () => {
  const files = readSources("cluster", "src").filter(({ path }) => !path.endsWith(".d.ts"));
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const waiting = [...ENTRY_POINTS];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = byPath.get(path);
    if (file === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const { target } of importsOf(file)) if (target !== undefined) waiting.push(target);
  }

  const dead = files.filter(({ path }) => !reached.has(path)).map(({ path }) => path);

  expect(dead).toEqual([]);
});

test("every import of a file leads to a file", () => {
  const files = readSources("cluster", "src", "test");
  const paths = new Set(files.map(({ path }) => path));

  const broken = files.flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => target?.endsWith(".ts") && !target.endsWith(".d.ts"))
      .filter(({ target }) => !paths.has(target ?? ""))
      .map(({ specifier }) => `${file.path} imports "${specifier}"`),
  );

  expect(broken).toEqual([]);
});
