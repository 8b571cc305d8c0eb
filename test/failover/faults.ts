/** What happens to a node, and how it comes back. */
import type { TestCluster } from "./cluster.ts";

/** Names of faults, as options and reports show them. */
export const FAULTS = ["kill", "stop", "freeze", "cut"] as const;

export type FaultName = (typeof FAULTS)[number];

/** How to apply a fault. */
export interface Fault {
  readonly name: FaultName;
  readonly title: string;
  /** Strikes; returns at once. */
  apply(cluster: TestCluster, victim: number): void;
  /** Undoes it; resolves once the node runs again, which may take it a while to notice. */
  undo(cluster: TestCluster, victim: number): Promise<void>;
}

const faults: Readonly<Record<FaultName, Fault>> = {
  kill: {
    name: "kill",
    title: "SIGKILL",
    apply: (cluster, victim) => cluster.signal(victim, "SIGKILL"),
    undo: restart,
  },
  stop: {
    name: "stop",
    title: "SIGTERM",
    apply: (cluster, victim) => cluster.signal(victim, "SIGTERM"),
    undo: restart,
  },
  freeze: {
    name: "freeze",
    title: "SIGSTOP",
    apply: (cluster, victim) => cluster.signal(victim, "SIGSTOP"),
    undo: async (cluster, victim) => cluster.signal(victim, "SIGCONT"),
  },
  cut: {
    name: "cut",
    title: "network cut",
    apply: ({ network }, victim) => network.cut(victim),
    undo: async ({ network }, victim) => network.heal(victim),
  },
};

/** The fault of that name. */
export function faultOf(name: FaultName): Fault {
  return faults[name];
}

async function restart(cluster: TestCluster, victim: number): Promise<void> {
  await cluster.exited(victim);
  cluster.startNode(victim);
}
