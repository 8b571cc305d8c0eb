import type { InvocationId } from "#model";
import { invocationContentType } from "#service-protocol";
import {
  type OpenRequest,
  type RequestStream,
  type StreamHandlers,
  type Transport,
  TransportError,
} from "../../../src/invoker/transport/transport.ts";
import type { SimRandom } from "../sim-random.ts";
import type { SimProcess, SimWorld } from "../sim-world.ts";

/** How the deployment and its connections behave; may be changed at any time. */
export interface DeploymentFaults {
  /** One in so many steps of a handler fails the attempt; 0 for none. */
  failOneIn: number;
  /** One in so many steps of a handler loses the connection; 0 for none. */
  cutOneIn: number;
  /** Virtual milliseconds that a step may take. */
  thinkMsMax: number;
  /** New requests are refused. */
  isDown: boolean;
}

/** The side of a stream on which the handler runs. */
export interface HandlerConnection {
  readonly request: OpenRequest;
  readonly version: number;
  /** Sends bytes; nothing happens when the connection is gone. */
  send(bytes: Uint8Array): void;
  /** Ends the response. */
  end(): void;
  /** Breaks the connection: both sides hear of it, each in its own time. */
  cut(): void;
}

/** Runs handlers. */
export interface HandlerRunner {
  onBytes(bytes: Uint8Array): void;
  /** The server has closed its half. */
  onHalfClosed(): void;
  /** Nobody is listening any more. */
  onLost(): void;
}

/** Makes what runs the handler of a request. */
export type StartHandler = (connection: HandlerConnection) => HandlerRunner;

/** Milliseconds until the end of a connection is noticed, at most. */
const NOTICED_MS = 1_500;

/** A deployment that outlives all nodes, and its connections to them. */
export class SimDeployment {
  readonly faults: DeploymentFaults = { failOneIn: 0, cutOneIn: 0, thinkMsMax: 5, isDown: false };
  readonly world: SimWorld;
  readonly random: SimRandom;
  /** Attempts so far. */
  attemptCount = 0;
  readonly #start: (deployment: SimDeployment) => StartHandler;
  readonly #streams = new Map<SimProcess, Set<SimStream>>();

  constructor(world: SimWorld, start: (deployment: SimDeployment) => StartHandler) {
    this.world = world;
    this.random = world.random.fork();
    this.#start = start;
  }

  /** Transport of a run of a node. */
  transport(process: SimProcess): Transport {
    const streams = new Set<SimStream>();
    this.#streams.set(process, streams);
    return {
      open: (request, handlers) => {
        this.attemptCount++;
        const stream = new SimStream({ deployment: this, process, request, handlers });
        streams.add(stream);
        stream.onOver = () => streams.delete(stream);
        stream.open(this.#start(this));
        return stream;
      },
      close: async () => undefined,
      stats: () => {
        throw new Error("Not asked for");
      },
    };
  }

  /** A process has ended: handlers notice after a while, and go on until then. */
  processEnded(process: SimProcess): void {
    for (const stream of this.#streams.get(process) ?? []) stream.loseServer();
    this.#streams.delete(process);
  }

  /** Waits in a handler. */
  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.after(delayMs, resolve);
    });
  }
}

interface StreamParts {
  readonly deployment: SimDeployment;
  readonly process: SimProcess;
  readonly request: OpenRequest;
  readonly handlers: StreamHandlers;
}

/** One stream: bytes arrive in order in each direction, after a while. */
class SimStream implements RequestStream {
  readonly bufferedBytes = 0;
  onOver: (() => void) | undefined;
  readonly #parts: StreamParts;
  #runner: HandlerRunner | undefined;
  #toHandler: (() => void)[] = [];
  #toServer: (() => void)[] = [];
  /** The server does not want to hear any more. */
  #isServerGone = false;
  #isHandlerGone = false;
  #isReading = true;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  open(start: StartHandler): void {
    const { deployment, request } = this.#parts;
    const { world, faults } = deployment;
    if (faults.isDown) {
      this.#isHandlerGone = true;
      this.#sendToServer(() => this.#failAtServer("CONNECT_FAILED"));
      return;
    }
    const version = Number(request.staticHeaders?.[0]?.[1].slice(-1));
    this.#pass(
      this.#toHandler,
      (run) => world.after(this.#delayMs(), run),
      () => {
        this.#runner = start({
          request,
          version,
          send: (bytes) => this.#sendToServer(() => this.#parts.handlers.onData(bytes)),
          end: () => this.#endResponse(),
          cut: () => this.#cut(),
        });
        const headers = new Map([["content-type", invocationContentType(version)]]);
        this.#sendToServer(() => this.#parts.handlers.onHead(200, headers));
      },
    );
  }

  write(data: Uint8Array | readonly Uint8Array[]): boolean {
    const parts = data instanceof Uint8Array ? [data] : data;
    const bytes = new Uint8Array(Buffer.concat(parts));
    this.#sendToHandler(() => this.#runner?.onBytes(bytes));
    return true;
  }

  end(): void {
    this.#sendToHandler(() => this.#runner?.onHalfClosed());
  }

  reset(): void {
    if (this.#isServerGone) return;
    this.#isServerGone = true;
    this.#loseHandler(this.#delayMs());
  }

  pauseReading(): void {
    this.#isReading = false;
  }

  resumeReading(): void {
    this.#isReading = true;
    this.#parts.process.after(0, () => this.#drainToServer());
  }

  /** The process of the server has ended. */
  loseServer(): void {
    this.#isServerGone = true;
    this.#loseHandler(this.#parts.deployment.random.nextBelow(NOTICED_MS));
  }

  #endResponse(): void {
    if (this.#isHandlerGone) return;
    this.#isHandlerGone = true;
    this.#sendToServer(() => {
      this.#isServerGone = true;
      this.#parts.handlers.onEnd();
    });
    this.onOver?.();
  }

  #cut(): void {
    const { process, deployment } = this.#parts;
    const { random } = deployment;
    this.#isHandlerGone = true;
    this.#toHandler = [];
    process.after(random.nextBelow(NOTICED_MS), () => this.#failAtServer("CONNECTION_LOST"));
    this.onOver?.();
  }

  #failAtServer(code: "CONNECTION_LOST" | "CONNECT_FAILED"): void {
    if (this.#isServerGone) return;
    this.#isServerGone = true;
    this.#parts.handlers.onError(new TransportError(code, "simulated"));
  }

  #loseHandler(delayMs: number): void {
    this.#parts.deployment.world.after(delayMs, () => {
      this.onOver?.();
      if (this.#isHandlerGone) return;
      this.#isHandlerGone = true;
      this.#runner?.onLost();
    });
  }

  #sendToHandler(run: () => void): void {
    const { world } = this.#parts.deployment;
    this.#pass(this.#toHandler, (next) => world.after(this.#delayMs(), next), run);
  }

  /** Each event delivers whatever is first, so nothing overtakes. */
  #pass(queue: (() => void)[], schedule: (run: () => void) => void, run: () => void): void {
    queue.push(run);
    schedule(() => {
      const next = queue.shift();
      if (!this.#isHandlerGone) next?.();
    });
  }

  #sendToServer(run: () => void): void {
    this.#toServer.push(run);
    this.#parts.process.after(this.#delayMs(), () => this.#deliverToServer());
  }

  #deliverToServer(): void {
    if (!this.#isReading) return;
    const next = this.#toServer.shift();
    if (!this.#isServerGone) next?.();
  }

  #drainToServer(): void {
    while (this.#isReading && this.#toServer.length > 0) this.#deliverToServer();
  }

  #delayMs(): number {
    return this.#parts.deployment.random.nextBelow(40) / 10;
  }
}

/** A path `/invoke/<service>/<handler>` in parts. */
export function targetOfPath(path: string): { readonly service: string; readonly handler: string } {
  const [service, handler] = path.split("/").slice(-2);
  return { service: service ?? "", handler: handler ?? "" };
}

/** Names a run of a handler in messages. */
export function nameOf(id: InvocationId, service: string, handler: string): string {
  return `${service}/${handler} ${id}`;
}
