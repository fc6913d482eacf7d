// Whatever the broker does to the deals of closed lots (it corrects them, takes a close or a part of it back, closes again), and whoever restarts
// meanwhile, results are what its newest deals say: by trade, account and day, to the cent, each deal once.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ResultPart, ResultSum } from '../../../../gen/ts/dtms/v1/results.js';
import { CloseReason } from '../../../../src/client/index.js';
import { accountCalls, at } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { ChangingBroker, type Close } from '../../../support/changing-broker.js';
import { runs } from '../../../support/properties.js';

let service: TestService;
const { account, register, position, reconcile } = accountCalls(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

/** @param hidden - hundredths of a lot that a snapshot misses of a position that is larger, with its newest deals. */
async function show(broker: ChangingBroker, hidden = 0): Promise<void> {
  broker.seconds += 8;
  const open = broker.tickets.filter((ticket) => broker.open(ticket) > 0);
  const positions = open.map((ticket) =>
    position(ticket, { volume: Math.max(broker.open(ticket) - hidden, 1) / 100 }),
  );
  await reconcile(broker.name, broker.seconds, positions, { deals: broker.tell() });
}

const cents = (text: string | undefined): number => Math.round(Number(text ?? 'NaN') * 100);
const partsOf = (part: ResultPart | ResultSum | undefined) =>
  [part?.profit, part?.commission, part?.swap].map(cents);
const sumsOf = (closes: readonly Close[]) => {
  const sum = (of: 'profit' | 'commission' | 'swap') => closes.reduce((total, close) => total + close[of], 0);
  return [sum('profit'), 0 - sum('commission'), sum('swap')];
};

async function judge(broker: ChangingBroker): Promise<void> {
  const { client } = service;
  const { results } = await client.listTradeResults({
    filter: { account: broker.name, states: [1, 2, 3, 4, 5, 6] },
  });
  // What is in another currency than the account's is in no sum.
  const isCounted = ({ currency }: Close) => currency === broker.currency;
  for (const ticket of broker.tickets) {
    const its = results.find((one) => one.ticket === ticket);
    const closes = broker.closes.filter((close) => close.ticket === ticket);
    const counted = closes.filter(isCounted);
    if (counted.length > 0 || closes.length === 0)
      expect(partsOf(its?.realised), `${ticket}`).toEqual(sumsOf(counted));
    else expect(its?.realised?.profit, `${ticket}`).toBeUndefined();
    // The lots and the prices as well: a lot began with 10 at risk.
    const r = closes.reduce((sum, { lots, price }) => sum + (lots / 100) * ((price - 100) / 10), 0);
    expect(its?.realised?.r, `${ticket}`).toBeCloseTo(r, 9);
  }
  const { result } = await client.getAccountResult({ account: broker.name });
  const counted = broker.closes.filter(isCounted);
  const others = broker.closes.filter((close) => !isCounted(close));
  const { closes, booked, unknown } = result?.day ?? {};
  if (counted.length > 0 || others.length === 0) expect(partsOf(result?.day)).toEqual(sumsOf(counted));
  else expect(result?.day?.profit).toBeUndefined();
  // What was closed between two snapshots is one close, of several deals.
  expect(booked).toBe(closes);
  expect(closes).toBeLessThanOrEqual(broker.closes.length);
  expect(closes === 0, 'closes').toBe(broker.closes.length === 0);
  expect(unknown === 0, 'unknown').toBe(others.length === 0);
  const { groups } = await client.sumResults({ account: broker.name, by: [] });
  for (const currency of ['USD', 'EUR'] as const) {
    const its = broker.closes.filter((close) => close.currency === currency);
    const sum = groups.find((each) => each.currency === currency);
    if (its.length > 0) expect(partsOf(sum?.result), currency).toEqual(sumsOf(its));
    else expect(sum, currency).toBeUndefined();
  }
}

const KINDS = {
  ...{ close: 4, correct: 2, hide: 2, resize: 3, 'take back': 3 },
  ...{ 'tell the end': 2, currency: 2, restart: 1 },
} as const;

const step = fc.record({
  kind: fc.oneof(
    ...Object.entries(KINDS).map(([kind, weight]) => ({
      weight,
      arbitrary: fc.constant(kind as keyof typeof KINDS),
    })),
  ),
  ticket: fc.constantFrom(1n, 2n),
  pick: fc.nat({ max: 3 }),
  share: fc.integer({ min: 1, max: 4 }),
  money: fc.integer({ min: -99_999, max: 99_999 }),
  /** Whether a snapshot shows it before more happens. */
  isShown: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

/** A client tells the end of a trade and the price of its last deal; somebody may have closed a part before. */
async function tellEnd(broker: ChangingBroker, { ticket, share, money }: Step): Promise<void> {
  if (share < 4) broker.close(ticket, share, money);
  const last = broker.close(ticket, 4, -money);
  if (last === undefined) return;
  const told = { reason: CloseReason.TAKE_PROFIT, closePrice: last.price, occurredAt: at(last.at) };
  await service.client.closeTrade({ account: broker.name, ticket, ...told });
}

async function take(broker: ChangingBroker, each: Step): Promise<void> {
  const { kind, ticket, pick, share, money } = each;
  if (kind === 'close') broker.close(ticket, share, money);
  if (kind === 'resize') broker.resize(ticket, pick, share, money);
  if (kind === 'correct') broker.correct(ticket, pick, money);
  if (kind === 'take back') {
    const currency = broker.takeBack(ticket, pick)?.currency ?? broker.currency;
    // Lots that close again before anybody sees them open are the same close: it has one currency.
    if (currency !== broker.currency) await show(broker);
  }
  if (kind === 'tell the end') await tellEnd(broker, each);
  if (kind === 'currency') {
    broker.currency = broker.currency === 'USD' ? 'EUR' : 'USD';
    const { name: account, currency } = broker;
    await service.client.upsertAccount({ account, currency, marginMode: 1 });
  }
  if (kind === 'hide') await show(broker, share * 9);
  if (kind === 'restart') {
    // What is closed anew of what the broker took back is booked in the same term.
    for (let shown = 0; shown < 3; shown += 1) await show(broker);
    service = await service.restart();
  }
}

const of = (kind: keyof typeof KINDS, share: number, money: number, pick = 0): Step => ({
  ...{ kind, share, money, pick, ticket: 1n, isShown: true },
});
const EXAMPLES: [Step[]][] = [
  [
    [
      ...[of('close', 1, 1234), of('close', 2, 500), of('resize', 1, -321), of('correct', 1, 777)],
      ...[of('resize', 1, 11, 1), of('close', 4, -900), of('take back', 1, 0), of('resize', 4, 5)],
    ],
  ],
  [
    [
      ...[of('close', 2, 1234), of('close', 4, -5000), of('take back', 1, 0), of('correct', 1, 777)],
      ...[of('close', 4, 4321), of('restart', 1, 0), of('correct', 1, -1)],
    ],
  ],
  [
    [
      of('close', 1, 1234),
      of('currency', 1, 0),
      of('resize', 1, 50),
      of('resize', 4, 70),
      of('correct', 1, 9),
    ],
  ],
  [[of('close', 1, 1234), of('tell the end', 1, 777), of('take back', 1, 0)]],
];

it('are what the newest deals say, after every change', async () => {
  let takenBack = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
      const broker = new ChangingBroker(account(), [1n, 2n]);
      await service.client.upsertAccount({ account: broker.name, currency: 'USD', marginMode: 1 });
      for (const each of broker.tickets) await register(broker.name, each);
      await show(broker);
      for (const [index, each] of steps.entries()) {
        const before = broker.closes.length;
        await take(broker, each);
        takenBack += Number(broker.closes.length < before);
        if (!each.isShown && index < steps.length - 1) continue;
        // What is closed is booked with the snapshot after the one that closes it, which may be the second that misses it.
        for (let shown = 0; shown < 3; shown += 1) await show(broker);
        await judge(broker);
      }
    }),
    { numRuns: runs(12), examples: EXAMPLES },
  );
  expect(takenBack).toBeGreaterThan(0);
});
