// Owns what a bridge relies on of a broker's terminal, as checks that every adapter passes on a demo account.
import { deepEqual, equal, fail, ok } from 'node:assert/strict';
import { Bridge } from '../bridge/bridge.js';
import type { LeaseClient, LeasedAction } from '../bridge/lease-client.js';
import {
  closingDeal,
  MAXIMUM_COMMENT,
  type OrderResult,
  openingDeal,
  type Terminal,
} from '../broker/terminal.js';
import { RETURN_CODES } from '../domain/actions/result-codes.js';
import type { BrokerDeal, BrokerPosition } from '../domain/broker/snapshot.js';

/** An adapter on an account made for tests, with a market that is open. */
export interface TerminalStage {
  readonly terminal: Terminal;
  readonly symbol: string;
  /** In lots; twice it can be traded, too. */
  readonly volume: number;
  /** Stops the broker takes of a BUY now; `tight` is nearer to the price. */
  readonly stops: { readonly loose: number; readonly tight: number };
  /** Lets the broker carry out the next order, and its answer get lost; a check that needs it is left out without it. */
  readonly loseAnswer?: () => void;
  /** Cuts the terminal off from its broker. */
  readonly disconnect?: () => void;
}

/** One thing every terminal must do. `check` throws an AssertionError where it does not; it leaves nothing open. */
export interface TerminalCheck {
  readonly name: string;
  /** What of the stage it needs; it passes where that is missing. */
  readonly needs?: 'loseAnswer' | 'disconnect';
  readonly check: (stage: TerminalStage) => Promise<void>;
}

const HOUR = 3_600_000;
const TAG = 'dtms-check'.padEnd(MAXIMUM_COMMENT, 'x');
const MAGIC = 9_007_199_254_740_993n;

/**
 * ```ts
 * for (const { name, check } of TERMINAL_CHECKS) test(name, async () => check(await openStage()));
 * ```
 */
export const TERMINAL_CHECKS: readonly TerminalCheck[] = [
  { name: 'the account tells its money, its mode and its clock', check: tellsAccount },
  { name: 'an order that opens is a position and a deal, with its tag, number and stop', check: opens },
  { name: 'both levels of a position are set, and one can be taken away', check: setsLevels },
  { name: 'a part is closed: the position stays the same one', check: closesPart },
  { name: 'a position that is not the order’s is left alone', check: leavesOthersAlone },
  { name: 'what cannot be is refused by code, and changes nothing', check: refuses },
  { name: 'deals are told from the moment that is asked for', check: tellsDealsSince },
  { name: 'an order is found again by its tag, and not made twice', check: findsOrders },
  {
    name: 'an order without an answer is unknown, and its deal shows it',
    needs: 'loseAnswer',
    check: losesAnswer,
  },
  {
    name: 'without a broker it says so: nothing is complete, nothing throws',
    needs: 'disconnect',
    check: isCutOff,
  },
];

async function tellsAccount({ terminal }: TerminalStage): Promise<void> {
  const account = await terminal.account();
  ok(account.connected && account.tradeAllowed, 'the test account must be connected and allowed to trade');
  for (const [name, value] of Object.entries({ balance: account.balance, equity: account.equity }))
    ok(Number.isFinite(value), `${name} is ${value}`);
  ok(['hedging', 'netting'].includes(account.marginMode), `marginMode is ${account.marginMode}`);
  // Zones are whole quarters of an hour, none further than 14 hours away.
  equal(account.utcOffsetMinutes % 15, 0, `utcOffsetMinutes is ${account.utcOffsetMinutes}`);
  ok(Math.abs(account.utcOffsetMinutes) <= 14 * 60, `utcOffsetMinutes is ${account.utcOffsetMinutes}`);
  ok(Number.isSafeInteger(account.time), `time is ${account.time}: whole ms are wanted`);
}

function opens(stage: TerminalStage): Promise<void> {
  return withPosition(stage, async (position, result, startedAt) => {
    equal(position.direction, 'BUY');
    equal(position.volume, 2 * stage.volume);
    equal(position.symbol, stage.symbol);
    equal(position.stopLoss, stage.stops.loose, 'the stop of the order is the position’s');
    equal(position.takeProfit, null, 'no target is null, not 0');
    equal(position.magicNumber, MAGIC, 'numbers beyond 2^53 stay whole');
    equal(result.volume, 2 * stage.volume);
    equal(result.price, position.entryPrice);
    const deal = await dealOf(stage, result.dealTicket, startedAt);
    equal(deal.entry, 'IN');
    equal(deal.direction, 'BUY');
    equal(deal.positionIdentifier, position.identifier);
    equal(deal.comment, TAG, 'the order’s comment stays whole, or DTMS does not find it again');
    equal(deal.reason, 'CLIENT');
  });
}

function setsLevels(stage: TerminalStage): Promise<void> {
  const { symbol, stops } = stage;
  return withPosition(stage, async (position) => {
    const request = {
      kind: 'stops',
      symbol,
      position: position.ticket,
      magicNumber: MAGIC,
      comment: TAG,
    } as const;
    const set = await stage.terminal.order({ ...request, stopLoss: stops.tight, takeProfit: null });
    done(set);
    equal(set.stopLoss, stops.tight, 'the answer tells the stop in force');
    equal((await positionOf(stage, position.identifier))?.stopLoss, stops.tight);
    done(await stage.terminal.order({ ...request, stopLoss: null, takeProfit: null }));
    equal((await positionOf(stage, position.identifier))?.stopLoss, null, 'null takes a level away');
  });
}

function closesPart(stage: TerminalStage): Promise<void> {
  return withPosition(stage, async (position, _result, startedAt) => {
    const deal = closingDeal(position, { volume: stage.volume, magicNumber: MAGIC, comment: TAG });
    const result = await stage.terminal.order(deal);
    done(result);
    equal((await positionOf(stage, position.identifier))?.volume, stage.volume);
    const closed = await dealOf(stage, result.dealTicket, startedAt);
    deepEqual([closed.entry, closed.direction], ['OUT', 'SELL']);
    equal(closed.positionIdentifier, position.identifier);
    // What is left is what another one is to leave: there is nothing to close.
    const reports: OrderResult[] = [];
    const action = closingAction(position, stage.volume, 'dtms-leaves'.padEnd(MAXIMUM_COMMENT, 'l'));
    await new Bridge(new OneAction({ ...action, leaves: stage.volume }, reports), stage.terminal).drain();
    const { NO_CHANGES } = RETURN_CODES;
    deepEqual(
      reports.map(({ code, volume }) => [code, volume]),
      [[NO_CHANGES, null]],
      'the positions are not those of now',
    );
    equal(
      (await positionOf(stage, position.identifier))?.volume,
      stage.volume,
      'more was closed than was to be',
    );
  });
}

/** By a bridge that is given an order about another position of the same ticket, and by the terminal itself. */
function leavesOthersAlone(stage: TerminalStage): Promise<void> {
  const { symbol, volume, stops, terminal } = stage;
  const other = `${symbol}.other`;
  return withPosition(stage, async (position) => {
    for (const wrong of [{ symbol: other }, { direction: 'SELL' }, { account: 'another' }] as const) {
      for (const type of ['PARTIAL_CLOSE', 'CLOSE_ALL', 'TIGHTEN_SL'] as const) {
        const reports: OrderResult[] = [];
        const action = closingAction(position, volume, 'dtms-other'.padEnd(MAXIMUM_COMMENT, 'o'));
        const leases = new OneAction({ ...action, type, stopLoss: stops.tight, ...wrong }, reports);
        await new Bridge(leases, terminal, { account: action.account }).drain();
        for (const report of reports) refused(report, `${type} was made of ${JSON.stringify(wrong)}`);
      }
    }
    const { ticket, takeProfit } = position;
    const levels = {
      kind: 'stops',
      symbol: other,
      position: ticket,
      stopLoss: stops.tight,
      takeProfit,
    } as const;
    refused(
      await terminal.order({ ...levels, magicNumber: MAGIC, comment: TAG }),
      'a stop of another symbol was set',
    );
    const close = closingDeal(position, { volume });
    refused(await terminal.order({ ...close, symbol: other }), 'a position of another symbol was closed');
    refused(await terminal.order({ ...close, direction: 'BUY' }), 'a BUY closed a position that is one');
    const { volume: left, stopLoss } = (await positionOf(stage, position.identifier)) ?? fail('it is gone');
    deepEqual(
      [left, stopLoss],
      [position.volume, position.stopLoss],
      'a position that is not the order’s was touched',
    );
  });
}

async function refuses(stage: TerminalStage): Promise<void> {
  const before = (await positionsOf(stage)).length;
  const gone = { symbol: stage.symbol, ticket: 1n, direction: 'BUY', volume: stage.volume } as const;
  const closing = await stage.terminal.order(closingDeal(gone));
  refused(closing, 'a position that is not there was closed');
  const opening = { symbol: stage.symbol, direction: 'BUY', volume: stage.volume / 1_000_000 } as const;
  refused(await stage.terminal.order(openingDeal(opening, {})), 'a volume that is none was traded');
  equal((await positionsOf(stage)).length, before);
}

function tellsDealsSince(stage: TerminalStage): Promise<void> {
  return withPosition(stage, async (_position, result, startedAt) => {
    const deal = await dealOf(stage, result.dealTicket, startedAt);
    const tickets = async (since: number) => {
      const { complete, deals } = await stage.terminal.deals(since);
      ok(complete, 'the deals are not complete');
      return deals.map((told) => told.deal);
    };
    ok((await tickets(deal.time)).includes(deal.deal), 'a deal of that very moment is told');
    ok(!(await tickets(deal.time + 1)).includes(deal.deal), 'an older one is not');
  });
}

/** Twice the same action, by a bridge that was started anew: what a restart between an order and its report comes to. */
function findsOrders(stage: TerminalStage): Promise<void> {
  return withPosition(stage, async (position) => {
    const tag = 'dtms-again'.padEnd(MAXIMUM_COMMENT, 'y');
    const action = closingAction(position, stage.volume, tag);
    const reports: OrderResult[] = [];
    for (let life = 0; life < 2; life += 1) {
      const bridge = new Bridge(new OneAction(action, reports), stage.terminal);
      await bridge.heartbeat();
      await bridge.drain();
    }
    deepEqual(
      reports.map(({ code, volume }) => [code, volume]),
      [
        [RETURN_CODES.DONE, stage.volume],
        [RETURN_CODES.DONE, stage.volume],
      ],
    );
    equal((await positionOf(stage, position.identifier))?.volume, stage.volume, 'it was made twice');
  });
}

function losesAnswer(stage: TerminalStage): Promise<void> {
  return withPosition(stage, async (position, _result, startedAt) => {
    stage.loseAnswer?.();
    const comment = 'dtms-lost'.padEnd(MAXIMUM_COMMENT, 'z');
    const result = await stage.terminal.order(closingDeal(position, { volume: stage.volume, comment }));
    const unknown: readonly number[] = [RETURN_CODES.TIMEOUT, RETURN_CODES.CONNECTION, RETURN_CODES.ERROR];
    ok(unknown.includes(result.code), `it says ${result.code}: nobody knows that`);
    const { deals } = await stage.terminal.deals(startedAt - HOUR);
    ok(
      deals.some((deal) => deal.comment === comment),
      'its deal is not told',
    );
  });
}

async function isCutOff(stage: TerminalStage): Promise<void> {
  const { symbol, volume, terminal } = stage;
  stage.disconnect?.();
  equal((await terminal.account()).connected, false);
  equal((await terminal.positions()).complete, false, 'no answer is not "nothing is open"');
  equal((await terminal.deals(0)).complete, false);
  refused(await terminal.order(openingDeal({ symbol, direction: 'BUY', volume }, {})), 'it traded');
}

/** Opens a position of twice the volume, and closes what is left of it. */
async function withPosition(
  stage: TerminalStage,
  check: (position: BrokerPosition, result: OrderResult, startedAt: number) => Promise<void>,
): Promise<void> {
  const { symbol, volume, stops, terminal } = stage;
  const { time: startedAt } = await terminal.account();
  const deal = { symbol, direction: 'BUY', volume: 2 * volume } as const;
  const order = openingDeal(deal, { stopLoss: stops.loose }, { magicNumber: MAGIC, comment: TAG });
  const result = await terminal.order(order);
  done(result);
  if (result.openedTicket === null) fail('the answer does not tell the position that was opened');
  const identifier = result.openedTicket;
  try {
    const position = await positionOf(stage, identifier);
    if (position === undefined) fail(`position ${identifier} is not told`);
    await check(position, result, startedAt);
  } finally {
    const left = await positionOf(stage, identifier);
    if (left !== undefined) await terminal.order(closingDeal(left));
  }
  equal(await positionOf(stage, identifier), undefined, 'a position that was closed is still told');
}

async function positionsOf({ terminal }: TerminalStage): Promise<readonly BrokerPosition[]> {
  const { complete, positions } = await terminal.positions();
  ok(complete, 'the positions are not complete');
  return positions;
}

async function positionOf(stage: TerminalStage, identifier: bigint): Promise<BrokerPosition | undefined> {
  return (await positionsOf(stage)).find((position) => position.identifier === identifier);
}

async function dealOf(stage: TerminalStage, ticket: bigint | null, startedAt: number): Promise<BrokerDeal> {
  const { complete, deals } = await stage.terminal.deals(startedAt - HOUR);
  ok(complete, 'the deals are not complete');
  return deals.find(({ deal }) => deal === ticket) ?? fail(`deal ${ticket} is not told`);
}

function done({ code, message }: OrderResult): void {
  equal(code, RETURN_CODES.DONE, `the broker refused: ${code} ${message}`);
}

function refused({ code, openedTicket, dealTicket }: OrderResult, what: string): void {
  ok(code !== RETURN_CODES.DONE && code !== RETURN_CODES.DONE_PARTIAL, what);
  deepEqual([openedTicket, dealTicket], [null, null]);
}

function closingAction(position: BrokerPosition, volume: number, tag: string): LeasedAction {
  const { identifier, ticket, symbol, direction, takeProfit, magicNumber } = position;
  return {
    actionId: tag,
    token: 1n,
    leaseEndsAt: 0,
    type: 'PARTIAL_CLOSE',
    account: '',
    ticket: identifier,
    positionTicket: ticket,
    symbol,
    direction,
    stopLoss: null,
    takeProfit,
    volume,
    hedgeTicket: null,
    magicNumber,
    tag,
  };
}

/** DTMS as a bridge sees it that is given one action. */
class OneAction implements LeaseClient {
  readonly #reports: OrderResult[];
  #left: readonly LeasedAction[];

  constructor(action: LeasedAction, reports: OrderResult[]) {
    this.#left = [action];
    this.#reports = reports;
  }

  async lease(): Promise<readonly LeasedAction[]> {
    const leased = this.#left;
    this.#left = [];
    return leased;
  }

  async begin(): Promise<boolean> {
    return true;
  }

  async report(_action: LeasedAction, result: OrderResult): Promise<boolean> {
    this.#reports.push(result);
    return true;
  }

  async heartbeat(): Promise<void> {}

  async closed(): Promise<void> {}

  async reconcile() {
    return { probe: [], drifts: 0, rejected: [] };
  }
}
