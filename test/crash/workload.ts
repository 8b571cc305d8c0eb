/** The mixed load: clients that do one operation after the other and enter it in the ledger. */
import type { CounterName, Ledger } from "./ledger.ts";
import type { Answer, RetryingClient } from "./retrying-client.ts";
import type { SeededRandom } from "./seeded-random.ts";

const KEYS = 12;
const DELAY_MS_MAX = 4_000;
const REMEMBERED_ANSWERS_MAX = 500;

interface Remembered {
  readonly path: string;
  readonly body: unknown;
  readonly idempotencyKey: string;
  readonly text: string;
}

/** What clients do, and how often. */
export class Workload {
  readonly #client: RetryingClient;
  readonly #ledger: Ledger;
  readonly #remembered: Remembered[] = [];
  readonly #finished = new Map<string, number>();
  #operations = 0;

  constructor(client: RetryingClient, ledger: Ledger) {
    this.#client = client;
    this.#ledger = ledger;
  }

  /** Operations that ended, by kind. */
  get finished(): ReadonlyMap<string, number> {
    return this.#finished;
  }

  get finishedCount(): number {
    return [...this.#finished.values()].reduce((sum, count) => sum + count, 0);
  }

  /** One client: operation after operation until `isOver`. */
  async runClient(random: SeededRandom, isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.#operate(random);
  }

  async #operate(random: SeededRandom): Promise<void> {
    const kinds = [
      ["add", this.#add, 8],
      ["repeat", this.#repeat, 3],
      ["send", this.#send, 4],
      ["delayed send", this.#sendDelayed, 4],
      ["sleep", this.#sleep, 3],
      ["awakeable", this.#awakeable, 3],
      ["workflow", this.#workflow, 3],
      ["order", this.#order, 4],
    ] as const;
    const total = kinds.reduce((sum, [, , weight]) => sum + weight, 0);
    let drawn = random.between(1, total);
    for (const [name, run, weight] of kinds) {
      drawn -= weight;
      if (drawn > 0) continue;
      const operation = `op${++this.#operations}`;
      await run.call(this, operation, random);
      this.#finished.set(name, (this.#finished.get(name) ?? 0) + 1);
      return;
    }
  }

  /** Calls an object handler and waits for the count. */
  async #add(operation: string, random: SeededRandom): Promise<void> {
    const counter = pickCounter(random);
    const holdMs = random.chance(0.1) ? random.between(1, 100) : undefined;
    const startedAtMs = performance.now();
    const answer = await this.#call(addPath(counter), { operation, holdMs }, operation);
    const answeredAtMs = performance.now();
    this.#ledger.expectAddition(counter, operation);
    const count = Number(answer.text);
    this.#ledger.addCounted(counter, { operation, startedAtMs, answeredAtMs, count });
  }

  /** Asks again what was answered before. */
  async #repeat(_operation: string, random: SeededRandom): Promise<void> {
    if (this.#remembered.length === 0) return;
    const { text, ...question } = random.pick(this.#remembered);
    const answer = await this.#client.ask(question);
    this.#ledger.check("a repeated call gives the same result", answer.text === text, () => {
      return `${question.path} ${question.idempotencyKey}: "${text}", then "${answer.text}"`;
    });
  }

  async #send(operation: string, random: SeededRandom): Promise<void> {
    const counter = pickCounter(random);
    await this.#sendTo(`${addPath(counter)}/send`, { operation }, operation);
    this.#ledger.expectAddition(counter, operation);
  }

  async #sendDelayed(operation: string, random: SeededRandom): Promise<void> {
    const counter = pickCounter(random);
    const delayMs = random.between(1, DELAY_MS_MAX);
    // A repetition of the request may be what is accepted, so the earliest due time counts.
    const dueAtMs = Date.now() + delayMs;
    const path = `${addPath(counter)}/send?delay=${delayMs}ms`;
    const answer = await this.#sendTo(path, { operation, dueAtMs }, operation);
    const { executionTime } = JSON.parse(answer.text) as { executionTime: string };
    this.#ledger.expectAddition(counter, operation);
    // The time is answered with nanoseconds; the handler's clock has milliseconds.
    this.#ledger.expectFiring(operation, Math.floor(Date.parse(executionTime)));
  }

  async #sleep(operation: string, random: SeededRandom): Promise<void> {
    const durationMs = random.between(1, 1_500);
    const path = `/${pickWorker(random)}/nap`;
    await this.#call(path, { operation, durationMs }, operation);
    this.#ledger.expectFiring(operation, 0);
  }

  async #awakeable(operation: string, random: SeededRandom): Promise<void> {
    const waiting = this.#call(`/${pickWorker(random)}/wait`, operation, operation);
    const id = await this.#ledger.awakeableOf(operation);
    const path = `/restate/awakeables/${id}/resolve`;
    await this.#client.ask({ path, body: `for ${operation}` });
    const answer = await waiting;
    this.#ledger.check(
      "an awakeable gives what it was resolved with",
      answer.text === JSON.stringify(`for ${operation}`),
      () => `${operation} got ${answer.text}`,
    );
  }

  /** Starts a workflow, answers its promise twice at once, and asks for the result two ways. */
  async #workflow(operation: string, random: SeededRandom): Promise<void> {
    const counter = { service: "Counter", key: pickKey(random) } as const;
    const path = `/Flow/${operation}`;
    const body = counter.key;
    const started = await this.#client.ask({ path: `${path}/run/send`, body });
    this.#checkAnswered(started, `${path}/run/send`);
    this.#ledger.expectAddition(counter, `${operation}-flow`);
    const choices = [`${operation}-a`, `${operation}-b`];
    const answered = await Promise.all(
      choices.map((text) => this.#call(`${path}/answer`, text, `${operation}-${text}`)),
    );
    const accepted = choices.filter((_, i) => answered[i]?.text === "true");
    this.#ledger.check("a promise is completed once", accepted.length === 1, () => {
      return `${operation} accepted ${accepted.length} answers`;
    });
    const attached = await this.#client.ask({
      method: "GET",
      path: `/restate/workflow/Flow/${operation}/attach`,
    });
    const result = parse(attached) as { first: string; answer: string } | undefined;
    this.#ledger.check("a workflow sees its promise", result?.answer === accepted[0], () => {
      return `${operation} was answered ${accepted[0]}, and ended with ${attached.text}`;
    });
    if (result !== undefined) this.#ledger.checkStep(operation, result.first);
    const again = await this.#client.ask({ path: `${path}/run`, body });
    this.#ledger.check("a workflow runs once per key", again.status === 409, () => {
      return `a second run of ${operation} was answered ${again.status} ${again.text}`;
    });
  }

  async #order(operation: string, random: SeededRandom): Promise<void> {
    const key = pickKey(random);
    const body = { operation, key, delayMs: random.between(1, DELAY_MS_MAX) };
    const answer = await this.#call(
      `/${random.pick(["Shop", "SuspendingShop"])}/order`,
      body,
      operation,
    );
    this.#ledger.expectAddition({ service: "Counter", key }, `${operation}-call`);
    this.#ledger.expectAddition({ service: "LazyCounter", key }, `${operation}-send`);
    this.#ledger.expectAddition({ service: "LazyCounter", key }, `${operation}-late`);
    this.#ledger.expectFiring(`${operation}-late`, 0);
    const result = parse(answer) as { steps: string[] } | undefined;
    for (const value of result?.steps ?? []) this.#ledger.checkStep(operation, value);
  }

  /** A call with an idempotency key; remembered for a later repetition. */
  async #call(path: string, body: unknown, idempotencyKey: string): Promise<Answer> {
    const answer = await this.#client.ask({ path, body, idempotencyKey });
    this.#checkAnswered(answer, path);
    const remembered = { path, body, idempotencyKey, text: answer.text };
    if (this.#remembered.length < REMEMBERED_ANSWERS_MAX) this.#remembered.push(remembered);
    else this.#remembered[this.#operations % REMEMBERED_ANSWERS_MAX] = remembered;
    return answer;
  }

  async #sendTo(path: string, body: unknown, idempotencyKey: string): Promise<Answer> {
    const answer = await this.#client.ask({ path, body, idempotencyKey });
    this.#checkAnswered(answer, path);
    return answer;
  }

  #checkAnswered(answer: Answer, path: string): void {
    this.#ledger.check("every request is answered with success", answer.status < 300, () => {
      return `${path} was answered ${answer.status} ${answer.text}`;
    });
  }
}

function parse(answer: Answer): unknown {
  return answer.status === 200 ? JSON.parse(answer.text) : undefined;
}

function pickKey(random: SeededRandom): string {
  return `key${random.between(1, KEYS)}`;
}

function pickCounter(random: SeededRandom): CounterName {
  return { service: random.pick(["Counter", "LazyCounter"] as const), key: pickKey(random) };
}

function addPath({ service, key }: CounterName): string {
  return `/${service}/${key}/add`;
}

function pickWorker(random: SeededRandom): string {
  return random.pick(["Worker", "SuspendingWorker"]);
}
