// The checks every adapter of a terminal passes: the paper broker's passes them, and adapters with one mistake each do not.
import { describe, expect, test } from 'vitest';
import { PaperTerminal, paperBrokerOf, plainInstrument } from '../../../src/bridge/index.js';
import type { OrderRequest, Terminal } from '../../../src/broker/terminal.js';
import { TERMINAL_CHECKS, type TerminalStage } from '../../../src/testing/index.js';

const SYMBOL = 'BTCUSD';
const NOW = Date.UTC(2026, 10, 25, 10);

type Stage = TerminalStage & { readonly terminal: PaperTerminal };

function paperStage(): Stage {
  const broker = paperBrokerOf({ instrument: plainInstrument('demo', SYMBOL, 2), hours: 'quoted' });
  broker.quote(SYMBOL, { bid: 100, ask: 100.5 }, NOW);
  const terminal = new PaperTerminal(broker);
  return {
    terminal,
    symbol: SYMBOL,
    volume: 0.5,
    stops: { loose: 90, tight: 95 },
    loseAnswer: () => terminal.script('lost'),
    disconnect: () => terminal.disconnect(),
  };
}

/** The names of the checks that a stage fails. */
async function failed(stageOf: () => TerminalStage): Promise<string[]> {
  const names: string[] = [];
  for (const { name, check } of TERMINAL_CHECKS) await check(stageOf()).catch(() => names.push(name));
  return names;
}

type Mistake = (terminal: Terminal) => Partial<Terminal>;

/** Mistakes adapters make, each with the check that finds it first. */
const MISTAKES: readonly (readonly [string, string, Mistake])[] = [
  [
    'seconds for milliseconds',
    'the account tells',
    (its) => ({ account: async () => ({ ...(await its.account()), time: 1.5 }) }),
  ],
  [
    'the zone in hours',
    'the account tells',
    (its) => ({ account: async () => ({ ...(await its.account()), utcOffsetMinutes: 2 }) }),
  ],
  [
    'a comment that is cut off',
    'an order that opens',
    (its) => ({
      order: (order: OrderRequest) => its.order({ ...order, comment: order.comment.slice(0, 16) }),
    }),
  ],
  [
    'a magic number that was a float',
    'an order that opens',
    (its) => ({
      order: (order: OrderRequest) => its.order({ ...order, magicNumber: BigInt(Number(order.magicNumber)) }),
    }),
  ],
  [
    'the stop left out',
    'an order that opens',
    (its) => ({ order: (order: OrderRequest) => its.order({ ...order, stopLoss: null }) }),
  ],
  [
    '0 for no target',
    'an order that opens',
    (its) => ({
      positions: async () => {
        const answer = await its.positions();
        return {
          ...answer,
          positions: answer.positions.map((each) => ({ ...each, takeProfit: each.takeProfit ?? 0 })),
        };
      },
    }),
  ],
  [
    'half a close that closes all',
    'a part is closed',
    (its) => ({
      order: async (order: OrderRequest) =>
        its.order(order.kind === 'deal' && order.position !== null ? { ...order, volume: 1 } : order),
    }),
  ],
  [
    'a close that opens the other way',
    'a part is closed',
    (its) => ({
      order: (order: OrderRequest) => its.order(order.kind === 'deal' ? { ...order, position: null } : order),
    }),
  ],
  [
    'a ticket without its symbol',
    'a position that is not the order',
    (its) => ({
      order: (order: OrderRequest) =>
        its.order(order.position === null ? order : { ...order, symbol: SYMBOL }),
    }),
  ],
  [
    'a side that is made up',
    'a position that is not the order',
    (its) => ({
      order: (order: OrderRequest) =>
        its.order(order.kind === 'deal' && order.position !== null ? { ...order, direction: 'SELL' } : order),
    }),
  ],
  [
    'deals only after the moment',
    'deals are told',
    (its) => ({ deals: (since: number) => its.deals(since + 1) }),
  ],
  ['every deal there is', 'deals are told', (its) => ({ deals: () => its.deals(0) })],
  [
    'no comments of deals',
    'an order is found again',
    (its) => ({
      deals: async (since: number) => {
        const answer = await its.deals(since);
        return { ...answer, deals: answer.deals.map((deal) => ({ ...deal, comment: '' })) };
      },
    }),
  ],
  [
    'a lost answer told as a refusal',
    'an order without an answer',
    (its) => ({
      order: async (order: OrderRequest) => {
        const result = await its.order(order);
        return result.code === 10012 ? { ...result, code: 10006 } : result;
      },
    }),
  ],
  [
    'an empty answer for none',
    'without a broker',
    (its) => ({ positions: async () => ({ ...(await its.positions()), complete: true }) }),
  ],
];

describe('checks of a terminal', () => {
  test.each(TERMINAL_CHECKS)('the paper terminal: $name', ({ check }) => check(paperStage()));

  test.each(MISTAKES)('find: %s', async (_mistake, found, mistake) => {
    const names = await failed(() => {
      const stage = paperStage();
      const { terminal } = stage;
      const its: Terminal = {
        order: (order) => terminal.order(order),
        positions: () => terminal.positions(),
        deals: (since) => terminal.deals(since),
        account: () => terminal.account(),
      };
      return { ...stage, terminal: { ...its, ...mistake(its) } };
    });
    expect(
      names.some((name) => name.startsWith(found)),
      names.join('; '),
    ).toBe(true);
  });
});
