/** A refused or failed query, with the status and the message that the client gets. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly status: 400 | 429 | 500 | 503;

  constructor(status: QueryError["status"], message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * A failure in the form that clients of the original know: they print the text after the first
 * words, whichever engine ran the query.
 */
export function sqlError(status: 400 | 500, detail: string): QueryError {
  return new QueryError(status, `Datafusion error: ${detail}`);
}
