import { registrationOf, settingsOfEarlierVersion, settingsOfNewCluster } from "./bootstrap.ts";
import type { ClusterDocuments } from "./cluster-documents.ts";
import type { ClusterOptions } from "./cluster-options.ts";
import { plantSeed, type StagedSeed } from "./cluster-seed.ts";
import type { DataDirectory } from "./membership/data-directory.ts";
import {
  decodeNodes,
  encodeNodes,
  NODES_DOCUMENT,
  type ProvisionedSettings,
} from "./membership/nodes-document.ts";
import { newRecord } from "./membership/register-node.ts";
import { editDocument } from "./metadata/edit-document.ts";
import type { Metadata } from "./metadata/metadata.ts";
import type { MetadataGroup } from "./metadata/metadata-group.ts";

/** What writing the first document takes. */
export interface FounderOptions {
  readonly options: ClusterOptions;
  readonly directory: DataDirectory;
  readonly group: MetadataGroup;
  readonly metadata: Metadata;
  readonly documents: ClusterDocuments;
  /** Settings with which the cluster has just been created. */
  readonly provisioned: ProvisionedSettings | undefined;
  /** What the cluster starts with. */
  readonly seed: StagedSeed | undefined;
}

/** On a node that goes on alone after a disaster: gives the lost nodes up. */
export async function giveUpLostNodes({ options, group, metadata }: FounderOptions): Promise<void> {
  const lostNodes = options.recoverMetadata?.lostNodes ?? [];
  if (lostNodes.length === 0) return;
  await group.whenLeader();
  await editDocument(metadata, NODES_DOCUMENT, (document) => {
    if (document === undefined) return undefined;
    const before = decodeNodes(document.contents);
    const nodes = before.nodes.map((node) =>
      lostNodes.includes(node.nodeId) ? { ...node, storageState: "gone" as const } : node,
    );
    return encodeNodes({ ...before, nodes });
  });
}

/**
 * On the node where the cluster was created: writes the document of nodes, unless it is there.
 *
 * The partition table follows from it, by the controller.
 */
export async function foundMetadata(founder: FounderOptions): Promise<void> {
  const { options, directory, group, metadata, documents, provisioned, seed } = founder;
  if (!directory.identity.isFounder || documents.nodes !== undefined) return;
  await group.whenLeader();
  if (documents.nodes !== undefined) return;
  // Clusters of an earlier version have a table and no document of nodes.
  const { placement } = documents;
  const settings =
    placement === undefined
      ? (provisioned ?? settingsOfNewCluster(options, {}))
      : settingsOfEarlierVersion(placement.partitions.length);
  const record = newRecord(directory.identity.nodeId, registrationOf(options, directory));
  if (seed !== undefined && placement === undefined) await plantSeed(seed, metadata, record);
  const contents = encodeNodes({ nodes: [record], burntIds: [], settings });
  await metadata.put(NODES_DOCUMENT, contents, 0);
}
