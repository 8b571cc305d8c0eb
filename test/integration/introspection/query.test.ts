import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Introspection } from "#introspection";
import { COMMAND_TYPES, type DeploymentId, encodeInput, encodeSignal, failureOf } from "#model";
import {
  FakeScanner,
  IDS,
  idOf,
  invocationRow,
  rowsOf,
  startIntrospection,
  textOf,
} from "./introspection-harness.ts";
import { snapshotOf } from "./schema-fixture.ts";

const scanner = new FakeScanner();
let introspection: Introspection;

beforeAll(() => {
  introspection = startIntrospection(scanner, {
    schema: () =>
      snapshotOf([
        {
          id: "dp_11g9KeTt9QRX0yEDfSfm1Kp" as DeploymentId,
          uri: "http://127.0.0.1:9080/",
          httpVersion: "h2",
          protocolMode: "bidi-stream",
          minProtocolVersion: 5,
          maxProtocolVersion: 7,
          additionalHeaders: [],
          metadata: {},
          createdAtMs: Date.UTC(2026, 10, 22, 18, 29, 14, 99),
          services: [
            { name: "All", type: "service", revision: 2, options: {}, handlers: [] },
            {
              name: "Ob",
              type: "virtual-object",
              revision: 1,
              options: { public: false },
              handlers: [],
            },
          ],
        },
      ]),
    rules: () => ({
      version: 1,
      rules: [{ pattern: "a/*", concurrency: 3, disabled: false, version: 1, lastModifiedMs: 0 }],
    }),
  });
});

afterAll(() => introspection.close());

beforeEach(() => {
  scanner.asked.length = 0;
  scanner.pagesRead = 0;
  scanner.error = undefined;
  scanner.invocationRows = [
    invocationRow(),
    invocationRow({
      id: idOf(1),
      status: "suspended",
      completionResult: undefined,
      completedAtMs: undefined,
      target: {
        serviceType: "virtual-object",
        handlerType: "exclusive",
        service: "Ob",
        handler: "hold",
        key: "k2",
        scope: undefined,
      },
      awaiting: {
        combinator: "first-completed",
        completions: [3],
        signals: [1],
        namedSignals: ["go"],
        nested: [],
      },
    }),
    invocationRow({
      id: idOf(2),
      status: "backing-off",
      completionResult: undefined,
      completedAtMs: undefined,
      attempt: {
        phase: "backing-off",
        retryCount: 3,
        lastStartAtMs: Date.UTC(2026, 10, 22, 18, 33, 53, 432),
        nextRetryAtMs: Date.UTC(2026, 10, 22, 18, 33, 55, 712) + 0.5,
        lastAttemptDeploymentId: "dp_11g9KeTt9QRX0yEDfSfm1Kp" as DeploymentId,
        lastAttemptServer: "restate-sdk-typescript/1.17.2",
        lastFailure: {
          failure: { ...failureOf(500, "boom"), stacktrace: "Error: boom" },
          documentedCode: "RT0007",
          relatedCommandIndex: 1,
          relatedCommandName: "flaky",
          relatedCommandType: "Run",
        },
        lastAwaitingOn: undefined,
      },
    }),
    invocationRow({
      id: idOf(3),
      completionResult: "failure",
      completionFailure: failureOf(409, "killed"),
    }),
  ];
});

function query(sql: string): Promise<readonly Record<string, unknown>[]> {
  return rowsOf(introspection, sql);
}

describe("values", () => {
  test("a completed invocation has the columns of the original, nulls left out", async () => {
    const [row] = await query(`SELECT * FROM sys_invocation WHERE id = '${IDS[0]}'`);
    expect(row).toEqual({
      id: IDS[0],
      target: "All/echo",
      target_service_name: "All",
      target_handler_name: "echo",
      target_service_ty: "service",
      idempotency_key: "01M828JEBXKECH69NGTX42HR8M",
      invoked_by: "ingress",
      pinned_deployment_id: "dp_11g9KeTt9QRX0yEDfSfm1Kp",
      pinned_service_protocol_version: 6,
      journal_size: 2,
      journal_commands_size: 2,
      created_at: "2026-11-22T18:33:51.741Z",
      created_using_restate_version: "1.7.12",
      modified_at: "2026-11-22T18:33:52Z",
      running_at: "2026-11-22T18:33:51.741Z",
      completed_at: "2026-11-22T18:33:52Z",
      completion_retention: "PT86400S",
      journal_retention: "P0D",
      status: "completed",
      completion_result: "success",
    });
  });

  test("a suspended invocation shows what it waits for", async () => {
    const [row] = await query(
      "SELECT suspended_waiting_for_completions c, suspended_waiting_for_signals s, " +
        `suspended_waiting_future_json f FROM sys_invocation WHERE id = '${IDS[1]}'`,
    );
    expect(row).toEqual({
      c: [3],
      s: [1],
      f: JSON.stringify({
        FirstCompleted: [
          { Single: { CompletionId: 3 } },
          { Single: { SignalIndex: 1 } },
          { Single: { SignalName: "go" } },
        ],
      }),
    });
  });

  test("an invocation that backs off shows its last failure and its next attempt", async () => {
    const [row] = await query(`SELECT * FROM sys_invocation_state WHERE id = '${IDS[2]}'`);
    expect(row).toEqual({
      partition_key: 8470570151560890000,
      id: IDS[2],
      in_flight: false,
      retry_count: 3,
      last_start_at: "2026-11-22T18:33:53.432Z",
      last_attempt_deployment_id: "dp_11g9KeTt9QRX0yEDfSfm1Kp",
      last_attempt_server: "restate-sdk-typescript/1.17.2",
      next_retry_at: "2026-11-22T18:33:55.712Z",
      last_failure: "[500 Internal] boom\nError: boom",
      last_failure_error_code: "RT0007",
      last_failure_related_command_index: 1,
      last_failure_related_command_name: "flaky",
      last_failure_related_command_type: "Run",
    });
    expect(await query("SELECT id FROM sys_invocation_state")).toHaveLength(1);
  });

  test("the stored status differs from the shown one", async () => {
    expect(await query("SELECT id, status FROM sys_invocation_status ORDER BY id")).toEqual(
      [
        { id: IDS[3], status: "completed" },
        { id: IDS[2], status: "invoked" },
        { id: IDS[0], status: "completed" },
        { id: IDS[1], status: "suspended" },
      ].sort((left, right) => (left.id < right.id ? -1 : 1)),
    );
  });

  test("partition keys keep all their digits", async () => {
    const sql = `SELECT partition_key FROM sys_invocation_status WHERE id = '${IDS[0]}'`;
    expect(await textOf(introspection, sql)).toBe(
      '{"rows":[{"partition_key":15530773073734573917}]}',
    );
    const filtered = await query(
      "SELECT id FROM sys_invocation_status WHERE partition_key = 15530773073734573917",
    );
    expect(filtered).toEqual([{ id: IDS[0] }]);
  });

  test("state shows text only where there is some, and bytes in hexadecimal", async () => {
    const row = { partitionKey: 1n, service: "Ob", serviceKey: "k", scope: undefined };
    scanner.stateRows = [
      { ...row, key: "a", value: new TextEncoder().encode('{"x":1}') },
      { ...row, key: "b", value: Uint8Array.of(0xff, 0) },
    ];
    expect(await query("SELECT key, value, value_utf8, value_length FROM state")).toEqual([
      { key: "a", value: "7b2278223a317d", value_utf8: '{"x":1}', value_length: 7 },
      { key: "b", value: "ff00", value_length: 2 },
    ]);
  });

  test("promises show their value or failure", async () => {
    const row = { partitionKey: 1n, service: "Wf", serviceKey: "w", scope: undefined };
    scanner.promiseRows = [
      { ...row, key: "a", result: { kind: "success", value: Uint8Array.of(0x31) } },
      { ...row, key: "b", result: { kind: "failure", failure: failureOf(500, "bad") } },
      { ...row, key: "c", result: undefined },
    ];
    expect(await query("SELECT * FROM sys_promise")).toMatchObject([
      { completed: true, completion_success_value: "31", completion_success_value_utf8: "1" },
      { completed: true, completion_failure: "[500 Internal] bad" },
      { completed: false, key: "c" },
    ]);
  });

  test("deployments, services and rules come from the registry", async () => {
    expect(await query("SELECT * FROM sys_deployment")).toEqual([
      {
        id: "dp_11g9KeTt9QRX0yEDfSfm1Kp",
        ty: "http",
        endpoint: "http://127.0.0.1:9080/",
        created_at: "2026-11-22T18:29:14.099Z",
        min_service_protocol_version: 5,
        max_service_protocol_version: 7,
        services: ["All", "Ob"],
      },
    ]);
    expect(await query("SELECT name, revision, public, ty FROM sys_service")).toEqual([
      { name: "All", revision: 2, public: true, ty: "service" },
      { name: "Ob", revision: 1, public: false, ty: "virtual_object" },
    ]);
    expect(await query("SELECT * FROM sys_rules")).toEqual([
      {
        pattern: "a/*",
        concurrency: 3,
        disabled: false,
        version: 1,
        last_modified: "1970-01-01T00:00:00Z",
      },
    ]);
  });

  test("journal entries are decoded, across pages", async () => {
    const entry = { invocationId: idOf(0), appendedAtMs: 1_000 };
    scanner.journalRows = [
      {
        ...entry,
        index: 0,
        type: COMMAND_TYPES.input,
        body: encodeInput([["a", "b"]], Uint8Array.of(49)),
      },
      { ...entry, index: 1, type: 0xfbff, body: encodeSignal(17, { kind: "void" }) },
      { ...entry, index: 2, type: 0xfbff, body: encodeSignal("go", { kind: "void" }) },
    ];
    const rows = await query("SELECT * FROM sys_journal ORDER BY index");
    expect(rows).toMatchObject([
      {
        id: IDS[0],
        index: 0,
        entry_type: "Command: Input",
        name: "",
        version: 2,
        appended_at: "1970-01-01T00:00:01Z",
        entry_lite_json: '{"Command":{"Input":{}}}',
        entry_json:
          '{"Command":{"Input":{"headers":[{"name":"a","value":"b"}],"payload":[49],"name":""}}}',
      },
      { index: 1, entry_type: "Notification: Signal" },
      { index: 2, entry_json: '{"Notification":{"Signal":{"id":{"Name":"go"},"result":"Void"}}}' },
    ]);
    expect(rows[1]).not.toHaveProperty("name");
    expect(rows[0]).toMatchObject({ raw_length: scanner.journalRows[0]?.body.length });
  });

  test("virtual queue tables are there, and empty", async () => {
    expect(await query("SELECT * FROM sys_vqueues")).toEqual([]);
    expect(await query("SELECT count(*) AS n FROM sys_user_limits")).toEqual([{ n: 0 }]);
  });
});

describe("dialect", () => {
  test.each([
    ["SELECT COUNT(*) FROM sys_invocation", [{ "count(*)": 4 }]],
    ["SELECT COUNT(1) FROM sys_invocation", [{ "count(Int64(1))": 4 }]],
    ["SELECT SUM(retry_count) FROM sys_invocation", [{ "sum(sys_invocation.retry_count)": 3 }]],
    ["SELECT COUNT(1) FILTER (WHERE status == 'completed') AS n FROM sys_invocation", [{ n: 2 }]],
    [
      "SELECT FIRST_VALUE(target ORDER BY target DESC) AS t FROM sys_invocation",
      [{ t: "Ob/k2/hold" }],
    ],
    [
      "SELECT inv.target FROM (SELECT * FROM sys_invocation inv LIMIT 50000) " +
        "WHERE inv.target_service_name = 'Ob'",
      [{ target: "Ob/k2/hold" }],
    ],
    [
      "SELECT DISTINCT target FROM restate.public.sys_invocation WHERE target LIKE 'All/%'",
      [{ target: "All/echo" }],
    ],
    ["SELECT target FROM sys_invocation WHERE target ILIKE 'ob/%'", [{ target: "Ob/k2/hold" }]],
    [
      "WITH t AS (SELECT status s, count(*) n FROM sys_invocation GROUP BY 1) " +
        "SELECT s, n FROM t ORDER BY n DESC, s LIMIT 1;",
      [{ s: "completed", n: 2 }],
    ],
    [
      "SELECT count(*) AS n FROM sys_invocation WHERE created_at < now() - INTERVAL '1 second' " +
        "AND created_at > '2020-01-01T00:00:00Z'",
      [{ n: 0 }],
    ],
    [
      "SELECT 1/2 AS a, 7 % 4 AS b, 1.5 AS c, null AS d, true AS e",
      [{ a: 0, b: 3, c: 1.5, e: true }],
    ],
    ["SELECT completed_at - created_at AS d FROM sys_invocation LIMIT 1", [{ d: "PT0.259S" }]],
    [
      "SELECT date_bin(INTERVAL '1 hour', created_at, '2026-01-01T00:00:00Z') AS b, " +
        "to_unixtime(created_at) AS u FROM sys_invocation LIMIT 1",
      [{ b: "2026-11-22T18:00:00Z", u: 1795372431 }],
    ],
    [`SELECT '{"a":"b"}' ->> 'a' AS x, json_get_str('{"a":"b"}', 'a') AS y`, [{ x: "b", y: "b" }]],
    ["SELECT AVG(journal_size) AS a FROM sys_invocation", [{ a: 2 }]],
    [
      "SELECT s.name, count(i.id) AS n FROM sys_service s LEFT JOIN sys_invocation i " +
        "ON i.target_service_name = s.name GROUP BY s.name ORDER BY s.name",
      [
        { name: "All", n: 3 },
        { name: "Ob", n: 1 },
      ],
    ],
    ["DESCRIBE sys_service", [{ column_name: "name", data_type: "LargeUtf8", is_nullable: "YES" }]],
    [
      "SELECT data_type, is_nullable FROM information_schema.columns " +
        "WHERE table_name = 'sys_invocation' AND column_name = 'status'",
      [{ data_type: "LargeUtf8", is_nullable: "NO" }],
    ],
    [
      "SELECT octet_length('äb') AS a, regexp_like('abc', '^a') AS b, approx_distinct(target) AS c " +
        "FROM sys_invocation",
      [{ a: 3, b: true, c: 2 }],
    ],
    ["SET a = 1", []],
    ["-- a comment\nSELECT 1 AS a", [{ a: 1 }]],
  ])("%s", async (sql, expected) => {
    const time = sql.includes("now()") ? [{ n: expect.any(Number) as unknown }] : expected;
    expect((await query(sql)).slice(0, expected.length || 1)).toEqual(time);
  });

  test("SHOW TABLES lists every table", async () => {
    expect(await query("SHOW TABLES")).toHaveLength(18);
  });

  test("nulls come last when ascending and first when descending", async () => {
    const ascending = await query("SELECT retry_count r FROM sys_invocation ORDER BY r LIMIT 1");
    const descending = await query("SELECT retry_count r FROM sys_invocation ORDER BY r DESC");
    expect(ascending).toEqual([{ r: 3 }]);
    expect(descending.at(-1)).toEqual({ r: 3 });
  });
});

describe("refusals", () => {
  test.each([
    ["SELEC 1", 400, 'Datafusion error: SQL error: ParserError("Expected: an SQL statement'],
    ["SELECT FROM WHERE", 400, "Datafusion error: SQL error: ParserError("],
    ["DROP TABLE state", 400, "Datafusion error: Error during planning: DDL not supported"],
    ["DELETE FROM state", 400, "Datafusion error: Error during planning: DML not supported"],
    ["WITH a AS (SELECT 1) DELETE FROM state", 400, "Datafusion error: "],
    ["COPY state TO '/tmp/x'", 400, "Datafusion error: "],
    ["", 500, "Datafusion error: Error during planning: No SQL statements were provided"],
    ["SELECT 1; SELECT 2", 500, "Datafusion error: This feature is not implemented"],
    [
      "SELECT * FROM nope",
      500,
      "Datafusion error: Error during planning: table 'restate.public.nope' not found",
    ],
    ["SELECT nope FROM state", 500, "Datafusion error: "],
    ["SELECT nope(1)", 500, "Datafusion error: "],
    ["SELECT cast('x' AS int)", 500, "Datafusion error: "],
    [
      "SELECT * FROM sys_invocation WHERE id = 'garbage'",
      500,
      "Datafusion error: External error: non valid invocation id",
    ],
    ["SELECT * FROM read_csv('/etc/passwd')", 500, "Datafusion error: Permission Error"],
    ["SELECT * FROM '/etc/passwd'", 500, "Datafusion error: "],
    ["SELECT * FROM duckdb_secrets(), glob('/*')", 500, "Datafusion error: "],
  ])("%s", async (sql, status, message) => {
    await expect(introspection.query(sql, "json")).rejects.toMatchObject({
      name: "QueryError",
      status,
      message: expect.stringContaining(message) as unknown,
    });
  });

  test("a failing scan fails the query with its reason", async () => {
    scanner.error = new Error("partition 3 has no leader");
    await expect(query("SELECT id FROM sys_invocation")).rejects.toMatchObject({
      status: 500,
      message: "Datafusion error: External error: partition 3 has no leader",
    });
  });
});

describe("what is read", () => {
  test("equalities on id, service and key reach the scan", async () => {
    await query(
      `SELECT status FROM sys_invocation i LEFT JOIN sys_journal j ON j.id = i.id ` +
        `WHERE i.id = '${IDS[1]}' AND i.target_service_name = 'Ob' AND 'k2' = i.target_service_key`,
    );
    expect(scanner.asked).toEqual([
      {
        table: "invocations",
        filter: { invocationId: IDS[1], service: "Ob", serviceKey: "k2" },
      },
      { table: "journal", filter: {} },
    ]);
  });

  test("a list of ids becomes point reads", async () => {
    const rows = await query(
      `SELECT id FROM sys_invocation WHERE id IN ('${IDS[0]}', '${IDS[1]}', '${IDS[0]}')`,
    );
    expect(rows).toHaveLength(2);
    expect(scanner.asked.map(({ filter }) => filter)).toEqual([
      { invocationId: IDS[0] },
      { invocationId: IDS[1] },
    ]);
  });

  test.each([
    `SELECT id FROM sys_invocation WHERE id = '${IDS[0]}' OR status = 'completed'`,
    `SELECT a.id FROM sys_invocation a, sys_invocation b WHERE a.id = '${IDS[0]}'`,
    `SELECT id FROM sys_invocation WHERE NOT (id = '${IDS[0]}')`,
    `SELECT sum(CASE WHEN id = '${IDS[0]}' THEN 1 ELSE 0 END) FROM sys_invocation`,
    `WITH sys_invocation AS (SELECT 1 AS id) SELECT * FROM sys_invocation`,
  ])("no filter is handed down where it would drop rows: %s", async (sql) => {
    await query(sql);
    for (const { filter } of scanner.asked) expect(filter).toEqual({});
  });

  test("a plain LIMIT stops the scan early", async () => {
    expect(await query("SELECT id FROM sys_invocation LIMIT 1")).toHaveLength(1);
    expect(scanner.pagesRead).toBe(1);
  });

  test.each([
    "SELECT id FROM sys_invocation WHERE status = 'suspended' LIMIT 1",
    "SELECT id FROM sys_invocation ORDER BY created_at LIMIT 1",
    "SELECT DISTINCT status FROM sys_invocation LIMIT 1",
    "SELECT count(*) FROM sys_invocation LIMIT 1",
  ])("other LIMITs read everything: %s", async (sql) => {
    await query(sql);
    expect(scanner.pagesRead).toBe(2);
  });
});
