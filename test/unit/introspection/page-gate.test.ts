import { expect, test } from "vitest";
import { PageGate } from "../../../src/introspection/page-gate.ts";

test("steps run one at a time, in the order in which they asked", async () => {
  const gate = new PageGate(60_000);
  const seen: string[] = [];
  const step = (name: string) =>
    gate.run(async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
      return name;
    });

  const names = await Promise.all([step("a"), step("b"), step("c")]);

  expect(names).toEqual(["a", "b", "c"]);
  expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("a step that fails passes its turn on", async () => {
  const gate = new PageGate(60_000);

  await expect(gate.run(() => Promise.reject(new Error("lost")))).rejects.toThrow("lost");

  expect(await gate.run(() => Promise.resolve(1))).toBe(1);
});

test("a step that hangs does not hold up the others", async () => {
  const gate = new PageGate(1);

  void gate.run(() => new Promise(() => {}));

  expect(await gate.run(() => Promise.resolve(1))).toBe(1);
});
