/** Every check of the suite, in the order of the table. */

import type { Check } from "../support/check.ts";
import { adminChecks } from "./admin.ts";
import { attachChecks } from "./attach.ts";
import { attemptChecks } from "./attempts.ts";
import { clientChecks } from "./clients.ts";
import { deploymentChecks } from "./deployments.ts";
import { discoveryChecks } from "./discovery.ts";
import { flowControlChecks } from "./flow-control.ts";
import { idempotencyChecks } from "./idempotency.ts";
import { ingressChecks } from "./ingress.ts";
import { lifecycleChecks } from "./lifecycle.ts";
import { objectChecks } from "./objects.ts";
import { operationChecks } from "./operations.ts";
import { pauseChecks } from "./pause.ts";
import { payloadRuleChecks } from "./payload-rules.ts";
import { commandChecks } from "./protocol-commands.ts";
import { journalChecks } from "./protocol-journal.ts";
import { malformedChecks } from "./protocol-malformed.ts";
import { streamChecks } from "./protocol-stream.ts";
import { suspensionChecks } from "./protocol-suspension.ts";
import { registrationChecks } from "./registration.ts";
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
  ...pauseChecks,
  ...operationChecks,
  ...attachChecks,
  ...retryChecks,
  ...deploymentChecks,
  ...flowControlChecks,
  ...restartChecks,
  ...discoveryChecks,
  ...payloadRuleChecks,
  ...streamChecks,
  ...journalChecks,
  ...commandChecks,
  ...suspensionChecks,
  ...attemptChecks,
  ...malformedChecks,
  ...settingChecks,
  ...ingressChecks,
  ...clientChecks,
  ...registrationChecks,
  ...adminChecks,
];
