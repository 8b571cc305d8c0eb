import type { Clock, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import { ServerError } from "#errors";
import { DirectoryStore } from "./directory-store.ts";
import { type CredentialSources, findCredentials } from "./find-credentials.ts";
import type { ObjectStore } from "./object-store.ts";
import type { RequestRetryPolicy } from "./retry.ts";
import { S3Store } from "./s3-store.ts";

/** Where objects are kept, as configured. */
export interface ObjectStoreSettings {
  /** `s3://bucket/prefix` or `file:///absolute/path`. */
  readonly destination: string;
  readonly retryPolicy: RequestRetryPolicy;
  readonly region: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly profile: string | undefined;
  readonly endpointUrl: string | undefined;
  /** Whether the endpoint may be reached without encryption. */
  readonly isHttpAllowed: boolean;
}

/** What opening a store takes from the process. */
export interface ObjectStoreHost extends Pick<CredentialSources, "environment" | "readFile"> {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
}

const DEFAULT_REGION = "us-east-1";

/**
 * Opens the store that the settings name; nothing is asked of it yet.
 *
 * @throws ServerError `OBJECT_STORE_REFUSED`, `INVALID_ARGUMENT`
 */
export function openObjectStore(settings: ObjectStoreSettings, host: ObjectStoreHost): ObjectStore {
  const url = URL.parse(settings.destination);
  if (url?.protocol === "file:") return new DirectoryStore(folderOf(url));
  if (url?.protocol === "s3:" && url.hostname !== "") return openBucket(url, settings, host);
  throw unusable("worker.snapshots.destination", "s3://bucket/prefix or file:///path");
}

function folderOf(url: URL): string {
  const path = decodeURIComponent(url.pathname).replace(/\/+$/, "");
  if (url.hostname === "" && path !== "") return path;
  throw unusable("worker.snapshots.destination", "file:// with an absolute path");
}

function openBucket(url: URL, settings: ObjectStoreSettings, host: ObjectStoreHost): ObjectStore {
  const { environment } = host;
  const found = findCredentials({ ...settings, environment, readFile: host.readFile });
  const region =
    settings.region ??
    found.region ??
    environment["AWS_REGION"] ??
    environment["AWS_DEFAULT_REGION"] ??
    DEFAULT_REGION;
  const address = settings.endpointUrl ?? environment["AWS_ENDPOINT_URL"];
  const endpoint = URL.parse(address ?? `https://s3.${region}.amazonaws.com`);
  if (endpoint === null || !/^https?:$/.test(endpoint.protocol) || endpoint.pathname !== "/") {
    throw unusable("worker.snapshots.aws-endpoint-url", "a URL without a path");
  }
  if (endpoint.protocol === "http:" && !settings.isHttpAllowed) {
    throw unusable("worker.snapshots.aws-endpoint-url", "https, unless aws-allow-http is set");
  }
  const { clock, scheduler, random, logger } = host;
  return new S3Store({
    endpoint,
    bucket: url.hostname,
    prefix: decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, ""),
    region,
    credentials: found.credentials,
    retryPolicy: settings.retryPolicy,
    clock,
    scheduler,
    random,
    logger,
  });
}

function unusable(field: string, expected: string): ServerError {
  return new ServerError("INVALID_ARGUMENT", `Cannot use "${field}": it is ${expected}`, {
    details: { field, expected },
  });
}
