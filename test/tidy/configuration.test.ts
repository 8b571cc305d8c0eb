// Every value of the configuration is read by what puts a node together, or its keys are listed as
// having no effect, so that nobody sets one in vain without being told.
import { expect, test } from "vitest";
import { KNOWN_KEYS } from "../../src/config/schema.ts";
import { FIELDS_WITHOUT_EFFECT, hasNoEffect } from "../../src/config/without-effect.ts";
import { readSources } from "./source-files.ts";

const FIELD = /^ {2}readonly ([a-zA-Z0-9]+)\??:/gm;

test("every value of the configuration is read or listed as without effect", () => {
  const files = readSources("src");
  const configuration = files.find(({ path }) => path === "src/config/configuration.ts");
  const readers = files.filter(({ path }) => /^src\/(telemetry\/)?[^/]+$/.test(path));
  const fields = [...(configuration?.code ?? "").matchAll(FIELD)].map(([, field = ""]) => field);

  const unread = new Set(fields).difference(
    new Set(readers.flatMap(({ code }) => code.match(/\b[a-zA-Z0-9]+\b/g) ?? [])),
  );

  expect([...unread].sort()).toEqual([...FIELDS_WITHOUT_EFFECT].sort());
});

test("what is listed as without effect are keys that exist", () => {
  const known = [...KNOWN_KEYS.keys()].filter(hasNoEffect);

  expect(known.length).toBeGreaterThanOrEqual(FIELDS_WITHOUT_EFFECT.length);
});
