import { textError } from "../admin-error.ts";
import { route } from "../route.ts";

/** GET /cluster-health */
export const clusterHealth = route({
  method: "GET",
  path: "/cluster-health",
  operationId: "cluster_health",
  summary: "Cluster state",
  tag: "cluster_health",
  replies: { 200: "Name and metadata members of the cluster" },
  errors: [503],

  handle(_request, services) {
    const state = services.clusterHealth();
    if (state === undefined) {
      throw textError(503, "The cluster does not seem to be provisioned yet. Try again later.");
    }
    return {
      status: 200,
      json: {
        cluster_name: state.clusterName,
        metadata_cluster_health: { members: state.metadataMembers },
      },
    };
  },
});
