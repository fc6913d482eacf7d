// Owns the options that say of market data files what these do not say themselves.
import { InvalidArgumentError, Option } from 'commander';
import { type Asked, SPREAD_UNITS, type SpreadUnit } from '../replay/input/asked.js';
import type { Decimal } from '../replay/input/number-text.js';
import { DATE_ORDERS, type DateOrder } from '../replay/input/time-text.js';
import type { WallZone } from '../replay/input/time-zone.js';
import { CommandError, EXIT } from './exit.js';

export interface FileOptions {
  readonly timeZone?: string;
  readonly decimal?: Decimal;
  readonly dateOrder?: DateOrder;
  readonly spreadUnit?: SpreadUnit;
}

const MARKS: Readonly<Record<string, Decimal>> = {
  point: 'point',
  comma: 'comma',
  '.': 'point',
  ',': 'comma',
};

function parseDecimal(text: string): Decimal {
  const mark = MARKS[text.toLowerCase()];
  if (mark === undefined) throw new InvalidArgumentError('must be point or comma.');
  return mark;
}

export function fileOptions(): Option[] {
  return [
    new Option(
      '--time-zone <zone>',
      'of times without an offset: Europe/Berlin, +02:00, EST-fixed, broker:+2/+3 (changing with New York)',
    ),
    new Option('--decimal <mark>', 'the decimal mark: point or comma').argParser(parseDecimal),
    new Option('--date-order <order>', 'of dates such as 01/04/2026').choices(DATE_ORDERS),
    new Option('--spread-unit <unit>', 'of a spread column').choices(SPREAD_UNITS),
  ];
}

/** What the options say of the files of an invocation. */
export async function askedOf(options: FileOptions & { readonly symbol: string }): Promise<Asked> {
  const { symbol, decimal, dateOrder, spreadUnit } = options;
  return { symbol, timeZone: await zoneOf(options.timeZone), decimal, dateOrder, spreadUnit };
}

async function zoneOf(text: string | undefined): Promise<WallZone | undefined> {
  const { wallZone } = await import('../replay/input/time-zone.js');
  try {
    return text === undefined ? undefined : wallZone(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(`--time-zone: ${error.message}`, EXIT.usage);
  }
}
