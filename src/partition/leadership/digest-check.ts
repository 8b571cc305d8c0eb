import type { ScheduledCall, Scheduler } from "#base/clock";
import type { Random } from "#base/random";
import { compareDigests, type DigestVerdict } from "../digest/compare-digests.ts";

/** What comparing replicas takes. */
export interface DigestCheckOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly nodeId: number;
  /** 0 compares on request only. */
  readonly intervalMs: number;
  /** Log index of the last applied record. */
  appliedIndex(): number;
  /** Nodes that hold a replica. */
  nodes(): readonly number[];
  /** Proposes a record at which all replicas compute a digest; the callback comes when applied. */
  propose(onApplied: () => void): boolean;
  /** Digest of a replica, this one included; undefined if it has none. */
  digestOf(node: number, index: number): Promise<string | undefined>;
  onVerdict(verdict: DigestVerdict, index: number): void;
  onError(error: unknown): void;
}

/** Compares the replicas of a partition now and then, at the same place of their log. */
export class DigestCheck {
  readonly #options: DigestCheckOptions;
  #next: ScheduledCall | undefined;
  /** Applied index right behind the last comparison. */
  #checkedIndex = -1;
  #isClosed = false;

  constructor(options: DigestCheckOptions) {
    this.#options = options;
  }

  /** Compares once per interval, for the first time after 20 to 100 percent of it. */
  start(): void {
    const { intervalMs, random } = this.#options;
    if (intervalMs > 0) this.#schedule((intervalMs * (20 + random.nextBelow(81))) / 100);
  }

  close(): void {
    this.#isClosed = true;
    this.#next?.cancel();
  }

  /** Compares now; undefined if this leader cannot, or there is nobody to compare with. */
  async run(): Promise<DigestVerdict | undefined> {
    const { nodes, propose, appliedIndex, digestOf, onVerdict } = this.#options;
    const others = nodes();
    if (this.#isClosed || others.length < 2) return undefined;
    const { promise, resolve } = Promise.withResolvers<number>();
    if (!propose(() => resolve(appliedIndex()))) return undefined;
    const index = await promise;
    const digests = await Promise.all(
      others.map(async (node) => [node, await digestOf(node, index)] as const),
    );
    if (this.#isClosed) return undefined;
    this.#checkedIndex = index;
    const verdict = compareDigests({ digests: new Map(digests) });
    onVerdict(verdict, index);
    return verdict;
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#next = this.#options.scheduler.after(delayMs, () => {
      const { intervalMs, onError } = this.#options;
      // An idle partition was compared as it is.
      const isUnchanged = this.#options.appliedIndex() === this.#checkedIndex;
      const checked = isUnchanged ? Promise.resolve() : this.run();
      checked.catch(onError).finally(() => this.#schedule(intervalMs));
    });
  }
}
