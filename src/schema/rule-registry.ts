import type { Clock } from "#base/clock";
import type { Logger } from "#base/logger";
import {
  decodeRuleBook,
  deleteRules,
  EMPTY_RULE_BOOK,
  encodeRuleBook,
  putRules,
  RULE_BOOK_BYTES_MAX,
  RULE_BOOK_DOCUMENT_NAME,
  type Rule,
  type RuleBook,
  type RuleDeletion,
  type RuleWrite,
} from "./rule-book.ts";
import { type DocumentStore, VersionedDocument } from "./versioned-document.ts";

/** The flow-control rules of the cluster: one document, changed by compare-and-set. */
export class RuleRegistry {
  readonly #clock: Clock;
  readonly #document: VersionedDocument<RuleBook>;
  readonly #listeners = new Set<(book: RuleBook) => void>();
  #book: RuleBook = EMPTY_RULE_BOOK;

  private constructor(options: RuleRegistryOptions) {
    this.#clock = options.clock;
    this.#document = new VersionedDocument({
      store: options.documents,
      logger: options.logger,
      format: {
        name: RULE_BOOK_DOCUMENT_NAME,
        empty: EMPTY_RULE_BOOK,
        bytesMax: RULE_BOOK_BYTES_MAX,
        encode: encodeRuleBook,
        decode: decodeRuleBook,
      },
      onChange: (book) => {
        this.#book = book;
        for (const listener of this.#listeners) listener(book);
      },
    });
  }

  /** Reads the rules, and follows every change from then on. */
  static async open(options: RuleRegistryOptions): Promise<RuleRegistry> {
    const registry = new RuleRegistry(options);
    await registry.#document.open();
    return registry;
  }

  /** The rules as this node knows them. */
  view(): RuleBook {
    return this.#book;
  }

  /** Calls back after every change, until the returned function is called. */
  onChange(listener: (book: RuleBook) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Adds or replaces rules, all or none.
   *
   * @throws SchemaRefusal `rule-precondition-failed`, `rule-book-full`
   */
  put(writes: readonly RuleWrite[]): Promise<readonly Rule[]> {
    const nowMs = this.#clock.nowMs();
    return this.#document.change((present) => {
      const { book, rules } = putRules(present, writes, nowMs);
      return { content: book, result: rules };
    });
  }

  /**
   * Removes rules, all or none; returns the patterns that were there.
   *
   * @throws SchemaRefusal `rule-precondition-failed`
   */
  delete(deletions: readonly RuleDeletion[]): Promise<readonly string[]> {
    return this.#document.change((present) => {
      const { book, patterns } = deleteRules(present, deletions);
      return { content: book, result: patterns };
    });
  }

  close(): void {
    this.#document.close();
    this.#listeners.clear();
  }
}

/** What the rule registry is built from. */
export interface RuleRegistryOptions {
  /** `Metadata` of `#cluster`. */
  readonly documents: DocumentStore;
  readonly clock: Clock;
  readonly logger: Logger;
}
