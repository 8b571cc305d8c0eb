import { parseDurationMs } from "#base/duration";
import { usageError } from "./operator-error.ts";

/** Copies of a record, and the zones that they are spread over. */
export interface Replication {
  readonly nodeCopies: number;
  readonly zoneCopies: number;
}

const COPIES_MAX = 16;
const PARTITIONS_MAX = 65_535;

/** Texts from lists that may be separated by commas, spaces, or both. */
export function splitList(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(/[\s,]+/)).filter((value) => value !== "");
}

/** Reads `2`, `{node: 2}`, `{zone: 2, node: 3}` or `zone=2,node=3`. */
export function parseReplication(text: string): Replication {
  const copies = readCopies(text.trim());
  const zoneCopies = copies?.get("zone") ?? copies?.get("region") ?? 1;
  const nodeCopies = copies?.get("node") ?? zoneCopies;
  const isValid = zoneCopies >= 1 && nodeCopies >= zoneCopies && nodeCopies <= COPIES_MAX;
  if (copies !== undefined && isValid) return { nodeCopies, zoneCopies };
  throw usageError(
    `"${text}" is no replication: expected a count from 1 to ${COPIES_MAX}, or {zone: Z, node: N}`,
  );
}

/** Prints what `parseReplication` reads. */
export function formatReplication({ nodeCopies, zoneCopies }: Replication): string {
  return zoneCopies === 1 ? `{node: ${nodeCopies}}` : `{zone: ${zoneCopies}, node: ${nodeCopies}}`;
}

/** Reads ids of partitions: `3`, `0,4`, `0-7`; without repetitions, in ascending order. */
export function parsePartitionIds(values: readonly string[]): number[] {
  const ids = new Set<number>();
  for (const text of splitList(values)) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(text);
    const first = Number(match?.[1]);
    const last = match?.[2] === undefined ? first : Number(match[2]);
    if (match === null || last < first || last > PARTITIONS_MAX) {
      throw usageError(
        `"${text}" is no partition: expected an id such as 3, or a range such as 0-7`,
      );
    }
    for (let id = first; id <= last; id++) ids.add(id);
  }
  return [...ids].sort((left, right) => left - right);
}

/** Reads the id of one partition. */
export function parsePartitionId(text: string): number {
  const [id, ...others] = parsePartitionIds([text]);
  if (id !== undefined && others.length === 0) return id;
  throw usageError(`"${text}" is not one partition`);
}

/** Reads a whole number, from `min` on. */
export function parseCount(text: string, { min, name }: { min: number; name: string }): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw usageError(`"${text}" is no ${name}: expected a whole number from ${min}`);
}

/** Reads a duration with a unit, such as `3s`; a bare number counts milliseconds. */
export function parseTimeoutMs(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  try {
    return Math.ceil(parseDurationMs(text));
  } catch {
    throw usageError(`"${text}" is no duration: expected one such as 500ms or 3s`);
  }
}

/** Prints a duration for people, with its two largest units. */
export function formatAge(durationMs: number | undefined): string | undefined {
  if (durationMs === undefined) return undefined;
  const seconds = Math.floor(durationMs / 1_000);
  const units: readonly (readonly [string, number])[] = [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return `${durationMs}ms`;
  return units
    .slice(first, first + 2)
    .map(([unit, size], position) => {
      const above =
        position === 0 ? Number.POSITIVE_INFINITY : (units[first] as [string, number])[1];
      return `${Math.floor((seconds % above) / size)}${unit}`;
    })
    .filter((part) => !part.startsWith("0"))
    .join(" ");
}

/** A node id as people write it. */
export function formatNode(nodeId: number | undefined): string | undefined {
  return nodeId === undefined ? undefined : `N${nodeId}`;
}

/** Node ids as people write them, in ascending order. */
export function formatNodes(nodeIds: readonly number[]): string {
  return nodeIds
    .toSorted((left, right) => left - right)
    .map((nodeId) => `N${nodeId}`)
    .join(",");
}

function readCopies(text: string): ReadonlyMap<string, number> | undefined {
  if (/^\d+$/.test(text)) return new Map([["node", Number(text)]]);
  const body = text.replace(/^\{(.*)\}$/, "$1");
  const copies = new Map<string, number>();
  for (const part of body.split(",")) {
    const match = /^\s*"?(node|zone|region)"?\s*[:=]\s*(\d+)\s*$/.exec(part);
    if (match === null) return undefined;
    copies.set(match[1] as string, Number(match[2]));
  }
  return copies;
}
