/** The deployment of a run, as a child process. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { join } from "node:path";

/** A running deployment. */
export class DeploymentProcess {
  readonly uri: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, uri: string) {
    this.#child = child;
    this.uri = uri;
  }

  /** Starts it on a host; resolves once it listens. */
  static async start(host: string): Promise<DeploymentProcess> {
    const child = fork(join(import.meta.dirname, "deployment.ts"), [host]);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.once("message", (port: number) => resolve(port));
    child.once("exit", (code) => reject(new Error(`The deployment ended with ${code}`)));
    return new DeploymentProcess(child, `http://${host}:${await promise}`);
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}
