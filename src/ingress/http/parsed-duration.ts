import type { DurationComponents } from "./duration-units.ts";

/** A duration that was read, before the checks that both notations share. */
export interface ParsedDuration {
  readonly components: DurationComponents;
  readonly negative: boolean;
}
