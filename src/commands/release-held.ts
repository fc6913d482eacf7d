// Owns letting held actions go on, by a person's decision; it is audited.
import { type Release, releaseHeld as release } from '../engine/holds.js';
import { auditOf, type ImmediateCommand, type Issuer, journalled } from './command.js';

/** What goes on, and the revision of it. */
export interface Released {
  readonly actionIds: readonly string[];
  readonly revision: number;
}

/** Releases of the account what is asked for and held; nothing is no error, as it may be over by itself. */
export const releaseHeld = journalled(
  'releaseHeld',
  (asked: Release, issuer: Issuer): ImmediateCommand<Released> => {
    const { account, reason } = asked;
    // Whoever has no name is still a person, and is not held again.
    const by = asked.by || issuer.principal.name || 'a person';
    return {
      apply: (term) => {
        const actionIds = release(term.engine, { ...asked, by }, (trade) =>
          term.clock.now(term.engine.feedOf(trade)),
        );
        const detail = { by, reason, action_ids: actionIds.join(',') };
        const audit = auditOf(issuer, { account, detail });
        return { work: { audits: [audit] }, respond: (revision) => ({ actionIds, revision }) };
      },
    };
  },
);
