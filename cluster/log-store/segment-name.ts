const DIGITS = 16;
const PATTERN = /^(\d{16})\.log$/;

/** Zero-filled file that becomes the next segment. */
export const SPARE_NAME = "spare.log";
/** A spare while it is being filled; worthless after a crash. */
export const PREPARING_NAME = "preparing.tmp";

/** File name of a segment. */
export function segmentName(sequence: number): string {
  return `${String(sequence).padStart(DIGITS, "0")}.log`;
}

/** Sequence number in a file name; `undefined` when it names no segment. */
export function segmentSequenceOf(name: string): number | undefined {
  const digits = PATTERN.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
