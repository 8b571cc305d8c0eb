const ABSOLUTE = /^https?:\/\/[^/?#]*/i;

/**
 * Path and query of a request target.
 *
 * @param target origin form, absolute form, or `*`
 * @returns the origin form; `*` as it is; the empty string for CONNECT; undefined for anything else
 */
export function originForm(method: string, target: string): string | undefined {
  if (target.charCodeAt(0) === 0x2f || target === "*") return target;
  if (method === "CONNECT") return "";
  const authority = ABSOLUTE.exec(target)?.[0];
  if (authority === undefined) return undefined;
  const rest = target.slice(authority.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
