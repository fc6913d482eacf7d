// The dashboard's trades, made of events alone, are the trades the server answers with.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ListTradeEventsResponse, ListTradesResponse } from '../../../gen/ts/dtms/v1/trade_service.js';
import { applyEvent, tradeFrom } from '../../../src/http/dashboard/data/apply-event.js';
import type { Json, TradeEventJson, TradeJson } from '../../../src/http/dashboard/data/json.js';
import { startService, type TestService } from '../../support/app.js';
import { EAGER_RULES, playScene } from '../../support/dashboard-scene.js';

let service: TestService;

beforeAll(async () => {
  service = await startService({ rules: EAGER_RULES });
  await playScene(service.client);
  const [account, ticket] = ['desk-1', 1n];
  await service.client.pauseTrade({ account, ticket, reason: 'lunch' });
  await service.client.updateTrade({ account, ticket: 2n, volume: 0.5, stopLoss: 91, takeProfit: 120 });
  await service.client.closeTrade({ account, ticket: 3n, closePrice: 97.5 });
});

afterAll(() => service?.end());

async function get<T>(path: string): Promise<Json<T>> {
  const response = await fetch(`http://${service.http}${path}`);
  expect(response.status).toBe(200);
  const body: Json<T> = JSON.parse(await response.text());
  return body;
}

/** What pages show of a trade that neither its market nor its owners have a part in. */
function shown(trade: TradeJson) {
  const {
    account,
    ticket,
    symbol,
    instrument,
    direction,
    state,
    stateEnteredAt,
    volume,
    stopLoss,
    takeProfit,
  } = trade;
  const { entryPrice, riskDistance, feed, label, flatTimerEndsAt, recoveryTimerEndsAt, hedge, closedAt } =
    trade;
  const { tradeVersion, revision, monitoredSince, initialStopLoss, closePrice } = trade;
  return {
    ...{
      account,
      ticket,
      symbol,
      instrument,
      direction,
      state,
      stateEnteredAt,
      volume,
      stopLoss,
      takeProfit,
    },
    ...{ entryPrice, riskDistance, feed, label, flatTimerEndsAt, recoveryTimerEndsAt, hedge, closedAt },
    ...{ tradeVersion, revision, monitoredSince, initialStopLoss, closePrice },
    paused: trade.monitoring === 'MONITORING_PAUSED',
    actions: trade.openActions.map(({ actionId, status, attempts }) => ({ actionId, status, attempts })),
  };
}

const key = ({ account, ticket }: { readonly account: string; readonly ticket: string }) =>
  `${account}/${ticket}`;

test('every trade, from its events alone', async () => {
  const states = ['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING', 'CLOSED'];
  const filter = states.map((state) => `filter.states=TRADE_STATE_${state}`).join('&');
  const events: TradeEventJson[] = [];
  let pageToken = '';
  do {
    const page = await get<ListTradeEventsResponse>(`/v1/dtms/events?pageSize=1000&pageToken=${pageToken}`);
    events.push(...page.events);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  const { trades } = await get<ListTradesResponse>(`/v1/dtms/trades?pageSize=1000&${filter}`);
  const made = new Map<string, TradeJson>();
  for (const event of events) {
    const before = made.get(key(event)) ?? tradeFrom(event);
    if (before !== undefined) made.set(key(event), applyEvent(before, event));
  }
  expect(new Set(events.flatMap((event) => Object.keys(event)))).toContain('actionChanged');
  expect(trades.length).toBe(9);
  expect([...made.values()].map(shown)).toEqual(expect.arrayContaining(trades.map((trade) => shown(trade))));
});

test('an event that was seen changes nothing', async () => {
  const { events } = await get<ListTradeEventsResponse>('/v1/dtms/events?pageSize=1');
  const [first] = events;
  if (first === undefined) throw new Error('the log is empty');
  const trade = tradeFrom(first);
  if (trade === undefined) throw new Error('the first event registers nothing');
  const once = applyEvent(trade, first);
  expect(once).not.toBe(trade);
  expect(applyEvent(once, first)).toBe(once);
});
