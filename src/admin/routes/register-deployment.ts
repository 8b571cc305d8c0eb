import { z } from "zod";
import { findDeployment, formatDeploymentAddress, type SchemaSnapshot } from "#schema";
import { AdminError } from "../admin-error.ts";
import type { AdminServices } from "../admin-services.ts";
import { servicesOf } from "../deployment-body.ts";
import {
  additionalHeadersSchema,
  addressOf,
  REGISTRATION_MISMATCH,
  refuseLambda,
} from "../deployment-request.ts";
import { discoverDeployment } from "../discovery.ts";
import { type RouteReply, route } from "../route.ts";

type Outcome = Awaited<ReturnType<AdminServices["registry"]["registerDeployment"]>>;

const bodySchema = z
  .object({
    uri: z.string().optional().describe("Absolute address of the deployment"),
    arn: z.string().optional().describe("AWS Lambda function; not supported yet"),
    assume_role_arn: z.string().nullish(),
    additional_headers: additionalHeadersSchema,
    metadata: z.record(z.string(), z.string()).default({}),
    use_http_11: z.boolean().default(false).describe("Use HTTP/1.1, in request/response mode"),
    breaking: z.boolean().default(false).describe("Allow incompatible changes"),
    force: z.boolean().nullish().describe("Overwrite a known deployment; implies breaking"),
    dry_run: z.boolean().default(false).describe("Discover and validate, but store nothing"),
    auth: z.unknown().optional(),
  })
  .refine((body) => body.uri !== undefined || body.arn !== undefined);

/** POST /deployments */
export const registerDeployment = route({
  method: "POST",
  path: "/deployments",
  operationId: "create_deployment",
  summary: "Register deployment",
  tag: "deployment",
  body: bodySchema,
  bodyMismatch: REGISTRATION_MISMATCH,
  replies: {
    200: "The deployment was known: unchanged, or overwritten if forced",
    201: "The deployment was created and its services discovered",
  },
  errors: [400, 409, 422, 500],

  async handle({ body, apiVersion }, services) {
    if (body.uri === undefined) return refuseLambda(body.arn ?? "");
    if (body.auth !== undefined && body.auth !== null) {
      throw new AdminError(501, "The request field 'auth' is not supported by this server yet");
    }
    const { registry, discover } = services;
    const connection = {
      uri: formatDeploymentAddress(addressOf(body.uri)),
      httpVersion: body.use_http_11 ? ("http1" as const) : ("h2" as const),
      additionalHeaders: body.additional_headers ?? [],
    };
    // Up to version 2 a registration replaced what was there unless told otherwise.
    const isForced = body.force ?? apiVersion === 2;
    const snapshot = registry.view();
    const known = findDeployment(snapshot.document, connection, registry.routingHeaders);
    if (known !== undefined && !isForced) {
      return reply({ outcome: "unchanged", deployment: known, snapshot }, apiVersion);
    }
    const registration = {
      ...connection,
      metadata: body.metadata,
      discovered: await discoverDeployment(discover, connection),
      isForced,
      isBreakingAllowed: body.breaking,
    };
    return reply(await registry.registerDeployment(registration, body.dry_run), apiVersion);
  },
});

function reply(
  { outcome, deployment, snapshot }: Outcome & { readonly snapshot: SchemaSnapshot },
  apiVersion: number,
): RouteReply {
  if (outcome === "unchanged" && apiVersion === 2) {
    throw new AdminError(409, `Conflict: deployment ${deployment.id} already exists`);
  }
  return {
    status: outcome === "created" || (outcome === "overwritten" && apiVersion === 2) ? 201 : 200,
    headers: { location: `deployments/${deployment.id}` },
    json: {
      id: deployment.id,
      services: servicesOf(deployment, snapshot),
      min_protocol_version: deployment.minProtocolVersion,
      max_protocol_version: deployment.maxProtocolVersion,
      sdk_version: deployment.sdkVersion,
    },
  };
}
