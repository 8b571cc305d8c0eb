/** How many connections fit beside what the node needs files for itself. */
import { readFileSync } from "node:fs";

/** Connections that may be open at once, by port. */
export interface ConnectionLimits {
  readonly ingress: number;
  readonly admin: number;
}

/** Log, store, and what a process has from its start. */
const OWN_FILES = 80;
const INGRESS_MAX = 65_536;
const ADMIN_MAX = 4_096;
const ADMIN_MIN = 8;
/** Shares of what is left; the rest is for deployments, other nodes, and the store as it grows. */
const INGRESS_SHARE = 0.6;
const ADMIN_SHARE = 0.1;

/**
 * Divides the open files of the process, so that clients cannot take what the log needs: a log that
 * cannot open its next file ends the node.
 *
 * @param openFilesMax limit of the process; undefined if it is not known
 */
export function connectionLimits(openFilesMax: number | undefined): ConnectionLimits {
  const shared = Math.max(0, (openFilesMax ?? Number.POSITIVE_INFINITY) - OWN_FILES);
  const ingress = Math.min(INGRESS_MAX, Math.floor(shared * INGRESS_SHARE));
  const admin = Math.min(ADMIN_MAX, Math.max(ADMIN_MIN, Math.floor(shared * ADMIN_SHARE)));
  return { ingress: Math.max(1, ingress), admin };
}

/** The limit of this process, where the system tells (Linux); Node raises it to the hard limit. */
export function readOpenFilesMax(): number | undefined {
  try {
    return parseOpenFilesMax(readFileSync("/proc/self/limits", "utf8"));
  } catch {
    return undefined;
  }
}

/** The soft limit of open files in what `/proc/self/limits` prints. */
export function parseOpenFilesMax(limits: string): number | undefined {
  const match = /^Max open files\s+(\d+)\s/m.exec(limits);
  return match === null ? undefined : Number(match[1]);
}
