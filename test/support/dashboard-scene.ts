// Something of everything for the dashboard: trades in several states with their market, actions in doubt,
// refused and open, a bridge, and a caller's text that would be a program if anybody took it for HTML.
import { ActionOutcome, Direction, type DtmsClient, TradeState } from '../../src/client/index.js';
import { EAGER_RULES, LiveAccount } from './live-account.js';

export { EAGER_RULES };

/** What must be shown as text and never run. */
export const HOSTILE_LABEL = '<img src=x onerror="document.title=1">';

export async function playScene(client: DtmsClient): Promise<void> {
  await new LiveAccount(client, 'desk-1', 3).plan(TradeState.WARNING_L1);
  await new LiveAccount(client, 'desk-2', 2).plan(TradeState.WARNING_L2);
  await new LiveAccount(client, 'desk-3', 2).plan(TradeState.HEDGED);
  await client.registerTrade({
    trade: {
      account: 'desk:4@x',
      ticket: 77n,
      symbol: 'XAUUSD',
      direction: Direction.SELL,
      entryPrice: 2400,
      volume: 0.5,
      stopLoss: 2412,
      label: HOSTILE_LABEL,
    },
  });
  await client.upsertPolicy({
    policy: {
      ...{ name: 'watching', description: 'A strategy on trial: nothing is done for it yet.', observe: true },
      ...{ scope: { labels: ['watched*'] }, plan: { off: true } },
      rules: [{ rule: { $case: 'chandelier', value: { atrs: 2 } } }],
    },
    reason: 'on trial',
  });
  await client.registerTrade({
    trade: {
      ...{ account: 'live', ticket: 900n, symbol: 'EURUSD', direction: Direction.BUY, label: 'watched-1' },
      ...{ entryPrice: 1.1, volume: 1, stopLoss: 1.09 },
    },
  });
  for (const account of ['desk-2', 'desk-3']) await settle(client, account);
}

/** A bridge takes every action of an account: of the first nothing is known, the second is refused. */
async function settle(client: DtmsClient, account: string): Promise<void> {
  const bridgeId = 'mt5-1';
  await client.reportAccount({
    account,
    bridgeId,
    connected: true,
    tradeAllowed: true,
    equity: 10_000,
    balance: 10_050,
    utcOffsetMinutes: 180,
    // Of the other one nobody tells it: its results have no money.
    ...(account === 'desk-2' ? { currency: 'USD' } : {}),
  });
  const { actions } = await client.drainLeases({ account, bridgeId });
  for (const [index, { action }] of actions.slice(0, 2).entries()) {
    const call = { actionId: action?.actionId ?? '', token: action?.lease?.token ?? 0n };
    await client.beginAction(call);
    const result =
      index === 0
        ? { code: 10012, message: 'no answer in time', outcome: ActionOutcome.UNKNOWN }
        : { code: 10016, message: 'invalid stops', outcome: ActionOutcome.REJECTED };
    await client.reportAction({ ...call, result });
  }
}
