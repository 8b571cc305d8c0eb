import type { Registry } from "../registry.ts";

/** What clients see, and how their requests reach the leaders. */
export function ingressFamilies(registry: Registry) {
  return {
    /**
     * Labels: status = admitted, rate-limited (no other label), completed, request_error,
     * invocation_error, ingress_error.
     */
    requests: registry.counter("ingress_requests_total", "Calls and sends by outcome.", [
      "status",
      "rpc_service",
      "rpc_type",
    ]),
    /** Labels: service; type = call, send. Seconds. */
    duration: registry.histogram(
      "ingress_request_duration_seconds",
      "Whole request, as the client sees it.",
      ["rpc_service", "rpc_type"],
    ),
    connectionsOpened: registry.counter(
      "ingress_http_connection_created_total",
      "Client connections opened.",
    ),
    /** Labels: status = success. */
    connectionsClosed: registry.counter(
      "ingress_http_connection_dropped_total",
      "Client connections closed.",
      ["status"],
    ),
    inflight: registry.gauge("ingress_inflight_requests", "Requests being answered."),
    /** Labels: partition; status = completed, routing_error, and others. */
    partitionRequests: registry.counter(
      "invocation_client_requests_total",
      "Requests to partition leaders.",
      ["partition_id", "status"],
    ),
    /** Labels: reason = not_leader, no_leader. */
    reroutes: registry.counter(
      "ingress_reroutes_total",
      "Requests that were sent again to another leader.",
      ["reason"],
    ),
    forwardsSent: registry.counter(
      "stet_partition_forwards_sent_total",
      "Requests that were sent to the leader on another node.",
    ),
    forwardsServed: registry.counter(
      "stet_partition_forwards_served_total",
      "Requests of other nodes that were taken here.",
    ),
    /** Labels: outcome = answered, not_leader, unreachable, refused. */
    forwards: registry.counter(
      "stet_partition_forwards_finished_total",
      "Requests to other nodes by outcome.",
      ["outcome"],
    ),
    forwardDuration: registry.summary(
      "stet_partition_forward_duration_seconds",
      "Requests to other nodes, until their answer.",
    ),
    failoverWait: registry.histogram(
      "ingress_failover_wait_seconds",
      "Time that a request spent waiting for a leader.",
    ),
  };
}
