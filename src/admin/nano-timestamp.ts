/** Prints milliseconds since the Unix epoch as RFC 3339 with nine fraction digits. */
export function formatNanoTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "000000Z");
}
