import { describe, expect, test } from "vitest";
import { parseLogFilter } from "../../../src/telemetry/log-filter.ts";

describe("a log filter", () => {
  test.each([
    ["warn,stet=info", "ingress", "info"],
    ["warn,restate=debug", "ingress", "debug"],
    ["debug", "ingress", "debug"],
    ["info,stet::ingress=trace", "ingress", "trace"],
    ["info,ingress=off", "ingress", "off"],
    ["info,restate_ingress_http::api=debug", "ingress", "debug"],
    ["info,restate_bifrost=debug", "raft", "debug"],
    ["stet=info,restate_invoker=debug", "partition", "info"],
    ["WARN,hyper=trace", "ingress", "warn"],
    ["nonsense,a=b", "ingress", "info"],
    ["", "ingress", "info"],
  ])("%j gives %s the level %s", (filter, component, level) => {
    expect(parseLogFilter(filter).levelOf(component)).toBe(level);
  });
});
