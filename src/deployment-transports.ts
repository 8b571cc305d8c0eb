import type { ResolvedDeployment, SchemaView } from "#schema";

/** The part of a transport that its keeper needs. */
interface Closable {
  close(): Promise<void>;
}

interface Kept<T> {
  readonly deployment: ResolvedDeployment;
  readonly transport: T;
}

/** One transport per deployment, made at its first use; at most as many as are registered. */
export class DeploymentTransports<T extends Closable = Closable> {
  readonly #create: (deployment: ResolvedDeployment) => T;
  readonly #kept = new Map<string, Kept<T>>();

  constructor(create: (deployment: ResolvedDeployment) => T) {
    this.#create = create;
  }

  /** The transport of a deployment; a changed address gets a new one. */
  of(deployment: ResolvedDeployment): T {
    const kept = this.#kept.get(deployment.id);
    if (kept !== undefined && isSameAddress(kept.deployment, deployment)) return kept.transport;
    if (kept !== undefined) void kept.transport.close();
    const transport = this.#create(deployment);
    this.#kept.set(deployment.id, { deployment, transport });
    return transport;
  }

  /** Closes the transports of deployments that are no longer registered. */
  retain(schema: SchemaView): void {
    for (const [id, { deployment, transport }] of this.#kept) {
      if (schema.deployment(deployment.id) !== undefined) continue;
      this.#kept.delete(id);
      void transport.close();
    }
  }

  async close(): Promise<void> {
    const closing = [...this.#kept.values()].map(({ transport }) => transport.close());
    this.#kept.clear();
    await Promise.all(closing);
  }
}

function isSameAddress(a: ResolvedDeployment, b: ResolvedDeployment): boolean {
  return a.uri === b.uri && a.httpVersion === b.httpVersion;
}
