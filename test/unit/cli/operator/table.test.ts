import { expect, test } from "vitest";

import { renderTable } from "../../../../src/cli/operator/table.ts";

test("columns are as wide as their widest cell, and numbers stand to the right", () => {
  const text = renderTable(
    ["NODE", "LEADERS", "NAME"],
    [
      ["N1", 8, "first"],
      ["N10", 12, "b"],
    ],
  );

  expect(text.split("\n")).toEqual([
    "NODE  LEADERS  NAME",
    "N1          8  first",
    "N10        12  b",
  ]);
});

test("what is not known is a dash, and yes and no are words", () => {
  const text = renderTable(
    ["A", "B", "C"],
    [
      [undefined, true, ""],
      [3, false, "x"],
    ],
  );

  expect(text.split("\n")).toEqual(["A  B    C", "-  yes  -", "3  no   x"]);
});

test("a table without rows is its header", () => {
  expect(renderTable(["ID", "NODE"], [])).toBe("ID  NODE");
});
