/** How a try to reach a leader on another node ended. */
export type ForwardOutcome = "answered" | "not-leader" | "unreachable" | "refused";

/** What is counted of requests between nodes. */
export interface RoutingObserver {
  /** A request goes to the leader on another node. */
  onForwarded(): void;
  /** It was answered, or has to be sent elsewhere. */
  onForwardFinished(outcome: ForwardOutcome, durationMs: number): void;
  /** A request of another node was taken. */
  onServed(): void;
  /** A request goes to another leader, or to the same one again. */
  onRerouted(reason: "not_leader" | "no_leader"): void;
  /** A request that had lost its leader, or found none, was taken by one after that time. */
  onLeaderFound(waitMs: number): void;
}

/** Counts nothing. */
export const NO_ROUTING_OBSERVER: RoutingObserver = {
  onForwarded: () => undefined,
  onForwardFinished: () => undefined,
  onServed: () => undefined,
  onRerouted: () => undefined,
  onLeaderFound: () => undefined,
};
