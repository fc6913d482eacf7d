// Owns the alarms of feature flags: whoever switches off what defends trades sees how many, for as long as it is off.
import { decisionText, FLAGS, type FlagDecision, type FlagName } from '../domain/flags/flag.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from '../engine/engine.js';
import { type Alarm, alarm, amount } from './alarm.js';

type Source = Pick<Engine, 'flags' | 'tradesOf'>;

/** Those that have alarms of their own, by account and by position. */
const TOLD_ELSEWHERE: ReadonlySet<FlagName> = new Set(['enforce', 'adopt-external']);

/** @param accounts - whose trades are looked at. */
export function flagAlarms(engine: Source, accounts: Iterable<string>): Alarm[] {
  const { flags } = engine;
  const asked = [...flags.inQuestion].filter(
    (flag) => FLAGS[flag].defends === 'yes' && !TOLD_ELSEWHERE.has(flag),
  );
  if (asked.length === 0) return [];
  const found = new Map<FlagName, { count: number; readonly decision: FlagDecision }>();
  for (const account of accounts) {
    for (const trade of engine.tradesOf(account)) {
      if (trade.state === 'CLOSED' && trade.actions.length === 0) continue;
      for (const flag of asked) {
        const decision = flags.off(flag, account, subjectOf(flag, trade));
        if (decision === null) continue;
        const known = found.get(flag) ?? { count: 0, decision };
        known.count += 1;
        found.set(flag, known);
      }
    }
  }
  return Array.from(found, ([flag, { count, decision }]) => {
    const text = `${amount(count, 'trade')} defended without it: ${decisionText(decision)}`;
    return alarm('SWITCHED_OFF', { count, text, command: `dtms flags clear ${flag} --reason TEXT` });
  });
}

/** A signal reads the market of an instrument, an action is for the broker's symbol. */
function subjectOf(flag: FlagName, { instrument, spec }: Trade): string {
  return flag.startsWith('signal.') ? instrument : spec.symbol;
}
