import { assert } from "#base/assert";
import { SchemaRefusal } from "./schema-refusal.ts";

/** Name of the rule book's document in the metadata store. */
export const RULE_BOOK_DOCUMENT_NAME = "schema/rules";
/** Largest encoded rule book, in bytes. */
export const RULE_BOOK_BYTES_MAX = 8 * 1024 * 1024;
/** Rules that the book can hold; one more is refused. */
export const RULES_MAX = 10_000;
const COMPONENTS_MAX = 3;
const COMPONENT_BYTES_MAX = 36;
const FORMAT_VERSION = 1;

/** A flow-control rule: how many invocations of a scope or limit key may run at a time. */
export interface Rule {
  /** `scope`, `scope/l1` or `scope/l1/l2`; each part a literal or `*`. */
  readonly pattern: string;
  /** Undefined is unlimited. */
  readonly concurrency?: number | undefined;
  readonly description?: string | undefined;
  /** Kept, but not applied. */
  readonly disabled: boolean;
  readonly version: number;
  /** Milliseconds since the Unix epoch. */
  readonly lastModifiedMs: number;
}

/** All rules; never changed in place. */
export interface RuleBook {
  /** Grows by one with every change of a rule. */
  readonly version: number;
  readonly rules: readonly Rule[];
}

/** A rule to add or replace. */
export interface RuleWrite {
  readonly pattern: string;
  readonly concurrency: number | undefined;
  readonly description: string | undefined;
  readonly disabled: boolean;
  readonly precondition: RulePrecondition;
}

/** What must be true of the present rule for a write to happen. */
export type RulePrecondition =
  | { readonly kind: "none" }
  | { readonly kind: "does-not-exist" }
  | { readonly kind: "matches"; readonly version: number };

/** A rule to remove. */
export interface RuleDeletion {
  readonly pattern: string;
  readonly expectedVersion: number | undefined;
}

/** A book without rules. */
export const EMPTY_RULE_BOOK: RuleBook = { version: 0, rules: [] };

/** Finds what is wrong with a pattern; undefined if nothing is. */
export function findPatternProblem(pattern: string): string | undefined {
  if (pattern === "") return "pattern cannot be empty";
  const components = pattern.split("/");
  if (components.length > COMPONENTS_MAX) return `too many path components (max ${COMPONENTS_MAX})`;
  for (const component of components) {
    if (component === "*") continue;
    if (component === "") return "invalid component: value cannot be empty";
    const bytes = new TextEncoder().encode(component).length;
    if (bytes > COMPONENT_BYTES_MAX) {
      return `invalid component: value too long: ${bytes} bytes (max ${COMPONENT_BYTES_MAX})`;
    }
    if (!/^[a-zA-Z0-9_.-]+$/.test(component)) {
      return "invalid component: value contains characters outside the allowed set [a-zA-Z0-9_.-]";
    }
  }
  return undefined;
}

/**
 * Adds or replaces rules, all or none, and returns them in the order of the writes.
 *
 * @throws SchemaRefusal `rule-precondition-failed`, `rule-book-full`
 */
export function putRules(
  book: RuleBook,
  writes: readonly RuleWrite[],
  nowMs: number,
): { readonly book: RuleBook; readonly rules: readonly Rule[] } {
  const rules = new Map(book.rules.map((rule) => [rule.pattern, rule]));
  let isChanged = false;
  for (const write of writes) {
    const present = rules.get(write.pattern);
    assertPrecondition(write.pattern, write.precondition, present);
    const rule = ruleAfter(write, present, { bookVersion: book.version + 1, nowMs });
    if (rule === present) continue;
    rules.set(write.pattern, rule);
    isChanged = true;
  }
  if (rules.size > RULES_MAX) {
    throw new SchemaRefusal("rule-book-full", `rule book is full (${RULES_MAX} rules)`);
  }
  return {
    book: isChanged ? { version: book.version + 1, rules: [...rules.values()] } : book,
    rules: writes.map(({ pattern }) => {
      const rule = rules.get(pattern);
      assert(rule !== undefined, "a rule that was written is in the book");
      return rule;
    }),
  };
}

function ruleAfter(
  write: RuleWrite,
  present: Rule | undefined,
  { bookVersion, nowMs }: { readonly bookVersion: number; readonly nowMs: number },
): Rule {
  const { pattern, concurrency, description, disabled } = write;
  const rule = { pattern, concurrency, description, disabled };
  if (present === undefined) return { ...rule, version: bookVersion, lastModifiedMs: nowMs };
  if (present.concurrency !== concurrency || present.disabled !== disabled) {
    return { ...rule, version: present.version + 1, lastModifiedMs: nowMs };
  }
  if (present.description === description) return present;
  // A description changes nothing that is enforced, so the version that callers compare stays.
  return { ...present, description };
}

/**
 * Removes rules, all or none, and returns the patterns that were there.
 *
 * @throws SchemaRefusal `rule-precondition-failed`
 */
export function deleteRules(
  book: RuleBook,
  deletions: readonly RuleDeletion[],
): { readonly book: RuleBook; readonly patterns: readonly string[] } {
  const rules = new Map(book.rules.map((rule) => [rule.pattern, rule]));
  const patterns: string[] = [];
  for (const { pattern, expectedVersion } of deletions) {
    const present = rules.get(pattern);
    if (expectedVersion !== undefined) {
      assertPrecondition(pattern, { kind: "matches", version: expectedVersion }, present);
    }
    if (rules.delete(pattern)) patterns.push(pattern);
  }
  if (patterns.length === 0) return { book, patterns };
  return { book: { version: book.version + 1, rules: [...rules.values()] }, patterns };
}

function assertPrecondition(
  pattern: string,
  precondition: RulePrecondition,
  present: Rule | undefined,
): void {
  if (precondition.kind === "none") return;
  const isMet =
    precondition.kind === "does-not-exist"
      ? present === undefined
      : present?.version === precondition.version;
  if (isMet) return;
  const wanted =
    precondition.kind === "does-not-exist" ? "DoesNotExist" : `Matches(v${precondition.version})`;
  const actual = present === undefined ? "None" : `Some(v${present.version})`;
  throw new SchemaRefusal(
    "rule-precondition-failed",
    `rule precondition ${wanted} for pattern ${pattern} failed (actual version: ${actual})`,
  );
}

/** Encodes the book as JSON, in UTF-8. */
export function encodeRuleBook(book: RuleBook): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ formatVersion: FORMAT_VERSION, ...book }));
}

/** Decodes what `encodeRuleBook` wrote; nobody else writes this document. */
export function decodeRuleBook(contents: Uint8Array): RuleBook {
  // Only this module writes the document, so that its shape is an invariant and not checked again.
  const stored = JSON.parse(new TextDecoder().decode(contents)) as RuleBook & {
    formatVersion: number;
  };
  assert(stored.formatVersion === FORMAT_VERSION, "the rule book has a known format version");
  return { version: stored.version, rules: stored.rules };
}
