// Owns reading what accounts hold together, and the alarm where that is beyond its limits.
import { type AccountExposure, overLimits, overText } from '../domain/money/exposure.js';
import type { Rules } from '../domain/rules.js';
import { accountExposure, isLimited } from '../engine/exposure.js';
import { type Alarm, alarm } from './alarm.js';
import { checkAccount } from './known-account.js';
import type { LogState, Sources } from './sources.js';

/** What an account holds. @throws DtmsError ACCOUNT_NOT_FOUND */
export async function getExposure(sources: Sources, account: string): Promise<AccountExposure> {
  await checkAccount(sources, account);
  return accountExposure(sources.state().engine, account, sources.rules);
}

/** One alarm of an account for all that is beyond its limits. */
export function exposureAlarms({ engine }: Pick<LogState, 'engine'>, rules: Rules, account: string): Alarm[] {
  if (!isLimited(rules.exposure)) return [];
  const over = overLimits(accountExposure(engine, account, rules), rules.exposure);
  const [first] = over;
  if (first === undefined) return [];
  const more = over.length === 1 ? '' : `, and ${over.length - 1} more`;
  const text = `of ${account} ${overText(first)}${more}`;
  return [
    alarm('EXPOSURE', { account, count: over.length, text, command: `dtms accounts exposure ${account}` }),
  ];
}
