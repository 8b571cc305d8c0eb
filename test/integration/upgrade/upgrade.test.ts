// A node of this build on the data directory that a node of an earlier build left when it was
// killed: nothing that was acknowledged is lost, and everything that was under way goes on.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Http2Server } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixtureNames } from "../../replay/fixture.ts";
import { unpackDirectory } from "../../replay/packed-directory.ts";
import type { DirectoryFacts } from "../../replay/record-directory.ts";
import { ServerProcess } from "../../replay/server-process.ts";
import { serveUpgradeServices } from "../../replay/upgrade-services.ts";

const FIXTURES = fileURLToPath(new URL("../../replay/fixtures", import.meta.url));

describe.each(fixtureNames())("the data directory of %s", (name) => {
  const directory = mkdtempSync(join(tmpdir(), "stet-upgrade-"));
  const facts: DirectoryFacts = JSON.parse(
    readFileSync(join(FIXTURES, name, "directory-facts.json"), "utf8"),
  );
  let server: ServerProcess;
  let deployment: Http2Server;

  beforeAll(async () => {
    unpackDirectory(readFileSync(join(FIXTURES, name, "directory.json.gz")), directory);
    const serving = await serveUpgradeServices({ isFixed: true });
    deployment = serving.server;
    server = await ServerProcess.start(directory);
    await server.manage("PATCH", `deployments/${facts.deploymentId}`, { uri: serving.url });
  });

  afterAll(async () => {
    await server?.kill();
    deployment?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test("keeps what has completed", async () => {
    const again = await server.call("Kept/greet", "somebody else", { "idempotency-key": "once" });

    expect(again).toBe("Hello Ada");
    expect(await server.call("Counter/ada/get")).toBe(8);
  });

  test("goes on with a sleep that is over", async () => {
    expect(await attach(facts.chain)).toBe("Hello first, Hello second");
  });

  test("starts what was delayed", async () => {
    expect(await attach(facts.delayed)).toBe(7);
  });

  test("keeps a key locked until its owner ends, then starts who waits for it", async () => {
    await server.whenStatus(facts.queued, "pending");

    await server.call(`restate/awakeables/${facts.awakeable}/resolve`, 100);

    expect(await attach(facts.holder)).toBe(100);
    expect(await attach(facts.queued)).toBe(110);
  });

  test("resolves a promise that a workflow waits for", async () => {
    await server.call("Signup/ada/confirm", "code");

    expect(await attach(facts.signup)).toBe("ada@example.com confirmed with code");
  });

  test("resumes what was paused, without running recorded steps again", async () => {
    await server.manage("PATCH", `invocations/${facts.paused}/resume`);

    expect(await attach(facts.paused)).toBe("before and after");
  });

  test("is read again after another kill", async () => {
    await server.kill();
    server = await ServerProcess.start(directory);

    expect(await attach(facts.queued)).toBe(110);
    expect(await server.call("Counter/ada/add", 1)).toBe(9);
  });

  function attach(invocationId: string): Promise<unknown> {
    return server.get(`restate/invocation/${invocationId}/attach`);
  }
});
