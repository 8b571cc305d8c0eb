// Layers, units, foreign keys and refusals of the whole loader; nothing is read from the machine.
import { describe, expect, test } from "vitest";
import { SERVER_FLAGS } from "../../../src/cli/server-flags.ts";
import { dumpConfiguration } from "../../../src/config/dump.ts";
import { IGNORED_KEYS, RENAMED_KEYS } from "../../../src/config/foreign-keys.ts";
import type { ConfigurationSources } from "../../../src/config/load.ts";
import { loadConfiguration } from "../../../src/config/load.ts";
import { KNOWN_KEYS } from "../../../src/config/schema.ts";

interface Given {
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly production?: boolean;
}

function load(given: Given = {}) {
  const sources: ConfigurationSources = {
    configFile: given.file === undefined ? undefined : "stet.toml",
    environment: given.environment ?? {},
    flags: given.flags ?? {},
    production: given.production ?? false,
    hostName: "host-1",
    readFile: () => given.file ?? "",
  };
  return loadConfiguration(sources);
}

function problemsOf(given: Given): readonly string[] {
  try {
    load(given);
    return [];
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
}

describe("layers", () => {
  test("without any, the defaults are those of the original", () => {
    const { configuration, notices } = load();

    expect(notices).toEqual([]);
    expect(configuration.node).toMatchObject({
      roles: ["http-ingress", "admin", "worker", "log-server", "metadata-server"],
      nodeName: "host-1",
      clusterName: "localcluster",
      defaultPartitionCount: 24,
      autoProvision: true,
      listener: { host: "::", port: 5_122 },
    });
    expect(configuration.ingress.listener.port).toBe(8_080);
    expect(configuration.admin.listener.port).toBe(9_070);
    expect(configuration.invocation.retryPolicy).toEqual({
      initialIntervalMs: 500,
      exponentiationFactor: 2,
      maxIntervalMs: 60_000,
      attemptsMax: 70,
      onMaxAttempts: "pause",
    });
    expect(configuration.invoker).toMatchObject({
      inactivityTimeoutMs: 60_000,
      abortTimeoutMs: 600_000,
      messageBytesMax: 33_554_432,
      additionalRequestHeaders: { "x-restate-cluster-name": "localcluster" },
    });
  });

  test("flags win over STET_, which wins over RESTATE_, which wins over the file", () => {
    const file = 'node-name = "file"\ncluster-name = "file"\nlocation = "file"\nbase-dir = "file"';
    const environment = {
      RESTATE_CLUSTER_NAME: "restate",
      RESTATE_LOCATION: "restate",
      RESTATE_BASE_DIR: "restate",
      STET_LOCATION: "stet",
      STET_BASE_DIR: "stet",
    };

    const { node } = load({ file, environment, flags: { "base-dir": "flag" } }).configuration;

    expect([node.nodeName, node.clusterName, node.location, node.baseFolder]).toEqual([
      "file",
      "restate",
      "stet",
      "flag",
    ]);
  });

  test("the path of the file comes from the flag, else from STET_CONFIG, else from RESTATE_CONFIG", () => {
    const paths: string[] = [];
    const read = (configFile: string | undefined, environment: Record<string, string>): void => {
      const readFile = (path: string): string => `${paths.push(path) > 0 ? "" : ""}`;
      loadConfiguration({ configFile, environment, hostName: "h", readFile });
    };

    read("flag", { STET_CONFIG: "stet", RESTATE_CONFIG: "restate" });
    read(undefined, { STET_CONFIG: "stet", RESTATE_CONFIG: "restate" });
    read(undefined, { RESTATE_CONFIG: "restate" });

    expect(paths).toEqual(["flag", "stet", "restate"]);
  });

  test("variables reach nested keys, lists, tables of free names, and names without prefix", () => {
    const environment = {
      STET_INGRESS__BIND_PORT: "18080",
      STET_WORKER__INVOKER__ABORT_TIMEOUT: "90s",
      RESTATE_ROLES: "[worker, admin]",
      RESTATE_TRACING_HEADERS__AUTHORIZATION: "Bearer x",
      RESTATE_DEFAULT_RETRY_POLICY: "{max-attempts: unlimited, on-max-attempts: kill}",
      RUST_LOG: "debug",
      MEMORY_LIMIT: "1GiB",
    };

    const { configuration } = load({ environment });

    expect(configuration.ingress.listener.port).toBe(18_080);
    expect(configuration.invoker.abortTimeoutMs).toBe(90_000);
    expect(configuration.node.roles).toEqual(["worker", "admin"]);
    expect(configuration.telemetry.tracingHeaders).toEqual({ authorization: "Bearer x" });
    expect(configuration.telemetry.logFilter).toBe("debug");
    expect(configuration.storage.memoryBytes).toBe(1_073_741_824);
    expect(configuration.invocation.retryPolicy).toMatchObject({
      attemptsMax: undefined,
      onMaxAttempts: "kill",
    });
  });

  test.each([...KNOWN_KEYS.values()])("a variable sets $key", ({ key, isTable }) => {
    const variable = `STET_${key.replaceAll(".", "__").replaceAll("-", "_").toUpperCase()}`;

    // A value that no kind accepts: what is refused is the value, so the key was understood.
    const problems = problemsOf({
      environment: { [isTable ? `${variable}__X` : variable]: "[[]]" },
    });

    expect(problems).toEqual([expect.stringContaining(`Cannot use "${key}"`)]);
  });

  test("a production node does not create a cluster, unless it is told to", () => {
    const told = load({ production: true, file: "auto-provision = true" });

    expect(load({ production: true }).configuration.node.autoProvision).toBe(false);
    expect(told.configuration.node.autoProvision).toBe(true);
  });
});

describe("inheritance", () => {
  test("listeners take the interface of the root, and their own address wins over it", () => {
    const file =
      'bind-ip = "127.0.0.1"\nuse-random-ports = true\n[ingress]\nuse-random-ports = false\n[admin]\nbind-address = "[::1]:1234"';

    const { node, ingress, admin } = load({ file }).configuration;

    expect(node.listener).toMatchObject({ host: "127.0.0.1", port: 0 });
    expect(ingress.listener).toMatchObject({ host: "127.0.0.1", port: 8_080 });
    expect(admin.listener).toMatchObject({ host: "::1", port: 0 });
  });

  test("the message limit of the network caps the limits of the components", () => {
    const file =
      '[networking]\nmessage-size-limit = "1MiB"\n[ingress]\nrequest-size-limit = "2MiB"\n[worker.invoker]\nmessage-size-limit = "512KiB"';

    const { ingress, invoker } = load({ file }).configuration;

    expect(ingress.requestBytesMax).toBe(1_048_576);
    expect(invoker.messageBytesMax).toBe(524_288);
    expect(invoker.eagerStateBytesMax).toBe(524_288);
  });
});

describe("unknown keys", () => {
  test.each([
    ["a typing mistake", { file: "[worker]\ncleanup-intervall = '1h'" }, "worker.cleanup-interval"],
    [
      "a wrong section",
      { file: "[worker]\ninactivity-timeout = '1m'" },
      "worker.invoker.inactivity-timeout",
    ],
    [
      "a single underscore",
      { environment: { STET_WORKER_CLEANUP_INTERVAL: "1h" } },
      "worker.cleanup-interval",
    ],
    ["a mistake in a foreign prefix", { environment: { RESTATE_NODE_NAMES: "x" } }, "node-name"],
  ])("%s is an error with a suggestion", (_, given, suggestion) => {
    const problems = problemsOf(given);

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`did you mean "${suggestion}"?`);
  });

  test("all of them are reported together, each with its place", () => {
    const problems = problemsOf({
      file: "nope-nope = 1",
      environment: { STET_NOPE__NOPE: "x", STET_ROLES: "a,b" },
      flags: { "default-num-partitions": "0" },
    });

    expect(problems).toEqual([
      'Unknown key "nope-nope" (file "stet.toml")',
      'Unknown key "nope.nope" (environment variable STET_NOPE__NOPE)',
      'Cannot use "roles" (environment variable STET_ROLES): Expected a list, such as [a, b], got "a,b"',
      'Cannot use "default-num-partitions" (flag --default-num-partitions): Expected at least 1, got "0"',
    ]);
  });

  test("variables of other programs with the same prefix are left alone", () => {
    const { notices } = load({
      environment: {
        RESTATE_ADMIN_URL: "http://localhost:9070",
        RESTATE_PORT: "tcp://10.0.0.1:8080",
        RESTATE_SERVICE_HOST: "10.0.0.1",
        STET_PORT_8080_TCP_ADDR: "10.0.0.1",
      },
    });

    expect(notices.map(({ key }) => key)).toEqual(["admin-url"]);
  });
});

describe("keys of the original", () => {
  test("that mean nothing here are accepted, and reported once with the reason", () => {
    const { notices } = load({
      file: 'gossip-num-peers = 3\n[worker.invoker]\naws-profile = "p"',
      environment: { RESTATE_GOSSIP_NUM_PEERS: "2", DO_NOT_TRACK: "1" },
    });

    expect(notices.map(({ level, key }) => `${level} ${key}`)).toEqual([
      "info gossip-num-peers",
      "warn worker.invoker.aws-profile",
      "info disable-telemetry",
    ]);
  });

  test("with a former spelling set the key of today", () => {
    const { configuration, notices } = load({
      environment: { RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: "/key.pem" },
      file: "[additional-request-headers]\nX-Tenant = 'a'\n[worker.invoker]\ndisable-eager-state = true",
    });

    expect(configuration.invoker).toMatchObject({
      requestIdentityKeyFile: "/key.pem",
      additionalRequestHeaders: { "x-tenant": "a" },
      eagerStateBytesMax: 0,
    });
    expect(notices.every(({ level }) => level === "warn")).toBe(true);
  });

  test.each([
    ["another metadata store", "[metadata-client]\ntype = 'etcd'"],
    ["another log", "[bifrost]\ndefault-provider = 'local'"],
    ["encryption between nodes", "[tls]\nmode = 'require'"],
  ])("that ask for %s are refused", (_, file) => {
    expect(problemsOf({ file })).toHaveLength(1);
  });

  test("are in one list only", () => {
    const ignored = IGNORED_KEYS.flatMap(({ keys }) => [...keys]);

    expect(ignored.filter((key) => KNOWN_KEYS.has(key) || RENAMED_KEYS.has(key))).toEqual([]);
    expect([...RENAMED_KEYS.keys()].filter((key) => KNOWN_KEYS.has(key))).toEqual([]);
  });
});

test("every key has a sentence that describes it, and every flag sets a key", () => {
  const silent = [...KNOWN_KEYS.values()].filter(({ description }) => !description.endsWith("."));
  const known = (key: string): boolean =>
    KNOWN_KEYS.has(key) || IGNORED_KEYS.some(({ keys }) => keys.has(key));

  expect(silent.map(({ key }) => key)).toEqual([]);
  expect(SERVER_FLAGS.filter(({ key }) => !known(key))).toEqual([]);
});

test("a value that has no effect is noticed, unless it is the default", () => {
  const { notices } = load({ file: "[raft]\nlease-margin = 0.3\nread-mode = 'lease'" });

  expect(notices).toEqual([
    {
      level: "warn",
      key: "raft.lease-margin",
      message: '"raft.lease-margin" has no effect in this version',
    },
  ]);
});

test("what is dumped loads to the same configuration", () => {
  const file =
    'roles = ["worker"]\n[default-retry-policy]\nmax-attempts = "unlimited"\ninitial-interval = "1s 250ms"\n[tracing-headers]\na = "b"\n[raft]\nlease-margin = 0.3';
  const { configuration, values, notices } = load({ file });

  const again = load({ file: dumpConfiguration(values) });

  expect(again.configuration).toEqual(configuration);
  expect(again.notices).toEqual(notices);
});

test("the configuration is frozen in depth", () => {
  const { configuration } = load();

  expect(Object.isFrozen(configuration.worker)).toBe(true);
  expect(Object.isFrozen(configuration.invocation.retryPolicy)).toBe(true);
});

describe("cluster keys", () => {
  test.each([
    ["2", { nodeCopies: 2, zoneCopies: 1 }],
    ['"{node: 2}"', { nodeCopies: 2, zoneCopies: 1 }],
    ["{ zone = 2, node = 3 }", { nodeCopies: 3, zoneCopies: 2 }],
    ['"{zone: 2, node: 3}"', { nodeCopies: 3, zoneCopies: 2 }],
  ])("default-replication = %s", (text, expected) => {
    const { configuration } = load({ file: `default-replication = ${text}\n` });
    expect(configuration.node.defaultReplication).toEqual(expected);
  });

  test.each(["0", "17", '"two"', '"{rack: 2}"', "{ zone = 3, node = 2 }"])(
    "default-replication = %s is refused",
    (text) => {
      expect(problemsOf({ file: `default-replication = ${text}\n` })).toHaveLength(1);
    },
  );

  test("seeds come as a list, as text, or under the former name", () => {
    const expected = ["http://a:5122", "http://b:5122"];
    for (const environment of [
      { STET_METADATA_CLIENT__ADDRESSES: '["http://a:5122", "http://b:5122"]' },
      { RESTATE_METADATA_CLIENT__ADDRESSES: "http://a:5122,http://b:5122" },
      { RESTATE_METADATA_CLIENT__ADDRESS: "http://a:5122, http://b:5122" },
    ]) {
      expect(load({ environment }).configuration.node.seedAddresses).toEqual(expected);
    }
  });

  test("what is dumped can be read again", () => {
    const { values } = load({ file: 'default-replication = "{zone: 2, node: 3}"\n' });
    const again = load({ file: dumpConfiguration(values) });
    expect(again.configuration.node.defaultReplication).toEqual({ nodeCopies: 3, zoneCopies: 2 });
  });
});
