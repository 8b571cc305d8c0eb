import { z } from "zod";
import { findPatternProblem, type Rule } from "#schema";
import { route } from "../route.ts";
import { describeValue, wrongType } from "../shape-problem.ts";

const CONCURRENCY_MAX = 4_294_967_295;

/** A pattern of one to three parts. */
export const patternSchema = z.string().superRefine((pattern, context) => {
  const problem = findPatternProblem(pattern);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

const concurrencySchema = z
  .number({ error: (issue) => wrongType(issue.input, "a nonzero u32") })
  .refine((count) => Number.isInteger(count) && count >= 1 && count <= CONCURRENCY_MAX, {
    error: ({ input }) =>
      Number.isInteger(input)
        ? `invalid value: ${describeValue(input)}, expected a nonzero u32`
        : wrongType(input, "a nonzero u32"),
  });

const preconditionSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("none") }),
    z.object({ type: z.literal("does_not_exist") }),
    z.object({ type: z.literal("matches"), version: z.int().min(0) }),
  ])
  .default({ type: "none" });

const ruleSchema = z.object({
  pattern: patternSchema,
  limits: z.object({ concurrency: concurrencySchema.nullish() }).default({}),
  description: z.string().nullish(),
  disabled: z.boolean().default(false),
  precondition: preconditionSchema,
});

/** PUT /limits/rules */
export const putRules = route({
  method: "PUT",
  path: "/limits/rules",
  operationId: "upsert_rules",
  summary: "Add or replace flow-control rules, all or none",
  tag: "limits",
  body: z.array(ruleSchema),
  replies: { 200: "The rules as they are now, in the order of the request" },
  errors: [409, 422],

  async handle({ body }, { rules }) {
    const writes = body.map(({ pattern, limits, description, disabled, precondition }) => ({
      pattern,
      concurrency: limits.concurrency ?? undefined,
      description: description ?? undefined,
      disabled,
      precondition:
        precondition.type === "does_not_exist"
          ? ({ kind: "does-not-exist" } as const)
          : precondition.type === "matches"
            ? ({ kind: "matches", version: precondition.version } as const)
            : ({ kind: "none" } as const),
    }));
    return { status: 200, json: (await rules.put(writes)).map(ruleBody) };
  },
});

function ruleBody(rule: Rule): Readonly<Record<string, unknown>> {
  return {
    pattern: rule.pattern,
    limits: { concurrency: rule.concurrency },
    description: rule.description,
    disabled: rule.disabled,
    version: rule.version,
    last_modified_millis_since_epoch: rule.lastModifiedMs,
  };
}
