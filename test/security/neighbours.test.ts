// What an attacker costs another caller: the 99th percentile of one who calls at a steady rate, beside as many good
// requests as the attacker sends bad ones. Server, caller and attacker are processes of their own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccountServiceService, ReconcilePositionsRequest } from '../../gen/ts/dtms/v1/account_service.js';
import { MarketDataServiceService } from '../../gen/ts/dtms/v1/market_data_service.js';
import { GetTradeRequest, TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { Direction } from '../../gen/ts/dtms/v1/types.js';
import { quantile } from '../support/security/bystander.js';
import { registering } from '../support/security/honest.js';
import { emptyItems, packedNumbers } from '../support/security/inflate.js';
import { Judge } from '../support/security/judge.js';
import { mutate } from '../support/security/mutations.js';
import {
  bodyOf,
  Neighbour,
  type NeighbourCall,
  type Orders,
  type Told,
} from '../support/security/neighbour.js';
import { Dice } from '../support/security/random.js';
import { METHODS, pathOf, sampleOf } from '../support/security/samples.js';
import { LONG, SEED, tries } from '../support/security/scale.js';
import { Target } from '../support/security/target.js';
import { WireClient } from '../support/security/wire-client.js';

const LARGEST = 2 * 1024 * 1024 - 1024;
const SECONDS = tries({ full: 10, short: 1 });
const FRAMES = tries({ full: 4000, short: 200 });
const PER_SECOND = tries({ full: 1000, short: 100 });

let target: Target;
let caller: Neighbour;
let attacker: Neighbour;

beforeAll(async () => {
  target = await Target.start({ logLevel: 'warn', env: { DTMS_ACCESS_MODE: 'open' } });
  const client = new WireClient(target.address);
  expect((await registering(client, { account: 'honest', ticket: 1n })).code).toBe(0);
  client.close();
  caller = new Neighbour(target.address);
  attacker = new Neighbour(target.address);
});

afterAll(async () => {
  caller?.end();
  attacker?.end();
  await target?.end();
});

const GET: NeighbourCall = {
  path: TradeServiceService.getTrade.path,
  body: bodyOf(
    GetTradeRequest.encode(GetTradeRequest.fromPartial({ account: 'honest', ticket: 1n })).finish(),
  ),
};

const SNAPSHOT: NeighbourCall = {
  path: AccountServiceService.reconcilePositions.path,
  body: bodyOf(snapshot()),
};

/** The caller's 100 calls a second, beside what the attacker is told. */
async function beside(orders?: Omit<Orders, 'seconds'>): Promise<{ p99: number; attack: Told | undefined }> {
  const attack = orders === undefined ? undefined : attacker.obey({ ...orders, seconds: SECONDS + 1 });
  const told = await caller.obey({ calls: [GET], atOnce: 100, perSecond: 100, seconds: SECONDS });
  // Whatever goes on beside it, every call of the good caller is answered, and well.
  expect(Object.keys(told.codes)).toEqual(['0']);
  return { p99: quantile({ latencies: told.latencies, failures: [] }, 0.99), attack: await attack };
}

async function compare(
  name: string,
  good: Omit<Orders, 'seconds'>,
  bad: Omit<Orders, 'seconds'>,
): Promise<void> {
  const judge = await Judge.of(`another caller's p99: ${name}`, target);
  await beside(good);
  const alone = await beside();
  const beforeGood = await beside(good);
  const besideBad = await beside(bad);
  const sent = besideBad.attack?.sent ?? 0;
  judge.count(sent, besideBad.attack?.codes.none ?? 0, 'calls without an answer');
  const [quiet, busy, under] = [alone, beforeGood, besideBad].map(({ p99 }) => p99);
  const rate = (told: Told | undefined) => ((told?.sent ?? 0) / (told?.seconds ?? 1)).toFixed(0);
  const notes =
    `p99 ${quiet?.toFixed(1)} ms alone, ${busy?.toFixed(1)} ms beside ${rate(beforeGood.attack)} good requests a second, ` +
    `${under?.toFixed(1)} ms beside ${rate(besideBad.attack)} bad ones: ${((under ?? 0) / (busy ?? 1)).toFixed(2)} x`;
  expect(judge.close(notes)).toEqual([]);
  expect(sent).toBeGreaterThan(0);
}

test(
  'mutated frames against well-formed ones, as many a second',
  () => {
    const frames = (mutated: boolean): NeighbourCall[] => {
      const unary = METHODS.filter(({ methodKind }) => methodKind === 'unary');
      return Array.from({ length: FRAMES }, (_, index) => {
        const dice = new Dice(SEED + index);
        const method = dice.pick(unary);
        const sample = sampleOf(method, dice);
        const bytes = mutated ? mutate(sample, sampleOf(dice.pick(unary), dice), dice).bytes : sample;
        return { path: pathOf(method), body: bodyOf(bytes) };
      });
    };
    const pace = { atOnce: 50, perSecond: PER_SECOND };
    return compare('mutated frames', { calls: frames(false), ...pace }, { calls: frames(true), ...pace });
  },
  LONG,
);

test(
  'requests that unfold against good ones of their size, as many a second',
  () => {
    const bad = [
      { path: TradeServiceService.batchRegisterTrades.path, body: bodyOf(emptyItems(1, LARGEST)) },
      { path: TradeServiceService.batchGetTrades.path, body: bodyOf(packedNumbers(2, LARGEST)) },
      { path: MarketDataServiceService.pushMarketData.path, body: bodyOf(emptyItems(2, LARGEST)) },
      { path: GET.path, body: bodyOf(emptyItems(15, LARGEST)) },
      { path: GET.path, body: bodyOf(Buffer.alloc(LARGEST, Buffer.of(0x10, 1))) },
    ];
    const pace = { atOnce: 50, perSecond: 10 };
    return compare('requests that unfold', { calls: [SNAPSHOT], ...pace }, { calls: bad, ...pace });
  },
  LONG,
);

test(
  'fifty requests at a time that unfold, against fifty good ones of their size at a time',
  () =>
    compare(
      'fifty that unfold at a time',
      { calls: [SNAPSHOT], atOnce: 50 },
      { calls: [{ path: GET.path, body: bodyOf(Buffer.alloc(LARGEST, Buffer.of(0x10, 1))) }], atOnce: 50 },
    ),
  LONG,
);

/** The largest snapshot of an account that the rules admit, of 1.75 MiB. */
function snapshot(): Uint8Array {
  const at = new Date();
  const common = { symbol: 'BTCUSD', volume: 1 };
  const position = {
    ...common,
    identifier: 123_456_789_012n,
    direction: Direction.BUY,
    entryPrice: 1,
    openedAt: at,
  };
  const deal = {
    ...common,
    deal: 123_456_789_012n,
    positionIdentifier: 123_456_789_012n,
    price: 1,
    time: at,
  };
  const comment = 'dtms-0123456789abcdef0123';
  const request = ReconcilePositionsRequest.fromPartial({
    ...{ account: 'honest', bridgeId: 'b', takenAt: at },
    positions: Array.from({ length: 10_000 }, () => ({ ...position, comment })),
    deals: Array.from({ length: 10_000 }, () => ({ ...deal, comment })),
  });
  return ReconcilePositionsRequest.encode(request).finish();
}
