// Owns the records of what happened to an account and nobody ordered.
import type { Audit } from '../store/types.js';
import type { AccountStep } from './accounts.js';

/** The record of what happened to an account and nobody ordered. */
export function stepAudit(step: AccountStep): Audit {
  const { account } = step;
  const audit = { actor: 'dtms', actorId: '', account, ticket: 0n };
  if (step.step === 'paid') {
    const { amount, operation } = step;
    const { deal, kind, time } = operation ?? { deal: null, kind: 'INFERRED', time: null };
    const told = deal === null ? {} : { deal: String(deal), made_at: new Date(time).toISOString() };
    return { ...audit, method: 'payments', detail: { kind, amount, ...told } };
  }
  if (step.step === 'unproven') {
    return { ...audit, method: 'payments', detail: { kind: 'UNPROVEN', amount: step.amount } };
  }
  const { rail, value, holdsUntil } = step.rail;
  const detail = { rail, step: step.step, value, holds_until: new Date(holdsUntil).toISOString() };
  return { ...audit, method: 'rails', detail };
}
