/** Invocations in the states that operations are checked on. */

import type { CheckContext } from "./context.ts";
import type { MockDeployment } from "./mock.ts";
import { manifest, service } from "./mock.ts";
import { gates, recorder } from "./wait.ts";

/** Registers a service whose first attempt asks to be paused; returns the paused invocation. */
export async function pausedInvocation(context: CheckContext): Promise<[string, MockDeployment]> {
  const name = context.unique("Paused");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number === 1) attempt.fail(500, "pause me", { behavior: 1 });
      else attempt.finish(attempt.replayNames.join());
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "paused");
  return [id, deployment];
}

/** A pending, a scheduled, a completed and an unknown invocation; `release` ends the first. */
export async function otherInvocations(context: CheckContext) {
  const key = context.unique();
  await context.server.sendCall(`Store/${key}/hold`, { subject: key });
  await recorder.seen(key, "start");
  const pending = await context.server.sendCall(`Store/${key}/add`, 1);
  const scheduled = await context.server.sendCall("Basic/echo?delay=1h", 1);
  const { id: completed } = (await context.server.call("Basic/echo", 1)).expect(200);
  const unknown = await context.server.sendCall("Basic/echo?delay=1h", 1);
  await context.server.operate(unknown, "kill");
  await context.server.waitGone(unknown);
  await context.server.waitStatus(pending, "pending");
  await context.server.waitStatus(scheduled, "scheduled");
  await context.server.waitStatus(completed, "completed");
  const release = async () => {
    gates.open(key);
    await context.server.operate(scheduled, "kill");
  };
  return { pending, scheduled, completed, unknown, release };
}
