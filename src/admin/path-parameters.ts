import { type DeploymentId, type InvocationId, parseDeploymentId, parseInvocationId } from "#model";
import type { DeploymentChoice } from "#partition";
import { AdminError, invalidField, textError } from "./admin-error.ts";

/** Parses the invocation id of a path; 400 as JSON. */
export function invocationIdOf(text: string | undefined): InvocationId {
  const parsed = parseInvocationId(text ?? "");
  if (!parsed.ok) throw invalidField("invocation_id", parsed.error);
  return parsed.value;
}

/** Parses the deployment id of a path; 400 in plain text. */
export function deploymentIdOf(text: string | undefined): DeploymentId {
  const parsed = parseDeploymentId(text ?? "");
  if (parsed.ok) return parsed.value;
  throw textError(
    400,
    `Invalid URL: Cannot parse \`deployment\` with value \`${text}\`: ${parsed.error}`,
  );
}

/**
 * Parses `keep`, `latest` or a deployment id.
 *
 * @param fallback what an absent value means
 * @param place    `query parameter` or `request field`, for the error
 */
export function deploymentChoiceOf(
  text: string | undefined,
  fallback: "keep" | "latest",
  place: "query parameter" | "request field",
): DeploymentChoice {
  if (text === undefined) return { kind: fallback };
  if (text === "keep" || text === "Keep") return { kind: "keep" };
  if (text === "latest" || text === "Latest") return { kind: "latest" };
  const parsed = parseDeploymentId(text);
  if (parsed.ok) return { kind: "id", id: parsed.value };
  throw new AdminError(400, `The ${place} 'deployment' is invalid. Reason: ${parsed.error}`);
}
