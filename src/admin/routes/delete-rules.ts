import { z } from "zod";
import { route } from "../route.ts";
import { patternSchema } from "./put-rules.ts";

/** POST /limits/rules/bulk-delete */
export const deleteRules = route({
  method: "POST",
  path: "/limits/rules/bulk-delete",
  operationId: "delete_rules",
  summary: "Delete flow-control rules, all or none",
  tag: "limits",
  body: z.array(z.object({ pattern: patternSchema, expected_version: z.int().min(0).nullish() })),
  replies: { 200: "The patterns that were removed" },
  errors: [409, 422],

  async handle({ body }, { rules }) {
    const deletions = body.map(({ pattern, expected_version: version }) => ({
      pattern,
      expectedVersion: version ?? undefined,
    }));
    return { status: 200, json: await rules.delete(deletions) };
  },
});
