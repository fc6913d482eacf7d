// Owns how money reads: an amount with its currency, and where there is none, or not all of it, why. Pure. Amounts are
// decimals as text, which no double rounds; those of two currencies are never added up.
import type { ResultPart, ResultSum, TradeResult } from '../../../../gen/ts/dtms/v1/results.js';
import { decimal, decimalText, type ExactDecimal, plus, ZERO } from '../../../domain/money/decimal.js';
import type { Json } from '../data/json.js';

export type TradeResultJson = Json<TradeResult>;
export type ResultPartJson = Json<ResultPart>;
export type ResultSumJson = Json<ResultSum>;

/** What is known of a result's terms. */
export type MoneyTerms = Pick<TradeResultJson, 'currency' | 'profitCurrency'>;

const GROUP = /\B(?=(\d{3})+(?!\d))/g;
const NOTHING = /^[+-]?[0.]*$/;

/** "+1,234.50 USD": a true minus, and a plus where it is one. */
export function amountText(amount: string, currency: string): string {
  const sign = amount.startsWith('-') ? '−' : '+';
  return `${NOTHING.test(amount) ? '' : sign}${plainAmount(amount.replace('-', ''), currency)}`;
}

/** The same without a plus: of what is held, not gained. */
export function plainAmount(amount: string, currency: string): string {
  const [whole = '', part] = amount.replace('-', '−').split('.');
  return `${whole.replace(GROUP, ',')}${part === undefined ? '' : `.${part}`} ${currency}`.trim();
}

/** "gain", "loss", or nothing. */
export function toneOfAmount(amount: string | undefined): string {
  if (amount === undefined || NOTHING.test(amount)) return '';
  return amount.startsWith('-') ? 'loss' : 'gain';
}

/** Why an amount is not there, or does not hold all: "no rate for JPY"; empty where it is whole. */
export function obstacleText(obstacle: string, { profitCurrency }: MoneyTerms): string {
  switch (obstacle) {
    case 'MONEY_OBSTACLE_UNSPECIFIED':
      return '';
    case 'MONEY_OBSTACLE_ACCOUNT_CURRENCY':
      return 'account currency not known';
    case 'MONEY_OBSTACLE_CONTRACT':
      return 'contract size not known';
    case 'MONEY_OBSTACLE_PROFIT_CURRENCY':
      return 'currency of results not known';
    case 'MONEY_OBSTACLE_RATE':
      return profitCurrency === '' ? 'no rate' : `no rate for ${profitCurrency}`;
    case 'MONEY_OBSTACLE_PRICE':
      return 'price not known';
    case 'MONEY_OBSTACLE_STOP':
      return 'no stop';
    case 'MONEY_OBSTACLE_RECORD':
      return 'closed before results were recorded';
    default:
      return 'not known';
  }
}

/** A part in words: its amount, and why that is not all; undefined where there is nothing of it. */
export function partText(part: ResultPartJson | undefined, terms: MoneyTerms): string | undefined {
  if (part === undefined) return undefined;
  const why = obstacleText(part.obstacle, terms);
  if (part.amount === undefined) return why === '' ? 'not known' : why;
  const text = amountText(part.amount, terms.currency);
  return why === '' ? text : `${text}, not all: ${why}`;
}

/** What a position loses at its stop: "12.50 USD", or why that is not known. */
export function riskText({ risk, ...terms }: Pick<TradeResultJson, 'risk' | keyof MoneyTerms>): string {
  if (risk === undefined) return '–';
  const why = obstacleText(risk.obstacle, terms);
  if (risk.amount === undefined) return why === '' ? 'not known' : why;
  // Told as what is lost, above 0.
  return `${plainAmount(risk.amount, terms.currency)}${why === '' ? '' : `, not all: ${why}`}`;
}

/** What a part is made of: "profit +13.00, commission 0.70, as the broker booked it"; empty where it is not known. */
export function compositionText({ profit, commission, swap, booked }: ResultPartJson): string {
  const parts = [
    profit === undefined ? '' : `profit ${amountText(profit, '')}`,
    commission === undefined || NOTHING.test(commission) ? '' : `commission ${plainAmount(commission, '')}`,
    swap === undefined || NOTHING.test(swap) ? '' : `swap ${amountText(swap, '')}`,
    booked ? 'as the broker booked it' : '',
  ].filter((text) => text !== '');
  return parts.join(', ');
}

/** Amounts by currency, and how many results are in none of them. */
export interface MoneySums {
  readonly amounts: ReadonlyMap<string, ExactDecimal>;
  readonly unknown: number;
}

/** The sums of what parts come to. One that does not hold all counts as not known, and its amount is not in the sum. */
export function sumsOf(
  parts: readonly { readonly part: ResultPartJson | undefined; readonly currency: string }[],
): MoneySums {
  const amounts = new Map<string, ExactDecimal>();
  let unknown = 0;
  for (const { part, currency } of parts) {
    const { amount, obstacle } = part ?? {};
    if (amount === undefined || currency === '' || obstacle !== 'MONEY_OBSTACLE_UNSPECIFIED') unknown += 1;
    else amounts.set(currency, plus(amounts.get(currency) ?? ZERO, decimal(amount)));
  }
  return { amounts, unknown };
}

/** "+12.30 USD, −4.00 EUR"; empty where nothing is known. */
export function sumsText({ amounts }: MoneySums): string {
  return [...amounts]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([currency, amount]) => amountText(decimalText(amount), currency))
    .join(', ');
}
