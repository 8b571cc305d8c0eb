// Method: requests that the original refused, recorded on the wire, are sent to the request handler
// with a fake partition. Compared are status, message and the headers of a refusal.
import { expect, test } from "vitest";
import recorded from "./recorded-refusals.json" with { type: "json" };
import { Harness } from "./support.ts";

interface Recorded {
  readonly method: string;
  readonly target: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly status: number;
  readonly message: string;
}

for (const [index, refusal] of (recorded as readonly Recorded[]).entries()) {
  const { method, target, headers, body, status, message } = refusal;

  test(`${index}: ${method} ${target} is refused with ${status}`, async () => {
    const harness = new Harness({ features: { scopedVirtualObjects: false } });

    const answer = await harness.send(method, target, {
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
    });

    expect({ status: answer.status, body: JSON.parse(answer.text) }).toEqual({
      status,
      body: { code: status, message, source: "ingress" },
    });
    expect(Object.fromEntries(answer.headers)).toEqual({
      "x-restate-error-source": "ingress",
      "content-type": "application/json",
      vary: "origin, access-control-request-method, access-control-request-headers",
      "access-control-allow-credentials": "true",
    });
    expect(harness.logger.errors).toEqual([]);
  });
}
