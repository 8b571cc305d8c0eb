import { z } from "zod";
import { byteSize, choice, decimal, duration, integer, text, textMap } from "./leaf.ts";

/** `[worker.invoker]`: streams to deployments. */
export const invokerSection = z
  .strictObject({
    transport: choice(["own", "node"])
      .default("own")
      .describe("HTTP/2 client: own is the built-in framing, node is node:http2. Stet only."),
    "inactivity-timeout": duration()
      .default(60_000)
      .describe("Silence after which a handler is asked to suspend."),
    "abort-timeout": duration()
      .default(600_000)
      .describe("Grace after that, then the attempt is cut."),
    "concurrent-invocations-limit": integer({ min: 1 })
      .default(1_000)
      .describe("Attempts running on this node."),
    "message-size-warning": byteSize()
      .default(10_485_760)
      .describe("Size from which a message is logged."),
    "message-size-limit": byteSize()
      .optional()
      .describe("Largest journal message; networking.message-size-limit when unset."),
    "eager-state-size-limit": byteSize()
      .optional()
      .describe("State sent with the start message; 0 sends none."),
    "memory-limit": byteSize()
      .default(1_610_612_736)
      .describe("Journal and state bytes in flight on this node."),
    "per-invocation-memory-limit": byteSize()
      .optional()
      .describe("The same of one invocation; the message limit when unset."),
    "per-invocation-initial-memory": byteSize()
      .default(32_768)
      .describe("Reserved before an attempt starts."),
    "max-awaited-future-depth": integer({ min: 1 })
      .default(1_000)
      .describe("Nesting of awaited combinators."),
    "connect-timeout": duration({ min: 1 }).default(10_000).describe("Connecting to a deployment."),
    "http2-keep-alive-interval": duration()
      .default(40_000)
      .describe("Time between two pings; 0s sends none."),
    "http2-keep-alive-timeout": duration().default(20_000).describe("Time a ping may take."),
    "http2-keep-alive-jitter": decimal({ min: 0, max: 1 })
      .default(0.2)
      .describe("Share by which the interval is varied."),
    "http2-streams-per-connection-limit": integer({ min: 1 })
      .default(128)
      .describe("Attempts per connection."),
    "http2-idle-connection-timeout": duration()
      .default(300_000)
      .describe("Close an unused connection after this; 0s never."),
    "http2-initial-stream-window-size": byteSize({ min: 65_535 })
      .default(2_097_152)
      .describe("Flow-control window of a stream."),
    "http2-initial-connection-window-size": byteSize({ min: 65_535 })
      .default(5_242_880)
      .describe("Flow-control window of a connection."),
    "http2-max-frame-size": byteSize({ min: 16_384, max: 16_777_215 })
      .default(16_384)
      .describe("Largest frame accepted."),
    "additional-request-headers": textMap()
      .optional()
      .describe("Headers of every request to a deployment."),
    "request-identity-private-key-pem-file": text()
      .optional()
      .describe("Ed25519 key; signs requests to deployments."),
    "request-identity-expiration": duration({ min: 1_000 })
      .default(60_000)
      .describe("Validity of such a signature."),
  })
  .prefault({});
