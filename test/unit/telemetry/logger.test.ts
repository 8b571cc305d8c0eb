import { describe, expect, test } from "vitest";
import { createLogger } from "../../../src/telemetry/logger.ts";

function collect(options: { logFilter?: string; logFormat?: "pretty" | "compact" | "json" } = {}) {
  const lines: { readonly level: string; readonly line: string }[] = [];
  const logger = createLogger({
    logFilter: options.logFilter ?? "warn,stet=info",
    logFormat: options.logFormat ?? "json",
    ansiCodes: false,
    isTerminal: false,
    write: (level, line) => lines.push({ level, line }),
  });
  return { logger, lines };
}

describe("a logger", () => {
  test("writes one JSON object per line, with the fields of the original", () => {
    const { logger, lines } = collect();

    logger.child({ component: "invoker", partition: 3 }).warn("Attempt failed", { attempt: 2n });

    expect(JSON.parse(lines[0]?.line ?? "")).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: "WARN",
      target: "stet::invoker",
      fields: { message: "Attempt failed", partition_id: 3, attempt: "2" },
    });
    expect(lines[0]?.line.endsWith("}\n")).toBe(true);
  });

  test("gives facts the original's names where machines read, short ones elsewhere", () => {
    const fields = {
      invocationId: "inv_1",
      deploymentId: "dp_1",
      errorCode: "RT0007",
      none: undefined,
    };
    const json = collect();
    const compact = collect({ logFormat: "compact" });
    const pretty = collect({ logFormat: "pretty" });

    for (const { logger } of [json, compact, pretty]) logger.info("Failed", fields);

    expect(JSON.parse(json.lines[0]?.line ?? "").fields).toEqual({
      message: "Failed",
      "restate.invocation.id": "inv_1",
      "restate.deployment.id": "dp_1",
      "restate.error.code": "RT0007",
    });
    expect(compact.lines[0]?.line).toMatch(
      /^\d{4}-\S+Z {2}INFO stet::node: Failed restate\.invocation\.id=inv_1 restate\.deploy/,
    );
    expect(pretty.lines[0]?.line).toContain("Failed invocationId=inv_1 deploymentId=dp_1");
  });

  test("tells of every line that passes its filter", () => {
    const levels: string[] = [];
    const logger = createLogger({
      logFilter: "info",
      logFormat: "json",
      ansiCodes: false,
      isTerminal: false,
      onLine: (level) => levels.push(level),
      write: () => {},
    });

    logger.debug("Hidden");
    logger.info("Shown");
    logger.error("Shown");

    expect(levels).toEqual(["info", "error"]);
  });

  test("passes what its filter lets through, by component and for children of children", () => {
    const { logger, lines } = collect({ logFilter: "error,invoker=debug" });

    logger.info("Hidden");
    logger.child({ component: "ingress" }).warn("Hidden");
    logger.child({ component: "invoker" }).child({ partition: 1 }).debug("Shown");

    expect(lines.map(({ level }) => level)).toEqual(["debug"]);
  });

  test("prints errors with code, details and cause", () => {
    const { logger, lines } = collect();
    const error = Object.assign(new Error("Outer", { cause: new Error("Inner") }), { code: "X" });

    logger.error("Failed", { error });

    expect(JSON.parse(lines[0]?.line ?? "").fields.error).toMatchObject({
      message: "Outer",
      code: "X",
      cause: { message: "Inner" },
    });
  });

  test("prints for people on one line, with stacks below", () => {
    const { logger, lines } = collect({ logFormat: "pretty" });
    const error = new Error("Broken pipe");

    logger.info("Listening", { url: "http://[::]:8080", note: "two words" });
    logger.error("Failed", { error });

    expect(lines[0]?.line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}INFO node: /);
    expect(lines[0]?.line.slice("00:00:00.000".length)).toBe(
      '  INFO node: Listening url="http://[::]:8080" note="two words"\n',
    );
    expect(lines[1]?.line).toMatch(
      /ERROR node: Failed error="Broken pipe"\n {4}Error: Broken pipe/,
    );
  });
});
