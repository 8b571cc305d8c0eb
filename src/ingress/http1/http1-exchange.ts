import type { IngressResponse, ServerExchange } from "../server-exchange.ts";
import { BodyCollector, type BodyLimits } from "../transport/body-collector.ts";
import type { RequestHead } from "./request-head.ts";

/** What an exchange asks of its connection. */
export interface ExchangeOwner {
  /** The body is wanted and has not arrived: a client that waits for it has to be told. */
  onBodyWanted(exchange: Http1Exchange): void;
  /** The response is there. */
  onResponse(exchange: Http1Exchange): void;
}

/** One request of a connection, and its response until it is written. */
export class Http1Exchange implements ServerExchange {
  readonly head: RequestHead;
  readonly body: BodyCollector;
  readonly #owner: ExchangeOwner;
  #response: IngressResponse | undefined;
  #continueWanted = false;

  constructor(head: RequestHead, bodies: BodyLimits, owner: ExchangeOwner) {
    this.head = head;
    this.body = new BodyCollector(bodies);
    this.#owner = owner;
  }

  get method(): string {
    return this.head.method;
  }

  get target(): string {
    return this.head.target;
  }

  get headers(): readonly string[] {
    return this.head.headers;
  }

  get contentLength(): number | undefined {
    return this.head.contentLength;
  }

  /** The response, once there is one. */
  get response(): IngressResponse | undefined {
    return this.#response;
  }

  /** True if the client waits for `100 Continue` and a route wants the body. */
  get wantsContinue(): boolean {
    return this.#continueWanted && !this.body.settled && this.#response === undefined;
  }

  readBody(): Uint8Array | Promise<Uint8Array> {
    if (!this.body.settled) {
      this.#continueWanted = this.head.expectsContinue;
      this.#owner.onBodyWanted(this);
    }
    return this.body.read();
  }

  respond(response: IngressResponse): void {
    if (this.#response !== undefined) return;
    this.#response = response;
    this.body.discard();
    this.#owner.onResponse(this);
  }

  /** `100 Continue` was sent. */
  onContinueSent(): void {
    this.#continueWanted = false;
  }
}
