// Reads every import of `cluster/` and `src/` and checks it against the table in layer-table.ts.
import { describe, expect, test } from "vitest";
import packageDescription from "../../package.json" with { type: "json" };
import { isComposition, LAYERS, layerOf, NATIVE_OWNERS } from "./layer-table.ts";
import type { Import, SourceFile } from "./source-files.ts";
import { importsOf, readSources } from "./source-files.ts";

const files = readSources("cluster", "src");

/** Targets of the aliases. A folder without one is internal to the boundary around it. */
const ALIASED = Object.values(packageDescription.imports);

describe("imports", () => {
  test("every file belongs to a row of the table", () => {
    const strays = files.filter(({ path }) => layerOf(path) === undefined);

    expect(strays.map(({ path }) => path)).toEqual([]);
  });

  test.each(LAYERS)("$folder imports only what its row lists", ({ folder }) => {
    const own = files.filter(({ path }) => layerOf(path)?.folder === folder);

    const broken = own.flatMap((file) =>
      importsOf(file).map((imported) => findBrokenRule(file, imported)),
    );

    expect(broken.filter((rule) => rule !== undefined)).toEqual([]);
  });

  test("a rule is broken by an upward import, a detour around an alias, and a missing file", () => {
    const from = (path: string, specifier: string, target: string) =>
      findBrokenRule({ path, text: "", code: "" }, { specifier, target });

    expect(from("cluster/raft/raft.ts", "#model", "src/model/index.ts")).toContain(
      "may not import",
    );
    expect(from("src/admin/a.ts", "../errors.ts", "src/errors.ts")).toContain("through its alias");
    expect(from("src/admin/a.ts", "#errors", "src/errors.ts")).toBeUndefined();
  });
});

function findBrokenRule(file: SourceFile, imported: Import): string | undefined {
  const { specifier, target } = imported;
  const where = `${file.path} imports "${specifier}"`;
  const nativeOwner = NATIVE_OWNERS.get(specifier);
  if (nativeOwner !== undefined && nativeOwner !== file.path) {
    return `${where}: only ${nativeOwner} loads it`;
  }
  if (target === undefined || target.endsWith("package.json")) return undefined;
  if (target.startsWith("proto/gen/")) {
    const isEdge = file.path.endsWith("-codec.ts") || file.path.includes("/grpc/");
    return isEdge ? undefined : `${where}: generated code stops at …-codec.ts files and grpc/`;
  }

  const source = layerOf(file.path);
  const destination = layerOf(target);
  if (source === undefined || destination === undefined) return `${where}: outside of the table`;
  if (source.folder === destination.folder) return undefined;
  const isOwnPart = destination.folder.startsWith(`${source.folder}/`);
  if (!isOwnPart && !source.imports.includes(destination.folder)) {
    return `${where}: ${source.folder} may not import ${destination.folder}`;
  }
  const hasAlias = ALIASED.some((path) => path.startsWith(`./${destination.folder}`));
  if (specifier.startsWith(".") && hasAlias && !isOwnPart && !isComposition(source)) {
    return `${where}: import ${destination.folder} through its alias`;
  }
  return undefined;
}
