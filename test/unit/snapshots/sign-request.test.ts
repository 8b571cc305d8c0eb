// Requests and signatures that the description of the protocol gives as examples.
import { expect, test } from "vitest";
import { signRequest } from "../../../src/snapshots/object-store/sign-request.ts";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const facts = {
  credentials: {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    sessionToken: undefined,
  },
  region: "us-east-1",
  nowMs: Date.parse("2013-05-24T00:00:00Z"),
};

const host = "examplebucket.s3.amazonaws.com";

test.each([
  {
    name: "an object is read in part",
    request: {
      method: "GET",
      path: "/test.txt",
      query: {},
      headers: { host, range: "bytes=0-9" },
      bodySha256: EMPTY,
    },
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    name: "an object with a sign in its name is written",
    request: {
      method: "PUT",
      path: "/test%24file.text",
      query: {},
      headers: {
        host,
        date: "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
      },
      bodySha256: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    },
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    name: "a parameter has no value",
    request: {
      method: "GET",
      path: "/",
      query: { lifecycle: "" },
      headers: { host },
      bodySha256: EMPTY,
    },
    signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    name: "objects are listed",
    request: {
      method: "GET",
      path: "/",
      query: { prefix: "J", "max-keys": "2" },
      headers: { host },
      bodySha256: EMPTY,
    },
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
])("the signature is the published one when $name", ({ request, signature }) => {
  const { authorization } = signRequest(request, facts);

  expect(authorization?.split("Signature=")[1]).toBe(signature);
});

test("the token of temporary keys is sent and signed", () => {
  const request = { method: "GET", path: "/", query: {}, headers: { host }, bodySha256: EMPTY };
  const credentials = { ...facts.credentials, sessionToken: "token" };

  const headers = signRequest(request, { ...facts, credentials });

  expect(headers["x-amz-security-token"]).toBe("token");
  expect(headers["authorization"]).toContain("x-amz-date;x-amz-security-token,");
});
