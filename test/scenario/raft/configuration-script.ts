import type { Configuration } from "../../../cluster/raft/configuration.ts";
import {
  changeSimple,
  enterJoint,
  leaveJoint,
} from "../../../cluster/raft/configuration-change.ts";
import { describeConfiguration, describeProgress } from "../../../cluster/raft/describe.ts";
import { ProgressTracker } from "../../../cluster/raft/tracker.ts";
import { argumentOf, type Directive } from "./data-driven.ts";
import { parseOperations } from "./interaction-directives.ts";

const LIMITS = { inflightAppendsMax: 10, inflightBytesMax: Number.POSITIVE_INFINITY };

/** A run of one script about the algebra of membership changes, starting without members. */
export function createConfigurationRun(): (directive: Directive) => string {
  const tracker = new ProgressTracker(LIMITS);
  let lastIndex = 0;
  return (directive) => {
    const result = change(tracker.configuration, directive);
    if (result.ok) tracker.adopt(result.configuration, result.fresh, lastIndex);
    // Failed steps count too; this is how `next` shows when a member was added.
    lastIndex += 1;
    if (!result.ok) return result.reason;
    const peers = tracker.peers.map((peer) => `${peer.id}: ${describeProgress(peer.status())}\n`);
    return `${describeConfiguration(tracker.configuration)}\n${peers.join("")}`;
  };
}

function change(
  configuration: Configuration,
  directive: Directive,
): ReturnType<typeof changeSimple> {
  const operations = parseOperations(directive.input);
  switch (directive.command) {
    case "simple":
      return changeSimple(configuration, operations);
    case "enter-joint":
      return enterJoint(configuration, operations, argumentOf(directive, "autoleave") === "true");
    case "leave-joint":
      return leaveJoint(configuration);
    default:
      return { ok: false, reason: "unknown command" };
  }
}
