import { invocationContentType } from "#service-protocol";
import type { Attempt, AttemptAction, AttemptInputEvent } from "./attempt.ts";
import { causeOf, violation } from "./failure-cause.ts";
import { fail, NOTHING } from "./transitions.ts";

type Head = Extract<AttemptInputEvent, { readonly kind: "head" }>;

/** Checks status and content type of the response (service protocol section 3.4). */
export function advanceHead(attempt: Attempt, head: Head): readonly AttemptAction[] {
  attempt.hasHead = true;
  const { status, contentType } = head;
  if (status >= 200 && status < 300) return checkContentType(attempt, contentType);
  switch (status) {
    case 413:
      return fail(attempt, causeOf("RT0019", "service replied with content too large (413)"));
    case 415:
      return fail(attempt, causeOf("RT0015", refusedVersion(attempt), 415));
    case 429:
    case 503:
      return fail(
        attempt,
        causeOf("RT0023", `service is rate limited, it replied with ${status}`),
        {
          retryDelayMs: head.retryAfterMs,
        },
      );
    case 502:
    case 504:
      return fail(attempt, causeOf("RT0010", `service is temporarily unavailable: ${status}`));
    default:
      return fail(attempt, violation(`unexpected http status code: ${status}`));
  }
}

function refusedVersion(attempt: Attempt): string {
  return (
    "the SDK deployed on the deployment does not support the service protocol version " +
    `${attempt.facts.version}, it replied with 415`
  );
}

function checkContentType(
  attempt: Attempt,
  contentType: string | undefined,
): readonly AttemptAction[] {
  const expected = invocationContentType(attempt.facts.version);
  if (contentType === expected) return NOTHING;
  const actual = contentType === undefined ? "no content type" : `content type '${contentType}'`;
  return fail(attempt, violation(`the response has ${actual}, expected '${expected}'`), {
    isReset: true,
  });
}
