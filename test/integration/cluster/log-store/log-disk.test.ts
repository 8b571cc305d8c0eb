// The real disk, where something else works on it at the same time.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLogDisk } from "../../../../cluster/log-store/log-disk.ts";
import { SnapshotStaging } from "../../../../cluster/multiraft/snapshot-staging.ts";

async function* image(): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(1, 2, 3);
}

test("images of many groups are removed at once, without being in each other's way", async () => {
  const directory = mkdtempSync(join(tmpdir(), "stet-disk-"));
  const staging = new SnapshotStaging(createLogDisk(directory));
  const groups = Array.from({ length: 20 }, (_, group) => group);
  for (let round = 0; round < 10; round++) {
    for (const group of groups) await staging.stage({ group, index: 1 }, image());

    await Promise.all(
      groups.map(async (group) => {
        await new Promise((resolve) => setImmediate(resolve));
        await staging.removeAll(group);
      }),
    );

    expect(groups.map((group) => staging.find(group, 1))).toEqual(groups.map(() => undefined));
  }
  rmSync(directory, { recursive: true, force: true });
});
