import type { Route } from "../route.ts";
import { batchOperations } from "./batch-operations.ts";
import { cancelInvocation } from "./cancel-invocation.ts";
import { clusterHealth } from "./cluster-health.ts";
import { deleteDeployment } from "./delete-deployment.ts";
import { deleteInvocation } from "./delete-invocation.ts";
import { deleteRules } from "./delete-rules.ts";
import { getDeployment } from "./get-deployment.ts";
import { getHandler } from "./get-handler.ts";
import { getService } from "./get-service.ts";
import { getServiceOpenApi } from "./get-service-openapi.ts";
import { health } from "./health.ts";
import { killInvocation } from "./kill-invocation.ts";
import { listDeployments } from "./list-deployments.ts";
import { listHandlers } from "./list-handlers.ts";
import { listServices } from "./list-services.ts";
import { modifyService } from "./modify-service.ts";
import { modifyState } from "./modify-state.ts";
import { openApi } from "./openapi.ts";
import { pauseInvocation } from "./pause-invocation.ts";
import { purgeInvocation } from "./purge-invocation.ts";
import { purgeJournal } from "./purge-journal.ts";
import { putRules } from "./put-rules.ts";
import { query } from "./query.ts";
import { registerDeployment } from "./register-deployment.ts";
import { restartInvocation } from "./restart-invocation.ts";
import { resumeInvocation } from "./resume-invocation.ts";
import { putDeployment, updateDeployment } from "./update-deployment.ts";
import { version } from "./version.ts";

/** Every operation of the admin API. */
export const ALL_ROUTES: readonly Route[] = [
  health,
  version,
  clusterHealth,
  openApi,
  listDeployments,
  registerDeployment,
  getDeployment,
  updateDeployment,
  putDeployment,
  deleteDeployment,
  listServices,
  getService,
  modifyService,
  modifyState,
  getServiceOpenApi,
  listHandlers,
  getHandler,
  cancelInvocation,
  killInvocation,
  pauseInvocation,
  resumeInvocation,
  restartInvocation,
  purgeInvocation,
  purgeJournal,
  deleteInvocation,
  ...batchOperations,
  putRules,
  deleteRules,
  query,
];
