import { describe, expect, test } from "vitest";

import {
  deploymentPath,
  parseDeploymentUri,
} from "../../../../src/invoker/transport/deployment-address.ts";

describe("a deployment URI", () => {
  test.each([
    ["http://localhost:9080", false, "localhost", 9080, "localhost:9080", "/discover"],
    ["http://localhost:9080/", false, "localhost", 9080, "localhost:9080", "/discover"],
    ["http://h/a/b/", false, "h", 80, "h", "/a/b/discover"],
    ["https://h/a?x=1&y=2", true, "h", 443, "h", "/a/discover?x=1&y=2"],
    ["https://h:443", true, "h", 443, "h", "/discover"],
    ["http://[::1]:9080/p", false, "::1", 9080, "[::1]:9080", "/p/discover"],
  ] as const)("%s is split", (uri, secure, host, port, authority, path) => {
    const target = parseDeploymentUri(uri);
    expect(target).toMatchObject({ secure, host, port, authority });
    expect(deploymentPath(target, "/discover")).toBe(path);
  });

  test.each(["", "localhost:9080", "ftp://h", "/path", "http://"])("%j is refused", (uri) => {
    expect(() => parseDeploymentUri(uri)).toThrow(/not an absolute http or https URI/);
  });
});
