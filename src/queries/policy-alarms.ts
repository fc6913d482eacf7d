// Owns the alarms of policies: whoever has trades under one that only observes, or that defends by nothing, sees how many, where
// they might be taken for defended.
import type { Policy } from '../domain/policy/policy.js';
import { type PolicyBook, versionOf } from '../domain/policy/policy-book.js';
import type { Trade } from '../domain/trade/trade.js';
import { type Alarm, alarm, amount } from './alarm.js';

interface PolicyTrades {
  readonly policies: { readonly book: PolicyBook };
  tradesOf(account: string): Iterable<Trade>;
}

/** @param isObserved - whether all of an account is only observed: one alarm says so already. */
export function policyAlarms(
  engine: PolicyTrades,
  accounts: Iterable<string>,
  isObserved: (account: string) => boolean,
): Alarm[] {
  const { book } = engine.policies;
  if (book.entries.length === 0) return [];
  return [...accounts].flatMap((account) => {
    const found = new Map<Policy, number>();
    for (const trade of engine.tradesOf(account)) {
      if (trade.state === 'CLOSED' || trade.policy === null) continue;
      const policy = versionOf(book, trade.policy);
      if (policy !== undefined && !isDefending(policy)) found.set(policy, (found.get(policy) ?? 0) + 1);
    }
    if (isObserved(account)) return [];
    return Array.from(found, ([policy, count]) => alarmOf(account, policy, count));
  });
}

/** Whether anything is done for its trades. */
function isDefending({ mode, plan, rules }: Policy): boolean {
  return mode === 'enforce' && (plan.states === 'on' || rules.length > 0);
}

function alarmOf(account: string, { name, version, mode }: Policy, count: number): Alarm {
  const does =
    mode === 'observe'
      ? 'only observes: it decides and sends nothing'
      : 'has neither the plan nor rules: nothing is decided';
  const text = `policy ${name} ${version} ${does}, and ${account} has ${amount(count, 'active trade')} of it`;
  const command = `dtms policies show ${name} --number ${version}`;
  return alarm('POLICY_OBSERVING', { account, count, text, command });
}
