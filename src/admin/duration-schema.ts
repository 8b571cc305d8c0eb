import { z } from "zod";
import { parseFriendlyDuration } from "./friendly-duration.ts";
import { wrongType } from "./shape-problem.ts";

/** A duration of a request body, in milliseconds; null and absent are undefined. */
export function durationSchema(): z.ZodType<number | undefined> {
  return z
    .string({ error: (issue) => wrongType(issue.input, "a human-friendly duration string") })
    .nullish()
    .transform((text, context) => {
      if (text === null || text === undefined) return undefined;
      const parsed = parseFriendlyDuration(text);
      if (parsed.ok) return parsed.durationMs;
      context.addIssue({ code: "custom", message: parsed.problem });
      return z.NEVER;
    });
}
