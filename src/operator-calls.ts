import { systemClock, systemRandom, systemScheduler } from "#cluster";
import { GrpcNodeTransport } from "#transport";
import type { OperatorCalls } from "./cli/operator/cluster-client.ts";

/** Commands print what went wrong themselves. */
const silent = () => undefined;

/** Calls to nodes by somebody who is no member of any cluster. */
export function openOperatorCalls({
  connectTimeoutMs,
}: {
  readonly connectTimeoutMs: number;
}): OperatorCalls {
  const logger = {
    debug: silent,
    info: silent,
    warn: silent,
    error: silent,
    child: () => logger,
  };
  return new GrpcNodeTransport({
    identity: {
      clusterName: "",
      clusterFingerprint: 0n,
      nodeId: 0,
      generation: 0,
      advertisedAddress: "",
    },
    clock: systemClock,
    scheduler: systemScheduler,
    defer: (run) => void setImmediate(run),
    random: systemRandom,
    logger,
    settings: { connectMs: connectTimeoutMs },
  });
}
