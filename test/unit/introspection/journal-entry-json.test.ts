/**
 * Compares the JSON of journal entries with what the original printed for the same bytes.
 *
 * The recording holds one invocation that uses every feature of the SDK, and one entry of every
 * other type. Retentions and handler types of callees come from the registry, as in the recording.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  COMMAND_TYPES,
  entryTypeName,
  isNotificationType,
  NOTIFICATION_TYPES,
  nameOfCommand,
} from "#model";
import type { CallTargets } from "../../../src/introspection/call-targets.ts";
import { calleeOf, journalEntryValues } from "../../../src/introspection/journal-entry-json.ts";

interface RecordedEntry {
  readonly id: string;
  readonly index: number;
  readonly entry_type: string;
  readonly name?: string;
  readonly raw?: string;
  readonly entry_json: string;
  readonly entry_lite_json: string;
}

const RECORDED = JSON.parse(
  readFileSync(new URL("./recorded-journal.json", import.meta.url), "utf8"),
) as readonly RecordedEntry[];
const TYPES = new Map<string, number>(
  [...Object.values(COMMAND_TYPES), ...Object.values(NOTIFICATION_TYPES)].map((type) => [
    entryTypeName(type),
    type,
  ]),
);
const DAY_MS = 86_400_000;
const RETENTION = { journalMs: DAY_MS, idempotencyMs: DAY_MS, workflowMs: DAY_MS };
const CALL_TARGETS: CallTargets = {
  All: {
    type: "service",
    handlers: {
      echo: { type: "shared", ...RETENTION },
      fail: { type: "shared", ...RETENTION },
    },
  },
  Ob: {
    type: "virtual-object",
    handlers: {
      mutate: { type: "exclusive", ...RETENTION },
      peek: { type: "shared", ...RETENTION },
    },
  },
  Wf: { type: "workflow", handlers: { run: { type: "workflow", ...RETENTION } } },
};

function bodyOf(entry: RecordedEntry): Uint8Array {
  return Uint8Array.from(Buffer.from(entry.raw ?? "", "hex"));
}

function typeOf(entry: RecordedEntry): number {
  return TYPES.get(entry.entry_type) ?? 0;
}

const calleeIds = new Map<number, string>();
for (const entry of RECORDED) {
  const callee = calleeOf(typeOf(entry), bodyOf(entry));
  if (callee !== undefined) calleeIds.set(callee.completionId, callee.invocationId);
}

describe("JSON of journal entries", () => {
  test.each(RECORDED)("is the recorded one: $entry_type at $index", (entry) => {
    const context = { calleeIds, callTargets: CALL_TARGETS };
    const values = journalEntryValues(typeOf(entry), bodyOf(entry), context);
    expect(values?.full).toEqual(JSON.parse(entry.entry_json));
    expect(values?.lite).toEqual(JSON.parse(entry.entry_lite_json));
  });

  test.each(RECORDED)("keeps the order of the recorded members: $entry_type at $index", (entry) => {
    const context = { calleeIds, callTargets: CALL_TARGETS };
    const values = journalEntryValues(typeOf(entry), bodyOf(entry), context);
    expect(JSON.stringify(values?.full)).toBe(entry.entry_json);
  });

  test("names are those of the recording, and notifications have none", () => {
    for (const entry of RECORDED) {
      const type = typeOf(entry);
      const name = isNotificationType(type) ? undefined : nameOfCommand(bodyOf(entry));
      expect(name).toBe(entry.name);
    }
  });

  test("is absent for bytes that cannot be understood", () => {
    const context = { calleeIds, callTargets: CALL_TARGETS };
    expect(journalEntryValues(COMMAND_TYPES.call, Uint8Array.of(0xff), context)).toBeUndefined();
    expect(journalEntryValues(0x7abc, new Uint8Array(), context)).toBeUndefined();
  });
});
