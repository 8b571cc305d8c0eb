import { z } from "zod";
import { parseDurationMs } from "#base/duration";
import { DurationError } from "#base/duration-error";
import { wrongType } from "./shape-problem.ts";

/** A duration of a request body, in milliseconds; null and absent are undefined. */
export function durationSchema(): z.ZodType<number | undefined> {
  return z
    .string({ error: (issue) => wrongType(issue.input, "a human-friendly duration string") })
    .nullish()
    .transform((text, context) => {
      if (text === null || text === undefined) return undefined;
      try {
        return parseDurationMs(text);
      } catch (error) {
        if (!(error instanceof DurationError)) throw error;
        context.addIssue({ code: "custom", message: error.message });
        return z.NEVER;
      }
    });
}
