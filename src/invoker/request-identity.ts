import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Clock } from "#base/clock";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const SECOND_MS = 1000;
const EXPIRATION_MS_DEFAULT = 60 * SECOND_MS;
const EXPIRATION_MS_MIN = SECOND_MS;
/** Tokens kept; beyond, all are dropped and signed again. */
const CACHED_TOKENS_MAX = 10_000;

/** Headers that identify this server to a deployment. */
export type IdentityHeaders = readonly (readonly [name: string, value: string])[];

/** How tokens are made. */
export interface RequestIdentityOptions {
  readonly clock: Clock;
  /** Lifetime of a token, at least one second. */
  readonly expirationMs?: number;
}

interface CachedToken {
  readonly headers: IdentityHeaders;
  /** The token is not used at or after this time. */
  readonly staleAtMs: number;
}

/**
 * Signs requests to deployments with an Ed25519 key (service protocol section 3.3).
 *
 * A signature costs as much CPU as the rest of a call, so tokens are reused for half of their
 * lifetime by all requests of the same path and key.
 */
export class RequestIdentity {
  readonly #clock: Clock;
  readonly #key: KeyObject;
  readonly #expirationMs: number;
  readonly #joseHeader: string;
  readonly #cache = new Map<string, CachedToken>();
  /** `publickeyv1_…`: what users paste into the configuration of an SDK. */
  readonly keyId: string;

  /** @throws Error if the PEM holds no Ed25519 private key */
  constructor(privateKeyPem: string, options: RequestIdentityOptions) {
    this.#clock = options.clock;
    this.#expirationMs = Math.max(options.expirationMs ?? EXPIRATION_MS_DEFAULT, EXPIRATION_MS_MIN);
    this.#key = createPrivateKey(privateKeyPem);
    if (this.#key.asymmetricKeyType !== "ed25519") {
      throw new Error("The request identity key is not an Ed25519 private key");
    }
    this.keyId = `publickeyv1_${encodeBase58(rawPublicKey(this.#key))}`;
    this.#joseHeader = encodeJson({ typ: "JWT", alg: "EdDSA", kid: this.keyId });
  }

  /** Reads the key from a PEM file. */
  static fromFile(path: string, options: RequestIdentityOptions): RequestIdentity {
    return new RequestIdentity(readFileSync(path, "utf8"), options);
  }

  /**
   * Headers for a request.
   *
   * @param audience path without the prefix of the deployment: `/discover`, `/invoke/Svc/handler`
   * @param subject  key of the object or workflow; undefined for everything else
   */
  headersFor(audience: string, subject: string | undefined): IdentityHeaders {
    const nowMs = this.#clock.nowMs();
    const cacheKey = subject === undefined ? audience : `${audience}\n${subject}`;
    const cached = this.#cache.get(cacheKey);
    // A clock that was set back makes tokens invalid that were signed in what is now the future.
    const ageMs = cached === undefined ? 0 : nowMs - (cached.staleAtMs - this.#expirationMs / 2);
    if (cached !== undefined && nowMs < cached.staleAtMs && ageMs >= 0) return cached.headers;
    if (this.#cache.size >= CACHED_TOKENS_MAX) this.#cache.clear();
    const headers: IdentityHeaders = [
      ["x-restate-signature-scheme", "v1"],
      ["x-restate-jwt-v1", this.#sign(audience, subject, nowMs)],
    ];
    this.#cache.set(cacheKey, { headers, staleAtMs: nowMs + this.#expirationMs / 2 });
    return headers;
  }

  #sign(audience: string, subject: string | undefined, nowMs: number): string {
    const issuedAt = Math.floor(nowMs / SECOND_MS);
    const lifetime = Math.ceil(this.#expirationMs / SECOND_MS);
    const claims = {
      aud: audience,
      exp: issuedAt + lifetime,
      iat: issuedAt,
      nbf: issuedAt - lifetime,
      ...(subject === undefined ? {} : { sub: subject }),
    };
    const signed = `${this.#joseHeader}.${encodeJson(claims)}`;
    const signature = sign(null, Buffer.from(signed), this.#key);
    return `${signed}.${signature.toString("base64url")}`;
  }
}

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url");
}

function encodeBase58(bytes: Uint8Array): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (; value > 0n; value /= 58n) text = `${BASE58[Number(value % 58n)]}${text}`;
  for (const byte of bytes) {
    if (byte !== 0) break;
    text = `1${text}`;
  }
  return text;
}
