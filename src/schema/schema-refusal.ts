/** Why the registry refused a change. Admin gives each its status and its documented code. */
export type SchemaRefusalKind =
  | "deployment-not-found"
  | "deployment-exists"
  | "service-not-found"
  | "reserved-service-name"
  | "invalid-manifest"
  | "service-type-changed"
  | "protocol-range-changed"
  | "ambiguous-deployment"
  | "unsupported-option"
  | "document-too-large"
  | "rule-precondition-failed"
  | "rule-book-full"
  | "conflict";

/** A refused change of the registry or of the rule book: nothing has been stored. */
export class SchemaRefusal extends Error {
  override readonly name = "SchemaRefusal";
  readonly kind: SchemaRefusalKind;

  constructor(kind: SchemaRefusalKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
