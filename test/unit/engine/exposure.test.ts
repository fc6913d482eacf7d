// The limit of what an account holds together: nothing is added back beyond it, neither when it is planned nor at the lease, and
// an alarm says so for as long as it lasts. Without a limit, nothing is reckoned.
import { expect, it } from 'vitest';
import { planActions } from '../../../src/domain/actions/planning.js';
import { recheck } from '../../../src/domain/actions/recheck.js';
import { DEFAULT_RULES, type Rules } from '../../../src/domain/rules.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { Engine } from '../../../src/engine/engine.js';
import { accountExposure } from '../../../src/engine/exposure.js';
import { exposureAlarms } from '../../../src/queries/exposure.js';
import { actionOf } from '../../support/actions.js';
import { barItem, flatBar, quoteItem, take } from '../../support/scripted-view.js';
import { T0, TERMS, tradeOf } from '../../support/trades.js';

function rulesWith(exposure: Partial<Rules['exposure']>): Rules {
  return { ...DEFAULT_RULES, exposure: { ...DEFAULT_RULES.exposure, ...exposure } };
}

/** An account of 10,000 USD with 0.06 lots of BTCUSD at 100,000 and what else is asked for. */
function engineOf(
  rules: Rules,
  others: readonly Trade[] = [],
  given: Partial<Trade> = {},
): { engine: Engine; trade: Trade } {
  const engine = new Engine(rules);
  engine.accounts.upsert('demo', { marginMode: 'hedging', fifo: false, hedgeAddsMargin: false }, [], 'USD');
  take(engine, 'default', barItem(flatBar(T0 - 900_000, 100_000)));
  take(engine, 'default', quoteItem(T0, 100_000));
  const spec = { entryPrice: 100_000, volume: 0.1, stopLoss: 90_000 };
  const trade = tradeOf({ state: 'HEALTHY', volume: 0.06, closedVolume: 0.04, ...given }, spec);
  for (const each of [trade, ...others]) engine.restoreTrade(each);
  const account = engine.accounts.get('demo');
  if (account === undefined) throw new Error('no account');
  const money = { equity: 10_000, balance: 10_000, at: T0, heardAt: T0, isProven: true };
  engine.accounts.restore({ ...account, money });
  return { engine, trade };
}

function reAdd(rules: Rules, { engine, trade }: ReturnType<typeof engineOf>): string {
  const { reference } = engine;
  const facts = engine.viewOf(trade) ?? null;
  const { planned, suppressed } = planActions(['RE_ADD'], trade, 'HEALTHY', facts, T0, rules, reference);
  const action = actionOf('RE_ADD', { volume: 0.02, plannedAt: T0 });
  const again = recheck(trade, action, { at: T0, now: T0 }, { facts, rules, reference });
  // Both looks say the same.
  expect(again.verdict === 'fits').toBe(planned.length === 1);
  return suppressed.map(({ reason, note }) => `${reason}: ${note}`).join() || `planned ${planned[0]?.volume}`;
}

it('adds back up to the limit and not beyond it, and says by how much', () => {
  for (const [limit, said] of [
    [0, 'planned 0.02'],
    [0.81, 'planned 0.02'],
    [0.79, 'EXPOSURE: the exposure to BTC is 0.80 x the equity, of 0.79 allowed'],
  ] as const) {
    const rules = rulesWith({ currencyLimit: limit });
    expect(reAdd(rules, engineOf(rules))).toBe(said);
  }
  const rules = rulesWith({ correlatedLimit: 0.79 });
  expect(reAdd(rules, engineOf(rules))).toBe(
    'EXPOSURE: the exposure to BTCUSD is 0.80 x the equity, of 0.79 allowed',
  );
});

it('adds nothing back where a limit is set and nobody can tell, also by another trade of the account', () => {
  const rules = rulesWith({ correlatedLimit: 5 });
  const unpriced = { ...tradeOf({}, { ticket: 2n, symbol: 'XAUUSD' }), instrument: 'XAUUSD' };
  expect(reAdd(rules, engineOf(rules, [unpriced]))).toMatch(/EXPOSURE: the exposure to .* cannot be told/);
  expect(reAdd(rules, engineOf(rules))).toBe('planned 0.02');
});

it('counts a hedge against its trade', () => {
  const rules = rulesWith({ currencyLimit: 1 });
  const hedge = { ticket: 9n, volume: 0.05, entryPrice: 100_000, stopLoss: null };
  const { engine } = engineOf(rules, [], { hedge });
  expect(accountExposure(engine, 'demo', rules).symbols[0]).toMatchObject({
    share: expect.closeTo(0.1, 9),
    positions: 2,
  });
});

it('is an alarm for as long as it is beyond its limit', () => {
  const told = (limit: number) => {
    const rules = rulesWith({ currencyLimit: limit });
    return exposureAlarms({ engine: engineOf(rules).engine }, rules, 'demo').map(({ text }) => text);
  };
  expect(told(0.5)).toEqual(['of demo the exposure to BTC is 0.60 x the equity, of 0.5 allowed, and 1 more']);
  expect(told(0.61)).toEqual([]);
  expect(told(0)).toEqual([]);
});

it('adds up the symbols of an instrument, each by the lots that it has', () => {
  const rules = rulesWith({ currencyLimit: 1 });
  const micro = tradeOf({}, { ticket: 2n, symbol: 'BTCUSD.m', volume: 1, entryPrice: 100_000 });
  const { engine } = engineOf(rules, [micro]);
  engine.reference.upsertInstrument({ ...TERMS, symbol: 'BTCUSD.m', alias: 'BTCUSD', contractSize: 0.01 });
  const { symbols, currencies } = accountExposure(engine, 'demo', rules);
  // 0.06 BTC and 1 lot of 0.01 BTC, at 100,000, of 10,000.
  expect(symbols).toMatchObject([{ instrument: 'BTCUSD', positions: 2, share: expect.closeTo(0.7, 9) }]);
  expect(currencies.map(({ currency, share }) => [currency, share])).toEqual([
    ['BTC', expect.closeTo(0.7, 9)],
    ['USD', expect.closeTo(0.7, 9)],
  ]);
});
