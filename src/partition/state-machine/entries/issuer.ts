import type { InvocationId, InvokedStatus, JournalCommand } from "#model";
import type { JournalDraft } from "../journal-draft.ts";

/** The invocation whose handler issued the command; its entry is already in the journal. */
export interface Issuer {
  readonly id: InvocationId;
  readonly status: InvokedStatus;
  readonly draft: JournalDraft;
}

/** The journal command of one kind. */
export type JournalCommandOf<Kind extends JournalCommand["kind"]> = Extract<
  JournalCommand,
  { readonly kind: Kind }
>;
