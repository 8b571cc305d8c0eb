/** Every check of the suite, in the order of the table. */

import type { Check } from "../support/check.ts";
import { adminChecks } from "./admin.ts";
import { attachChecks } from "./attach.ts";
import { clientChecks } from "./clients.ts";
import { deploymentChecks } from "./deployments.ts";
import { discoveryChecks } from "./discovery.ts";
import { flowControlChecks } from "./flow-control.ts";
import { idempotencyChecks } from "./idempotency.ts";
import { ingressChecks } from "./ingress.ts";
import { lifecycleChecks } from "./lifecycle.ts";
import { objectChecks } from "./objects.ts";
import { operationChecks } from "./operations.ts";
import { commandChecks } from "./protocol-commands.ts";
import { journalChecks } from "./protocol-journal.ts";
import { malformedChecks } from "./protocol-malformed.ts";
import { streamChecks } from "./protocol-stream.ts";
import { restartChecks } from "./restart.ts";
import { retryChecks } from "./retries.ts";
import { settingChecks } from "./settings.ts";
import { signalChecks } from "./signals.ts";
import { workflowChecks } from "./workflows.ts";

/** All checks. */
export const allChecks: readonly Check[] = [
  ...lifecycleChecks,
  ...objectChecks,
  ...workflowChecks,
  ...idempotencyChecks,
  ...signalChecks,
  ...operationChecks,
  ...attachChecks,
  ...streamChecks,
  ...journalChecks,
  ...commandChecks,
  ...malformedChecks,
  ...retryChecks,
  ...deploymentChecks,
  ...flowControlChecks,
  ...discoveryChecks,
  ...ingressChecks,
  ...clientChecks,
  ...settingChecks,
  ...restartChecks,
  ...adminChecks,
];
