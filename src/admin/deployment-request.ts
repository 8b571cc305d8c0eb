import { z } from "zod";
import { type DeploymentAddress, parseDeploymentAddress } from "#schema";
import { AdminError, invalidField, textError } from "./admin-error.ts";

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-zA-Z]+$/;

/** Headers that go with every request to a deployment; names come out in lower case. */
export const additionalHeadersSchema = z
  .record(z.string().regex(HEADER_NAME), z.string().regex(/^[\t\x20-\x7e\x80-\u{10ffff}]*$/u))
  .nullish()
  .transform((headers) => {
    if (headers === null || headers === undefined) return undefined;
    return Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  });

/** How the 422 names the shapes that a registration may have. */
export const REGISTRATION_MISMATCH =
  "data did not match any variant of untagged enum RegisterDeploymentRequest";

/**
 * Parses the address of a deployment.
 *
 * @throws AdminError 400 when it is relative, 422 when it is no address at all
 */
export function addressOf(uri: string): DeploymentAddress {
  const address = parseDeploymentAddress(uri);
  if (address !== undefined) return address;
  // Checks what the original's parser accepts as a relative address.
  if (/^\/[^\s]*$/.test(uri) || /^[\w.-]+(:\d+)?$/.test(uri)) {
    throw invalidField(
      "uri",
      `The provided uri ${uri} is not absolute, only absolute URIs can be used.`,
    );
  }
  throw textError(
    422,
    `Failed to deserialize the JSON body into the target type: ${REGISTRATION_MISMATCH}`,
  );
}

/**
 * Refuses a Lambda address: malformed ones as the original does, others as not supported.
 *
 * @throws AdminError always
 */
export function refuseLambda(arn: string): never {
  const parts = arn.split(":");
  if (parts[0] !== "arn" || parts.length < 7) {
    throw invalidField("arn", "A qualified ARN must have 8 components delimited by `:`");
  }
  if (parts.length === 7) {
    throw invalidField(
      "arn",
      "A qualified ARN needs a version or alias suffix. If you want to use the unpublished " +
        "version, provide $LATEST and make sure your shell doesn't treat it as a variable",
    );
  }
  throw new AdminError(
    501,
    "AWS Lambda deployments are not supported by this server yet. Expose the service over HTTP " +
      "and register its URI instead",
  );
}
