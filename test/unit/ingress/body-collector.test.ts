import { expect, test } from "vitest";
import { BodyError } from "../../../src/ingress/server-exchange.ts";
import { BodyBudget } from "../../../src/ingress/transport/body-budget.ts";
import { BodyCollector } from "../../../src/ingress/transport/body-collector.ts";

function collectors(bytesMax: number) {
  const budget = new BodyBudget(bytesMax);
  const create = () => new BodyCollector({ requestBytesMax: 100, budget });
  return { budget, create };
}

test("bodies that arrive share a budget, and what does not fit is refused as overload", async () => {
  const { budget, create } = collectors(150);
  const first = create();
  const second = create();

  first.add(new Uint8Array(100));

  expect(second.add(new Uint8Array(51))).toBe(false);
  await expect(second.read()).rejects.toEqual(new BodyError("overloaded"));
  expect(budget.heldBytes).toBe(100);
});

test.each([
  ["is read when it is complete", ["end", "read"]],
  ["completes while it is awaited", ["read", "end"]],
  ["is never read", ["end", "discard"]],
  ["is discarded while it arrives", ["discard"]],
  ["breaks off", ["fail"]],
  ["becomes too large", ["grow"]],
] as const)("a body that %s gives back its part of the budget", (_case, steps) => {
  const { budget, create } = collectors(500);
  const body = create();
  body.add(new Uint8Array(1));
  body.add(new Uint8Array(2));

  for (const step of steps) {
    if (step === "fail") body.fail("aborted");
    else if (step === "grow") body.add(new Uint8Array(99));
    else body[step]();
  }
  body.add(new Uint8Array(7));
  body.discard();

  expect(budget.heldBytes).toBe(0);
});
