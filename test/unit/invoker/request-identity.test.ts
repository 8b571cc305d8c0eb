import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { expect, test } from "vitest";
import { RequestIdentity } from "#invoker";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    pem: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    raw: Buffer.from(publicKey.export({ format: "jwk" }).x as string, "base64url"),
    publicKey,
  };
}

function identityAt(pem: string, start: number, expirationMs?: number) {
  const time = { nowMs: start };
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => 0 };
  const options = expirationMs === undefined ? { clock } : { clock, expirationMs };
  return { time, identity: new RequestIdentity(pem, options) };
}

function tokenOf(identity: RequestIdentity, audience: string, subject?: string): string {
  const headers = new Map(identity.headersFor(audience, subject));
  expect([...headers.keys()]).toEqual(["x-restate-signature-scheme", "x-restate-jwt-v1"]);
  expect(headers.get("x-restate-signature-scheme")).toBe("v1");
  return headers.get("x-restate-jwt-v1") as string;
}

function partOf(token: string, index: number): unknown {
  return JSON.parse(Buffer.from(token.split(".")[index] as string, "base64url").toString());
}

test("tokens carry the claims of the protocol, and verify with the public key", () => {
  const { pem, publicKey } = keyPair();
  const { identity } = identityAt(pem, 1_700_000_000_500);

  const token = tokenOf(identity, "/invoke/Svc/h", "k");

  expect(partOf(token, 0)).toEqual({ typ: "JWT", alg: "EdDSA", kid: identity.keyId });
  expect(partOf(token, 1)).toEqual({
    aud: "/invoke/Svc/h",
    iat: 1_700_000_000,
    nbf: 1_700_000_000 - 60,
    exp: 1_700_000_000 + 60,
    sub: "k",
  });
  const [header, claims, signature] = token.split(".") as [string, string, string];
  const signed = Buffer.from(`${header}.${claims}`);
  const key = createPublicKey(publicKey.export({ format: "pem", type: "spki" }));
  expect(verify(null, signed, key, Buffer.from(signature, "base64url"))).toBe(true);
  expect(partOf(tokenOf(identity, "/discover"), 1)).not.toHaveProperty("sub");
});

test("the key id is the base58 form of the public key", () => {
  const { pem, raw } = keyPair();
  const { identity } = identityAt(pem, 0);

  let value = 0n;
  for (const character of identity.keyId.slice("publickeyv1_".length)) {
    value = value * 58n + BigInt(BASE58.indexOf(character));
  }

  expect(value).toBe(BigInt(`0x${raw.toString("hex")}`));
  expect(identity.keyId).toMatch(/^publickeyv1_/);
});

test("a token is reused for half of its life, by requests of the same path and key", () => {
  const { pem } = keyPair();
  const { time, identity } = identityAt(pem, 1_000_000);
  const first = identity.headersFor("/invoke/Svc/h", "k");

  time.nowMs += 29_999;
  expect(identity.headersFor("/invoke/Svc/h", "k")).toBe(first);
  expect(identity.headersFor("/invoke/Svc/h", "other")).not.toBe(first);
  expect(identity.headersFor("/invoke/Svc/h", undefined)).not.toBe(first);
  time.nowMs += 1;

  expect(identity.headersFor("/invoke/Svc/h", "k")).not.toBe(first);
});

test("a clock that was set back makes new tokens", () => {
  const { pem } = keyPair();
  const { time, identity } = identityAt(pem, 1_000_000);
  const first = identity.headersFor("/discover", undefined);

  time.nowMs -= 10_000;

  expect(identity.headersFor("/discover", undefined)).not.toBe(first);
});

test("lifetimes below a second are a second; other keys are refused", () => {
  const { pem } = keyPair();
  const { identity } = identityAt(pem, 5000, 1);
  expect(partOf(tokenOf(identity, "/discover"), 1)).toMatchObject({ iat: 5, nbf: 4, exp: 6 });

  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const rsaPem = rsa.export({ format: "pem", type: "pkcs8" }).toString();
  expect(() => identityAt(rsaPem, 0)).toThrow("not an Ed25519 private key");
});
