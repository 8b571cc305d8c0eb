/** What a check is given: the server, the SDK services, the mock, and names of its own. */

import { randomBytes } from "node:crypto";

import type { JsonObject } from "./http.ts";
import type { MockDeployment, Script } from "./mock.ts";
import { MockServer } from "./mock.ts";
import { SdkEndpoint } from "./sdk-endpoint.ts";
import { Server } from "./server.ts";
import type { ServerOptions, TargetKind } from "./target.ts";

/** Everything the checks of one target share. */
export class Fixture {
  readonly kind: TargetKind;
  readonly server: Server;
  readonly mock = new MockServer();
  readonly sdk = new SdkEndpoint();
  readonly #dedicated = new Map<string, Promise<Server>>();
  readonly #turns = new Map<string, Promise<unknown>>();

  private constructor(server: Server) {
    this.kind = server.kind;
    this.server = server;
  }

  /** Starts the deployments, registers the SDK services, and takes over `server`. */
  static async open(server: Server): Promise<Fixture> {
    const fixture = new Fixture(server);
    await Promise.all([fixture.mock.listen(), fixture.sdk.listen()]);
    await fixture.registerSdk(server);
    return fixture;
  }

  /** Registers the SDK services with a server. */
  async registerSdk(server: Server): Promise<void> {
    const answer = await server.register(this.sdk.uri, { force: true });
    if (answer.status !== 201 && answer.status !== 200) {
      throw new Error(`Cannot register the SDK services: ${answer.describe()}`);
    }
  }

  /**
   * Runs `work` with a server of its own settings, started on first use and kept for the checks
   * that name it too; those run one after another.
   */
  dedicated<T>(
    name: string,
    options: Omit<ServerOptions, "kind">,
    work: (server: Server) => Promise<T>,
  ): Promise<T> {
    let starting = this.#dedicated.get(name);
    if (starting === undefined) {
      starting = Server.start({ kind: this.kind, ...options });
      this.#dedicated.set(name, starting);
    }
    const server = starting;
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(async () => work(await server));
    this.#turns.set(
      name,
      turn.catch(() => {}),
    );
    return turn;
  }

  async close(): Promise<void> {
    for (const starting of this.#dedicated.values()) {
      await starting.then(
        (server) => server.stop(),
        () => {},
      );
    }
    await this.server.stop();
    this.mock.close();
    this.sdk.close();
  }
}

/** The view one check has of the fixture. */
export class CheckContext {
  readonly target: TargetKind;
  readonly server: Server;
  readonly fixture: Fixture;
  #deployments: MockDeployment[] = [];

  constructor(fixture: Fixture) {
    this.target = fixture.kind;
    this.server = fixture.server;
    this.fixture = fixture;
  }

  /** A name nobody else uses, fit for keys, scopes and services. */
  unique(prefix = "u"): string {
    return `${prefix}${randomBytes(6).toString("hex")}`;
  }

  /** The expectation for this target where the two differ on purpose. */
  expected<T>(each: { readonly oracle: T; readonly stet: T }): T {
    return each[this.target];
  }

  /** Adds a mock deployment without registering it. */
  mock(manifest: JsonObject, scripts: Readonly<Record<string, Script>> = {}): MockDeployment {
    const deployment = this.fixture.mock.add(manifest, scripts);
    this.#deployments.push(deployment);
    return deployment;
  }

  /** Adds and registers a mock deployment; fails when the registration does. */
  async deploy(
    manifest: JsonObject,
    scripts: Readonly<Record<string, Script>> = {},
    server = this.server,
  ): Promise<MockDeployment & { readonly id: string }> {
    const deployment = this.mock(manifest, scripts);
    const answer = (await server.register(deployment.uri)).expect(201);
    return Object.assign(deployment, { id: String(answer.object()["id"]) });
  }
}
