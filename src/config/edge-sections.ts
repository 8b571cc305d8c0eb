import { z } from "zod";
import { byteSize, integer, list, text, toggle } from "./leaf.ts";
import { listenerShape } from "./listener-section.ts";

/** `[ingress]`: how requests enter. */
export const ingressSection = z
  .strictObject({
    ...listenerShape,
    "concurrent-api-requests-limit": integer({ min: 1 })
      .optional()
      .describe("Requests in flight; more are refused with 429."),
    "request-size-limit": byteSize()
      .optional()
      .describe("Largest request body; networking.message-size-limit when unset."),
    "http2-max-concurrent-streams": integer({ min: 1 })
      .default(200)
      .describe("Streams of one HTTP/2 connection."),
  })
  .prefault({});

/** `[admin]`: operations, and SQL over live state. */
export const adminSection = z
  .strictObject({
    ...listenerShape,
    "concurrent-api-requests-limit": integer({ min: 1 })
      .optional()
      .describe("Requests in flight; more are refused with 429."),
    "disable-web-ui": toggle().default(false).describe("Do not serve /ui."),
    "deployment-routing-headers": list(text())
      .default([])
      .describe("Headers that tell two deployments at one URL apart."),
    "query-engine": z
      .strictObject({
        "memory-size": byteSize().default(1_073_741_824).describe("Memory of SQL queries."),
        "tmp-dir": text()
          .optional()
          .describe("Where queries spill to; the system's folder when unset."),
      })
      .prefault({}),
  })
  .prefault({});

/** `[networking]`: traffic between nodes; its message limit caps the limits of all components. */
export const networkingSection = z
  .strictObject({
    "message-size-limit": byteSize({ min: 1_024 })
      .default(33_554_432)
      .describe("Largest message; caps every other message limit."),
  })
  .prefault({});
