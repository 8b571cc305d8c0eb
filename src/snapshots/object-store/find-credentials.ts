import { join } from "node:path";
import { ServerError } from "#errors";
import type { Credentials } from "./sign-request.ts";

/** Where credentials may come from, in this order. */
export interface CredentialSources {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  /** Name of a profile in the files of the AWS tools. */
  readonly profile: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a file; `undefined` when there is none. */
  readFile(path: string): string | undefined;
}

/** What was found. */
export interface FoundCredentials {
  readonly credentials: Credentials;
  /** Region of the profile. */
  readonly region: string | undefined;
}

/**
 * Finds static credentials: in the configuration, in a profile that it names, in the variables of
 * the AWS tools, in the default profile.
 *
 * @throws ServerError `OBJECT_STORE_REFUSED` when there are none
 */
export function findCredentials(sources: CredentialSources): FoundCredentials {
  const { environment, profile } = sources;
  const configured = pair(sources.accessKeyId, sources.secretAccessKey, sources.sessionToken);
  if (configured !== undefined) return { credentials: configured, region: undefined };
  const inherited = pair(
    environment["AWS_ACCESS_KEY_ID"],
    environment["AWS_SECRET_ACCESS_KEY"],
    environment["AWS_SESSION_TOKEN"],
  );
  if (profile === undefined && inherited !== undefined) {
    return { credentials: inherited, region: undefined };
  }
  const name = profile ?? environment["AWS_PROFILE"] ?? "default";
  const found = fromProfile(name, sources);
  if (found !== undefined) return found;
  throw new ServerError(
    "OBJECT_STORE_REFUSED",
    "There are no credentials for the object store. Set worker.snapshots.aws-access-key-id and " +
      "worker.snapshots.aws-secret-access-key, or the variables of the AWS tools",
    { details: { location: `profile ${name}`, key: "" } },
  );
}

function fromProfile(name: string, sources: CredentialSources): FoundCredentials | undefined {
  const { environment, readFile } = sources;
  const home = environment["HOME"] ?? "";
  const credentialsPath =
    environment["AWS_SHARED_CREDENTIALS_FILE"] ?? join(home, ".aws", "credentials");
  const configPath = environment["AWS_CONFIG_FILE"] ?? join(home, ".aws", "config");
  const section = name === "default" ? name : `profile ${name}`;
  const values = new Map([
    ...readSection(readFile(configPath) ?? "", section),
    ...readSection(readFile(credentialsPath) ?? "", name),
  ]);
  const credentials = pair(
    values.get("aws_access_key_id"),
    values.get("aws_secret_access_key"),
    values.get("aws_session_token"),
  );
  return credentials && { credentials, region: values.get("region") };
}

/** The `name = value` lines of one section. */
function readSection(text: string, section: string): [string, string][] {
  const values: [string, string][] = [];
  let isInside = false;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*(.+?)\s*\]/.exec(line);
    if (header !== null) isInside = header[1] === section;
    const [, name = "", value = ""] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isInside && name !== "") values.push([name, value]);
  }
  return values;
}

function pair(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
): Credentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined };
}
