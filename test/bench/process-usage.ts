/** What a process has used of the machine, read from /proc. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Kernel ticks per second in /proc: fixed on Linux. */
const TICKS_PER_SECOND = 100;
/** Unit of `Stats.blocks`. */
const BLOCK_BYTES = 512;
const UTIME = 11;
const STIME = 12;

/** CPU time of a process with all its threads, user and system, in milliseconds. */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may contain anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[UTIME]) + Number(fields[STIME])) * 1000) / TICKS_PER_SECOND;
}

/** CPU time that all processors of the machine have spent on anything, in milliseconds. */
export function machineCpuMs(): number {
  const text = readFileSync("/proc/stat", "utf8");
  const [, user, nice, system, , , irq, softirq, steal] = text.slice(0, 200).split(/\s+/);
  const ticks = [user, nice, system, irq, softirq, steal].reduce((sum, n) => sum + Number(n), 0);
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Bytes that the files of a folder take on the disk. */
export function directoryBytes(directory: string): number {
  let bytes = 0;
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    // Files come and go while a server runs.
    bytes +=
      (statSync(join(directory, name), { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK_BYTES;
  }
  return bytes;
}
