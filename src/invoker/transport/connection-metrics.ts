import type { Counter, Summary } from "#base/metric";

/** Where transports count connections and streams. Durations are in seconds. */
export interface ConnectionMetrics {
  readonly connectionsOpened: Counter;
  readonly connectionsClosed: Counter;
  /** Connections that never became usable. */
  readonly connectionsFailed: Counter;
  readonly streamsOpened: Counter;
  readonly streamsClosed: Counter;
  /** Streams that failed before a connection took them. */
  readonly streamsFailed: Counter;
  /** Time that a stream waited for a connection. */
  readonly acquireDuration: Summary;
  readonly streamDuration: Summary;
  /** Share of a connection's streams in use, as each stream starts. */
  readonly utilization: Summary;
}

const NO_COUNTER: Counter = { add: () => {} };
const NO_SUMMARY: Summary = { observe: () => {} };

/** Metrics that go nowhere. */
export const NO_CONNECTION_METRICS: ConnectionMetrics = {
  connectionsOpened: NO_COUNTER,
  connectionsClosed: NO_COUNTER,
  connectionsFailed: NO_COUNTER,
  streamsOpened: NO_COUNTER,
  streamsClosed: NO_COUNTER,
  streamsFailed: NO_COUNTER,
  acquireDuration: NO_SUMMARY,
  streamDuration: NO_SUMMARY,
  utilization: NO_SUMMARY,
};
