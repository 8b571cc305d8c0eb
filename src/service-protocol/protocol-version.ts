/** Oldest version of the handler service protocol that is spoken. */
export const PROTOCOL_VERSION_MIN = 5;
/** Newest version of the handler service protocol that is spoken. */
export const PROTOCOL_VERSION_MAX = 7;

/** A version of the handler service protocol that is spoken here. */
export type ProtocolVersion = 5 | 6 | 7;

/** Range of versions, both ends included. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** True if the server can speak this version. */
export function isSpokenVersion(version: number): version is ProtocolVersion {
  return (
    Number.isInteger(version) && version >= PROTOCOL_VERSION_MIN && version <= PROTOCOL_VERSION_MAX
  );
}

/**
 * Chooses the version of a new invocation: the newest that both sides speak.
 *
 * @param serverMax newest version that the server may use; at most `PROTOCOL_VERSION_MAX`
 * @returns undefined if the ranges do not intersect
 */
export function chooseVersion(
  deployment: VersionRange,
  serverMax: number,
): ProtocolVersion | undefined {
  const version = Math.min(deployment.max, serverMax);
  return version >= deployment.min && isSpokenVersion(version) ? version : undefined;
}

/** Content type of an invocation stream, both ways; compared exactly by everyone. */
export function invocationContentType(version: number): string {
  return `application/vnd.restate.invocation.v${version}`;
}
