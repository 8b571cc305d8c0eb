/**
 * Deployments that send anything at all: random types and flags, mutated bodies, random chunking.
 * Whatever arrives, an attempt has at most one outcome, it comes last, and nothing throws.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { COMMAND_TYPES, NOTIFICATION_TYPES } from "#model";
import { restate } from "#proto/restate-protocol.js";
import { FakeNode, message, OBJECT, SERVICE, WORKFLOW } from "./fake-node.ts";
import { END, error, output, proposal, run, sleep, suspension } from "./messages.ts";

const OUTCOMES = new Set(["suspend", "end", "fail-attempt", "pause", "fail"]);

const VALID: readonly Uint8Array[] = [
  output(),
  run(1),
  proposal(1),
  sleep(2),
  END,
  error({ code: 500, message: "m", relatedCommandName: "n" }),
  suspension({ waitingCompletions: [1], awaitingOn: { waitingSignals: [1] } }),
  message(
    COMMAND_TYPES.call,
    restate.CallCommandMessage.encode({
      serviceName: "Svc",
      handlerName: "h",
      headers: [{ key: "a", value: "b" }],
    }).finish(),
  ),
  message(
    COMMAND_TYPES.completePromise,
    restate.CompletePromiseCommandMessage.encode({ key: "p", completionValue: {} }).finish(),
  ),
  message(
    COMMAND_TYPES.sendSignal,
    restate.SendSignalCommandMessage.encode({ targetInvocationId: "inv_1", void: {} }).finish(),
  ),
];

const TYPES = [
  ...Array.from({ length: 10 }, (_, type) => type),
  ...Object.values(COMMAND_TYPES),
  ...Object.values(NOTIFICATION_TYPES),
  0x040f,
  0x7fff,
  0xfc00,
  0xffff,
];

const anyMessage = fc.oneof(
  fc.constantFrom(...VALID),
  fc.tuple(fc.constantFrom(...VALID), fc.nat(), fc.nat(255)).map(([bytes, position, value]) => {
    const mutated = Uint8Array.from(bytes);
    // The header stays, so that the stream stays in step and bodies are what varies.
    if (mutated.length > 8) mutated[8 + (position % (mutated.length - 8))] = value;
    return mutated;
  }),
  fc
    .tuple(fc.constantFrom(...TYPES), fc.uint8Array({ maxLength: 40 }), fc.nat(0xffff))
    .map(([type, body, flags]) => message(type, body, flags)),
);

test.each([5, 6, 7])("version %i: one outcome, last, and nothing throws", (version) => {
  fc.assert(
    fc.property(
      fc.array(anyMessage, { maxLength: 12 }),
      fc.constantFrom(SERVICE, OBJECT, WORKFLOW),
      fc.integer({ min: 1, max: 60 }),
      (messages, target, chunkBytes) => {
        const node = new FakeNode({ protocolVersionMax: version });
        const id = node.invoke(target);
        node.stream.head();
        const bytes = Buffer.concat(messages);
        for (let start = 0; start < bytes.length; start += chunkBytes) {
          node.stream.send(bytes.subarray(start, start + chunkBytes));
        }
        node.stream.end();

        const kinds = node.events.map(({ kind }) => kind);
        expect(kinds.filter((kind) => OUTCOMES.has(kind))).toHaveLength(1);
        expect(OUTCOMES.has(kinds.at(-1) as string)).toBe(true);
        if (kinds.length > 1 && kinds.at(-2) !== undefined) expect(kinds[0]).toBe("pin");
        // The slot is free again, whatever happened.
        node.invoker.abort(id);
        node.pass(10_000_000);
      },
    ),
    { numRuns: 500 },
  );
});

test("random bytes are a violation, not a crash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const node = new FakeNode();
      node.invoke();
      node.stream.head();
      node.stream.send(bytes);
      node.stream.end();

      expect(OUTCOMES.has(node.events.at(-1)?.kind as string)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
