import { describe, expect, test } from "vitest";
import { parseVariable } from "../../../src/config/environment.ts";

describe("the value of a variable", () => {
  test.each([
    ["plain text", "plain text"],
    ["24", "24"],
    ['"quoted [text]"', "quoted [text]"],
    ["[worker,http-ingress]", ["worker", "http-ingress"]],
    ['["http://a:5122", "http://b:5122"]', ["http://a:5122", "http://b:5122"]],
    ["[]", []],
    ["{node: 2, zone: 1}", { node: "2", zone: "1" }],
    ['{a: [x, {"b c" = "d"}]}', { a: ["x", { "b c": "d" }] }],
  ])("%s is read as a literal", (text, expected) => {
    expect(parseVariable(text)).toEqual(expected);
  });

  test.each(["[a, b", "{a: b", "{a}", '"open', "[a] b"])("%s is refused", (text) => {
    expect(() => parseVariable(text)).toThrow("Expected");
  });
});
