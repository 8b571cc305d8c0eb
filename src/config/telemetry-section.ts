import { choice, text, textMap, toggle } from "./leaf.ts";

/** Logs, metrics and traces; root section. */
export const telemetryShape = {
  "log-filter": text()
    .default("warn,stet=info")
    .describe("Levels by target, such as warn,stet=debug."),
  "log-format": choice(["pretty", "compact", "json"])
    .optional()
    .describe("Form of a line; pretty on a terminal and json elsewhere when unset."),
  "log-disable-ansi-codes": toggle().default(false).describe("No colours."),
  "disable-prometheus": toggle().default(false).describe("Record no metrics; /metrics stays up."),
  "tracing-endpoint": text().optional().describe("Collector of invocation spans."),
  "tracing-services-endpoint": text().optional().describe("The same, for invocation spans alone."),
  "tracing-runtime-endpoint": text().optional().describe("The same, for spans of the server."),
  "tracing-filter": text().default("info").describe("Which spans are recorded."),
  "tracing-headers": textMap().default({}).describe("Headers for the collector."),
};
