import type { PartitionTable } from "#partitioning";
import { decodeNodes, NODES_DOCUMENT, type NodesDocument } from "./membership/nodes-document.ts";
import type { Metadata, MetadataDocument } from "./metadata/metadata.ts";
import {
  decodePartitionTable,
  PARTITION_TABLE_DOCUMENT,
} from "./placement/partition-table-codec.ts";
import { type PlacementTable, routingTableOf } from "./placement/placement-table.ts";
import { ReplicaPlaces } from "./replica-places.ts";

/** Who wants to know of changes. */
export interface DocumentListener {
  onNodes(nodes: NodesDocument): void;
  /** Called for every table but the first, which `follow` waits for. */
  onTable(table: PlacementTable): void;
  /** Called after every change of either. */
  onChange(): void;
}

/** The two documents that describe the cluster, as this node has applied them. */
export class ClusterDocuments {
  /** Where replicas are, from the newest table. */
  readonly places = new ReplicaPlaces();
  readonly #listener: DocumentListener;
  readonly #tableListeners = new Set<(table: PartitionTable) => void>();
  #nodes: NodesDocument | undefined;
  #placement: PlacementTable | undefined;
  #table: PartitionTable | undefined;
  #isClosed = false;

  constructor(listener: DocumentListener) {
    this.#listener = listener;
  }

  get nodes(): NodesDocument | undefined {
    return this.#nodes;
  }

  get placement(): PlacementTable | undefined {
    return this.#placement;
  }

  /** The table as routing sees it. */
  get table(): PartitionTable | undefined {
    return this.#table;
  }

  watchTable(callback: (table: PartitionTable) => void): () => void {
    const listener = (table: PartitionTable) => callback(table);
    this.#tableListeners.add(listener);
    return () => this.#tableListeners.delete(listener);
  }

  /** Follows the documents from now on; resolves when both are known. */
  follow(metadata: Metadata): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#placement !== undefined && this.#nodes !== undefined) resolve();
      };
      metadata.watch(NODES_DOCUMENT, (document) => {
        this.#takeNodes(document);
        look();
      });
      metadata.watch(PARTITION_TABLE_DOCUMENT, (document) => {
        this.#takeTable(document);
        look();
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#tableListeners.clear();
  }

  #takeNodes(document: MetadataDocument | undefined): void {
    if (document === undefined || this.#isClosed) return;
    this.#nodes = decodeNodes(document.contents);
    this.#listener.onNodes(this.#nodes);
    this.#listener.onChange();
  }

  #takeTable(document: MetadataDocument | undefined): void {
    if (document === undefined || this.#isClosed) return;
    const isFirst = this.#placement === undefined;
    const placement = decodePartitionTable(document.contents, document.version);
    const table = routingTableOf(placement);
    this.#placement = placement;
    this.#table = table;
    this.places.update(placement);
    if (!isFirst) this.#listener.onTable(placement);
    this.#listener.onChange();
    for (const listener of this.#tableListeners) listener(table);
  }
}
