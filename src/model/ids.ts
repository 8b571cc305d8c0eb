declare const invocationIdBrand: unique symbol;
declare const deploymentIdBrand: unique symbol;

/** Textual invocation id: `inv_1` and 33 characters. Made only by `invocation-id.ts`. */
export type InvocationId = string & { readonly [invocationIdBrand]: never };
/** Textual deployment id: `dp_1` and 22 characters. */
export type DeploymentId = string & { readonly [deploymentIdBrand]: never };
