// What both object stores promise, on a real directory and against a server that checks signatures;
// then what only one of them has: drafts and locks, retries and refusals.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock, systemRandom, systemScheduler } from "#cluster";
import { FakeS3, S3_BUCKET, S3_KEY, S3_REGION, S3_SECRET } from "#fixtures/s3-server";
import {
  type ObjectStore,
  type ObjectStoreSettings,
  openObjectStore,
} from "../../../src/snapshots/index.ts";
import { silentLogger } from "../cluster/log-store/log-harness.ts";

let server: FakeS3;
let folder: string;

beforeEach(async () => {
  server = await FakeS3.start();
  folder = mkdtempSync(join(tmpdir(), "stet-objects-"));
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(overrides: Partial<ObjectStoreSettings> = {}, environment = {}): ObjectStore {
  const settings: ObjectStoreSettings = {
    destination: `s3://${S3_BUCKET}/deep/prefix`,
    retryPolicy: { initialIntervalMs: 1, factor: 2, intervalMsMax: 4, attemptsMax: 4 },
    region: S3_REGION,
    accessKeyId: S3_KEY,
    secretAccessKey: S3_SECRET,
    sessionToken: undefined,
    profile: undefined,
    endpointUrl: server.endpoint,
    isHttpAllowed: true,
    ...overrides,
  };
  return openObjectStore(settings, {
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    logger: silentLogger,
    environment,
    readFile: () => undefined,
  });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LIMIT = 1_000;

async function read(store: ObjectStore, key: string): Promise<string | undefined> {
  const object = await store.get(key, LIMIT);
  return object && new TextDecoder().decode(object.bytes);
}

describe.each([
  { name: "a directory", openStore: () => open({ destination: `file://${folder}/objects` }) },
  { name: "S3", openStore: () => open() },
])("$name", ({ openStore }) => {
  let store: ObjectStore;

  beforeEach(() => {
    store = openStore();
  });

  afterEach(() => {
    store.close();
  });

  test("gives back what was written last, and nothing where nothing was", async () => {
    await store.put("7/a b+ü/x.bin", bytes("first"));
    await store.put("7/a b+ü/x.bin", bytes("second"));

    expect(await read(store, "7/a b+ü/x.bin")).toBe("second");
    expect(await read(store, "7/a b+ü/y.bin")).toBeUndefined();
  });

  test("lists the keys below a prefix in order, over several pages", async () => {
    server.pageKeys = 2;
    for (const key of ["1/b", "1/a", "10/c", "1/lsn_2/x", "1/lsn_1/y"]) {
      await store.put(key, bytes(key));
    }

    expect((await store.list("1/")).map(({ key }) => key)).toEqual([
      "1/a",
      "1/b",
      "1/lsn_1/y",
      "1/lsn_2/x",
    ]);
    expect(await store.list("1/lsn_")).toEqual([
      { key: "1/lsn_1/y", bytes: 9 },
      { key: "1/lsn_2/x", bytes: 9 },
    ]);
    expect(await store.list("2/")).toEqual([]);
  });

  test("forgets what is deleted, also twice", async () => {
    await store.put("1/a", bytes("a"));

    await store.delete("1/a");
    await store.delete("1/a");

    expect(await store.list("")).toEqual([]);
  });

  test("replaces an object only at the version that was read", async () => {
    const version = await store.put("k", bytes("1"), { replaces: { version: undefined } });
    expect((await store.get("k", LIMIT))?.version).toBe(version);
    await expect(
      store.put("k", bytes("2"), { replaces: { version: undefined } }),
    ).rejects.toMatchObject({ code: "OBJECT_CHANGED" });

    const next = await store.put("k", bytes("2"), { replaces: { version } });

    await expect(store.put("k", bytes("3"), { replaces: { version } })).rejects.toMatchObject({
      code: "OBJECT_CHANGED",
    });
    expect(await read(store, "k")).toBe("2");
    expect(next).not.toBe(version);
  });

  test("lets one of several writers replace an object", async () => {
    const version = await store.put("k", bytes("0"));

    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        store.put("k", bytes(`${i + 1}`), { replaces: { version } }),
      ),
    );

    const winners = outcomes.flatMap(({ status }, i) =>
      status === "fulfilled" ? [`${i + 1}`] : [],
    );
    expect(winners).toHaveLength(1);
    expect(await read(store, "k")).toBe(winners[0]);
  });

  test("refuses an object that is larger than expected", async () => {
    await store.put("k", new Uint8Array(LIMIT + 1));

    await expect(store.get("k", LIMIT)).rejects.toMatchObject({
      code: expect.stringMatching(/^OBJECT_STORE_/),
    });
  });
});

describe("a directory", () => {
  test("shows neither drafts nor locks, and leaves none behind", async () => {
    const store = open({ destination: `file://${folder}` });
    mkdirSync(join(folder, "1"));
    writeFileSync(join(folder, "1", ".abc.draft"), "half");
    await store.put("1/a", bytes("a"), { replaces: { version: undefined } });

    expect((await store.list("")).map(({ key }) => key)).toEqual(["1/a"]);
    expect(readdirSync(join(folder, "1")).sort()).toEqual([".abc.draft", "a"]);
  });

  test("breaks the lock of a writer that has died, and no other", async () => {
    const store = open({ destination: `file://${folder}` });
    const lock = join(folder, ".lock");
    writeFileSync(lock, "");
    const replaces = { version: undefined };
    await expect(store.put("a", bytes("a"), { replaces })).rejects.toMatchObject({
      code: "OBJECT_CHANGED",
    });
    utimesSync(lock, 1, 1);

    await store.put("a", bytes("a"), { replaces });

    expect(await read(store, "a")).toBe("a");
  });

  test("accepts no key that leads out of it", async () => {
    const store = open({ destination: `file://${folder}/inner` });

    await expect(store.put("../a", bytes("a"))).rejects.toMatchObject({
      code: "OBJECT_STORE_REFUSED",
    });
  });
});

describe("S3", () => {
  test("is asked again after errors that pass, and the same object arrives", async () => {
    const store = open();
    server.faults.push({ method: "PUT", path: "/k", kind: 503 });
    server.faults.push({ method: "PUT", path: "/k", kind: "hang-up" });
    server.faults.push({ method: "GET", path: "/k", kind: 500 });

    await store.put("k", bytes("kept"));

    expect(await read(store, "k")).toBe("kept");
    expect(server.requests.map((line) => line.split(" ")[0])).toEqual([
      "PUT",
      "PUT",
      "PUT",
      "GET",
      "GET",
    ]);
    store.close();
  });

  test("is given up after the last attempt", async () => {
    const store = open();
    server.faults.push({ method: "GET", path: "/k", kind: 503, count: 99 });

    await expect(store.get("k", LIMIT)).rejects.toMatchObject({
      code: "OBJECT_STORE_UNAVAILABLE",
      message: expect.stringContaining("503 Faulty"),
    });

    expect(server.requests).toHaveLength(4);
    store.close();
  });

  test("is not asked again when it refuses", async () => {
    const store = open({ secretAccessKey: "wrong" });

    await expect(store.put("k", bytes("1"))).rejects.toMatchObject({
      code: "OBJECT_STORE_REFUSED",
      message: expect.stringContaining("SignatureDoesNotMatch"),
    });

    expect(server.requests).toHaveLength(1);
    store.close();
  });

  test("says so when there is no bucket", async () => {
    const store = open({ destination: "s3://other" });

    await expect(store.get("k", LIMIT)).rejects.toMatchObject({ code: "OBJECT_STORE_REFUSED" });
    store.close();
  });

  test("takes keys and region from the environment of the AWS tools", async () => {
    const store = open(
      { accessKeyId: undefined, secretAccessKey: undefined, region: undefined },
      { AWS_ACCESS_KEY_ID: S3_KEY, AWS_SECRET_ACCESS_KEY: S3_SECRET, AWS_REGION: S3_REGION },
    );

    await store.put("k", bytes("1"));

    expect(server.keys()).toEqual(["deep/prefix/k"]);
    store.close();
  });

  test("is not reached without encryption or without keys, unless that is allowed", () => {
    expect(() => open({ isHttpAllowed: false })).toThrow(/aws-allow-http/);
    expect(() => open({ accessKeyId: undefined })).toThrow(/no credentials/);
  });

  test("a closed store gives up what is under way", async () => {
    const store = open({
      retryPolicy: { initialIntervalMs: 60_000, factor: 1, intervalMsMax: 60_000, attemptsMax: 9 },
    });
    server.faults.push({ method: "GET", path: "/k", kind: 503, count: 99 });
    const reading = store.get("k", LIMIT);
    reading.catch(() => undefined);
    await new Promise<void>((resolve) => {
      server.onRequest = () => setImmediate(resolve);
    });

    store.close();

    await expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/^OBJECT_STORE_/) });
  });
});
