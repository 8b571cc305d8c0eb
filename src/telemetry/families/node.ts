import type { Registry } from "../registry.ts";

/** State of the node and of its part of the cluster; read when it is printed. */
export function nodeFamilies(registry: Registry) {
  return {
    /** Labels: state = alive, suspect, dead, failing_over. */
    nodes: registry.read("gauge", "failure_detector_nodes_total", "Nodes by state.", ["state"]),
    lonely: registry.read("gauge", "failure_detector_lonely", "1 if no other node is alive."),
    instance: registry.read(
      "gauge",
      "failure_detector_instance",
      "Start of this process, in milliseconds since the Unix epoch.",
    ),
    partitions: registry.read("gauge", "num_partitions", "Partitions of the cluster."),
    activePartitions: registry.read("gauge", "num_active_partitions", "Replicas on this node."),
    activeLeaders: registry.read(
      "gauge",
      "num_active_partition_leaders",
      "Partitions that this node leads.",
    ),
    diskFreeBytes: registry.read("gauge", "disk_free_bytes", "Free space of the data folder."),
    /** Labels: state = ok, stopped. */
    diskState: registry.read("gauge", "disk_state", "1 for the present state of the log's disk.", [
      "state",
    ]),
    /** Labels: name. */
    poolUsageBytes: registry.read("gauge", "memory_pool_usage_bytes", "Bytes in use, by pool.", [
      "name",
    ]),
    poolCapacityBytes: registry.read(
      "gauge",
      "memory_pool_capacity_bytes",
      "Bytes that a pool may hold.",
      ["name"],
    ),
    /** Labels: peer, such as N2. */
    peerUp: registry.read("gauge", "stet_peer_up", "1 if another node answers.", ["peer"]),
    peerRoundTrip: registry.read("gauge", "stet_peer_rtt_seconds", "Round trip to another node.", [
      "peer",
    ]),
    peerQueuedBytes: registry.read(
      "gauge",
      "stet_peer_queued_bytes",
      "Bytes that have not left for another node.",
      ["peer"],
    ),
    /** Labels: peer; direction = sent, received. */
    peerMessages: registry.read("counter", "stet_peer_messages_total", "Raft messages by peer.", [
      "peer",
      "direction",
    ]),
    peerMessagesDropped: registry.read(
      "counter",
      "raft_messages_dropped_total",
      "Raft messages that did not fit into the queue of a peer.",
      ["peer"],
    ),
    peerCalls: registry.read("counter", "stet_peer_calls_total", "Calls to another node.", [
      "peer",
    ]),
    logLines: registry.read("counter", "stet_log_lines_total", "Lines logged, by level.", [
      "level",
    ]),
  };
}
