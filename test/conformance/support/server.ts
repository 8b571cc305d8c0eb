/** A server under test as checks use it: its HTTP ports, its SQL, and waiting on invocations. */

import type { Answer, JsonObject, SendOptions } from "./http.ts";
import { HttpClient } from "./http.ts";
import type { ServerOptions, TargetKind } from "./target.ts";
import { ServerProcess } from "./target.ts";
import { until } from "./wait.ts";

/** A running server. */
export class Server {
  readonly kind: TargetKind;
  readonly ingress: HttpClient;
  readonly admin: HttpClient;
  readonly process: ServerProcess | undefined;

  constructor(kind: TargetKind, origins: { ingress: string; admin: string }, own?: ServerProcess) {
    this.kind = kind;
    this.ingress = new HttpClient(origins.ingress);
    this.admin = new HttpClient(origins.admin, changesSchema);
    this.process = own;
  }

  /** Starts a server process of its own. */
  static async start(options: ServerOptions): Promise<Server> {
    const own = await ServerProcess.start(options);
    return new Server(options.kind, { ingress: own.ingressOrigin, admin: own.adminOrigin }, own);
  }

  async stop(): Promise<void> {
    this.ingress.close();
    this.admin.close();
    await this.process?.stop();
  }

  /** Rows of a SQL query; null columns are absent. */
  async sql(query: string): Promise<JsonObject[]> {
    const answer = await this.admin.post("/query", {
      json: { query },
      headers: { accept: "application/json" },
    });
    return answer.expect(200).object()["rows"] as JsonObject[];
  }

  /** Row of `sys_invocation`, or undefined when the invocation is not known. */
  async row(id: string, columns = "*"): Promise<JsonObject | undefined> {
    const rows = await this.sql(`SELECT ${columns} FROM sys_invocation WHERE id = '${id}'`);
    return rows[0];
  }

  /** Waits until the invocation has one of the statuses, separated by `|`; returns its row. */
  waitStatus(id: string, statuses: string, deadlineMs?: number): Promise<JsonObject> {
    const wanted = statuses.split("|");
    let seen = "absent";
    const what = () => `${id} is ${statuses}`;
    return until(
      what(),
      async () => {
        const row = await this.row(id);
        seen = String(row?.["status"] ?? "absent");
        if (row !== undefined && wanted.includes(seen)) return row;
        throw new Error(`it is ${seen}, last failure ${String(row?.["last_failure"] ?? "none")}`);
      },
      deadlineMs,
    );
  }

  /** Waits until the row satisfies `test`; returns it. */
  waitRow(
    id: string,
    what: string,
    test: (row: JsonObject) => boolean,
    deadlineMs?: number,
  ): Promise<JsonObject> {
    return until(
      `${id} ${what}`,
      async () => {
        const row = await this.row(id);
        if (row !== undefined && test(row)) return row;
        throw new Error(`last row ${JSON.stringify(row)}`);
      },
      deadlineMs,
    );
  }

  /** Waits until nothing is known of the invocation. */
  async waitGone(id: string, deadlineMs?: number): Promise<void> {
    await until(
      `${id} is gone`,
      async () => {
        const row = await this.row(id, "id, status");
        if (row === undefined) return true;
        throw new Error(`it is ${String(row["status"])}`);
      },
      deadlineMs,
    );
  }

  /** Entry types of the journal in order, without the `Command: ` and `Notification: ` prefixes. */
  async journal(id: string): Promise<string[]> {
    const rows = await this.sql(
      `SELECT index, entry_type FROM sys_journal WHERE id = '${id}' ORDER BY index`,
    );
    return rows.map((row) =>
      String(row["entry_type"]).replace(/^(Command|Notification): /, (all) =>
        all === "Command: " ? "" : "+",
      ),
    );
  }

  /** Journal events of an invocation in order, parsed, with their type and index. */
  async events(id: string): Promise<{ type: string; index: number; json: JsonObject }[]> {
    const rows = await this.sql(
      "SELECT event_type, after_journal_entry_index, event_json FROM sys_journal_events " +
        `WHERE id = '${id}' ORDER BY appended_at`,
    );
    return rows.map((row) => ({
      type: String(row["event_type"]),
      index: Number(row["after_journal_entry_index"]),
      json: JSON.parse(String(row["event_json"])) as JsonObject,
    }));
  }

  /** State of an object key as text by state key. */
  async state(service: string, key: string): Promise<Record<string, string>> {
    const rows = await this.sql(
      `SELECT key, value_utf8 FROM state WHERE service_name = '${service}' ` +
        `AND service_key = '${key}'`,
    );
    return Object.fromEntries(
      rows.map((row) => [String(row["key"]), String(row["value_utf8"])]).sort(),
    );
  }

  /** Registers a deployment and returns the answer of the admin API. */
  register(uri: string, options: JsonObject = {}): Promise<Answer> {
    return this.admin.post("/deployments", { json: { uri, ...options } });
  }

  /** Calls a handler through the ingress with a JSON body. */
  call(target: string, input?: unknown, options: SendOptions = {}): Promise<Answer> {
    const path = target.startsWith("/") ? target : `/${target}`;
    return this.ingress.post(path, input === undefined ? options : { ...options, json: input });
  }

  /** Sends a one-way call and returns its invocation id. */
  async sendCall(target: string, input?: unknown, options: SendOptions = {}): Promise<string> {
    const [path = "", query] = target.split("?");
    const suffix = query === undefined ? "" : `?${query}`;
    const answer = await this.call(`${path}/send${suffix}`, input, options);
    return String(answer.expect(202).object()["invocationId"]);
  }

  /** One operation of the admin API on an invocation. */
  operate(id: string, verb: string, query = ""): Promise<Answer> {
    return this.admin.patch(`/invocations/${id}/${verb}${query}`);
  }

  /** Waits for the result of an invocation. */
  attach(id: string): Promise<Answer> {
    return this.ingress.get(`/restate/invocation/${id}/attach`);
  }

  /** The result of an invocation if it has one. */
  output(id: string): Promise<Answer> {
    return this.ingress.get(`/restate/invocation/${id}/output`);
  }
}

/**
 * The original gives up on changes of its schema that overlap with many others; the checks must not
 * disturb each other by that.
 */
function changesSchema(method: string, path: string): boolean {
  return (
    /^(POST|PUT|PATCH|DELETE)$/.test(method) &&
    /^(\/v\d)?\/(deployments|services)(\/|$)/.test(path) &&
    !path.endsWith("/state")
  );
}
