import type { Registry } from "../registry.ts";

/** Attempts, and the connections that carry them. */
export function invokerFamilies(registry: Registry) {
  return {
    /** Labels: status = started, completed, suspended, failed; partition; transient if failed. */
    attempts: registry.counter("invoker_invocation_tasks_total", "Attempts by outcome.", [
      "status",
      "partition_id",
      "transient",
    ]),
    attemptDuration: registry.summary("invoker_task_duration_seconds", "Length of attempts."),
    enqueued: registry.counter("invoker_enqueue_total", "Attempts asked for.", ["partition_id"]),
    concurrencyLimit: registry.read("gauge", "invoker_concurrency_limit", "Attempts that may run."),
    slotsAcquired: registry.counter("invoker_concurrency_slots_acquired", "Attempts let in."),
    slotsReleased: registry.counter("invoker_concurrency_slots_released", "Attempts let out."),
    waiting: registry.read("gauge", "stet_invoker_waiting", "Attempts that wait for a slot."),
    invocations: registry.read(
      "gauge",
      "stet_invoker_invocations",
      "Invocations with the invoker: running, waiting for a slot, or for a retry.",
    ),
    /** Labels: type, such as Http/bidi-stream; status code. */
    requests: registry.counter("invoker_client_requests_total", "Answers of deployments.", [
      "type",
      "status_code",
    ]),
    sentBytes: registry.counter("invoker_sent_bytes_total", "Bytes to deployments.", ["type"]),
    receivedBytes: registry.counter("invoker_received_bytes_total", "Bytes from deployments.", [
      "type",
    ]),
    eagerStateTruncated: registry.counter(
      "invoker_eager_state_truncated_total",
      "Attempts that started with a part of the state.",
    ),
  };
}

/** Connections to deployments. */
export function connectionFamilies(registry: Registry) {
  const counter = (name: string, help: string) => registry.counter(`connection_pool_${name}`, help);
  const summary = (name: string, help: string) =>
    registry.poolSummary(`connection_pool_${name}`, help);
  return {
    connectionsOpened: counter("connection_opened_total", "Connections to deployments."),
    connectionsClosed: counter("connection_closed_total", "Connections closed."),
    connectionsFailed: counter("connection_open_failed_total", "Connections that failed to open."),
    streamsOpened: counter("stream_opened_total", "Streams to deployments."),
    streamsClosed: counter("stream_closed_total", "Streams closed."),
    streamsFailed: counter("stream_open_failed_total", "Streams that got no connection."),
    acquireDuration: summary("acquire_stream_duration_seconds", "Wait for a free stream."),
    streamDuration: summary("stream_duration_seconds", "Length of streams."),
    utilization: summary(
      "connection_utilization",
      "Share of the streams of a connection in use, as each stream starts.",
    ),
  };
}
