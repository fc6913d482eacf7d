// Owns POST /dtms/trade/enable: an old registration as a RegisterTrade, and what it answers. Like the old
// server it takes a ticket that is registered already for the same trade, with whatever prices: programs
// send the stop as it is at that moment. It does not do so when symbol or direction differ: that is another
// trade.
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { RegisterTradeRequest } from '../../../gen/ts/dtms/v1/trade_service.js';
import { Direction, type Trade, type TradeSpec, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { invalidField, invalidFields } from '../../errors/errors.js';
import { CallFailure, type LegacyCaller } from './caller.js';
import { tradeOver } from './failures.js';
import { getTrade } from './find-trade.js';
import { REGISTER_TRADE } from './procedures.js';
import { registeredInfo } from './trade-answers.js';

const REQUIRED = ['ticket', 'symbol', 'direction', 'entry'] as const;
const DECIMAL = /^\d{1,12}(\.\d{1,12})?$/;
const WHOLE = /^\d{1,19}$/;
const MAX_TICKET = 2n ** 63n - 1n;

/**
 * Reads an old registration. A stop or target of 0 or null is none, as at the broker.
 *
 * @param account where the registration names none.
 * @throws DtmsError INVALID_FIELD
 */
export function readRegistration(body: unknown, account: string): RegisterTradeRequest {
  if (!isObject(body)) throw invalidField('', 'must be a JSON object');
  const missing = REQUIRED.filter((field) => isEmpty(body[field]));
  if (missing.length > 0) {
    throw invalidFields(missing.map((field) => ({ field, description: 'is required' })));
  }
  return RegisterTradeRequest.fromPartial({
    trade: {
      account: isEmpty(body.account) ? account : textOf(body, 'account'),
      ticket: ticketOf(body),
      symbol: textOf(body, 'symbol'),
      direction: directionOf(body),
      entryPrice: numberOf(body, 'entry') ?? 0,
      volume: numberOf(body, 'volume') ?? 0,
      stopLoss: numberOf(body, 'stop_loss'),
      takeProfit: numberOf(body, 'take_profit'),
    },
  });
}

type Body = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || value === 0;

function textOf(body: Body, field: string): string {
  const value = body[field];
  if (typeof value === 'string') return value;
  throw invalidField(field, 'must be a text');
}

/** A number, or a decimal as text; undefined for none. */
function numberOf(body: Body, field: string): number | undefined {
  const value = body[field];
  if (isEmpty(value)) return undefined;
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && DECIMAL.test(value)) return Number(value) || undefined;
  throw invalidField(field, 'must be a number');
}

/** Above 2^53 a number in JSON is not exact any more: such a ticket must come as text. */
function ticketOf(body: Body): bigint {
  const { ticket } = body;
  const whole =
    (typeof ticket === 'number' && Number.isSafeInteger(ticket) && ticket > 0) ||
    (typeof ticket === 'string' && WHOLE.test(ticket));
  const value = whole ? BigInt(ticket as number | string) : 0n;
  if (value > 0n && value <= MAX_TICKET) return value;
  throw invalidField('ticket', 'must be a whole number above 0, as text when it is above 2^53');
}

function directionOf(body: Body): Direction {
  const given = textOf(body, 'direction').toUpperCase();
  if (given === 'BUY') return Direction.BUY;
  if (given === 'SELL') return Direction.SELL;
  throw invalidField('direction', 'must be BUY or SELL');
}

/** Fields in which a repeated registration may differ: what the broker or a manager changes in time. */
const MAY_DIFFER: ReadonlySet<string> = new Set(['entry_price', 'volume', 'stop_loss', 'take_profit']);

interface Enabled {
  readonly trade: Trade;
  readonly alreadyRegistered: boolean;
  /** In which the registered trade differs from the request, as TradeSpec names them. */
  readonly differing: readonly string[];
}

/**
 * Registers a trade, or finds the one that is.
 *
 * @param read gives the JSON of the request, or throws a DtmsError
 * @param account where that names none
 * @throws CallFailure
 */
export async function enable(caller: LegacyCaller, read: () => unknown, account: string) {
  const { trade, alreadyRegistered, differing } = await register(caller, () =>
    readRegistration(read(), account),
  );
  const { ticket } = trade;
  if (trade.state === TradeState.CLOSED) throw tradeOver(trade.account, ticket);
  const body = {
    success: true,
    summary: alreadyRegistered
      ? `Ticket ${ticket} was under DTMS protection before (${trade.account})`
      : `Ticket ${ticket} is under DTMS protection (${trade.account})`,
    trade_info: registeredInfo(trade),
    already_registered: alreadyRegistered,
    ...(differing.length === 0 ? {} : { differing_fields: differing }),
  };
  return { body, account: trade.account };
}

async function register(caller: LegacyCaller, read: () => RegisterTradeRequest): Promise<Enabled> {
  let asked: TradeSpec | undefined;
  const request = () => {
    const given = read();
    asked = given.trade;
    return given;
  };
  try {
    const { trade, alreadyRegistered } = await caller.call(REGISTER_TRADE, request);
    if (trade === undefined) throw new Error('a registration was answered without its trade');
    return { trade, alreadyRegistered, differing: [] };
  } catch (error) {
    const differing = differencesIn(error);
    if (asked === undefined || differing === undefined) throw error;
    const trade = await getTrade(caller, asked.account, asked.ticket);
    if (trade?.symbol !== asked.symbol || trade.direction !== asked.direction) throw error;
    return { trade, alreadyRegistered: true, differing };
  }
}

/**
 * In which fields the request may differ from the registered trade, if there is one: those named by TRADE_DIFFERS,
 * or a stop that has passed the entry since. undefined for any other error.
 */
function differencesIn(error: unknown): readonly string[] | undefined {
  if (!(error instanceof CallFailure)) return undefined;
  const { reason, metadata, fields } = error.report;
  if (reason === ErrorReason.TRADE_DIFFERS) return tolerable(metadata.fields?.split(',') ?? []);
  if (reason !== ErrorReason.STOP_ON_WRONG_SIDE) return undefined;
  return tolerable(fields.map((field) => field.replace(/^trade\./, '')));
}

const tolerable = (fields: readonly string[]): readonly string[] | undefined =>
  fields.every((field) => MAY_DIFFER.has(field)) ? fields : undefined;
