// Owns a set's scheduled news: the body of an UpsertNewsEvents request as JSON, so that the same file is told to a server.
import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { Compile } from 'typebox/schema';
import type { NewsEvent } from '../domain/market/data.js';
import { currencies, resolveInstrument, type SymbolRules } from '../domain/market/symbols.js';

const IMPACTS = {
  NEWS_IMPACT_LOW: 'LOW',
  NEWS_IMPACT_MEDIUM: 'MEDIUM',
  NEWS_IMPACT_HIGH: 'HIGH',
} as const satisfies Record<string, NewsEvent['impact']>;
type ImpactName = keyof typeof IMPACTS;

const validator = Compile(
  Type.Object(
    {
      events: Type.Array(
        Type.Object(
          {
            eventId: Type.String({ minLength: 1, maxLength: 128 }),
            currency: Type.String({ pattern: '^[A-Z]{3,5}$' }),
            time: Type.String({
              pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:\\d\\d)$',
            }),
            impact: Type.Enum(Object.keys(IMPACTS) as ImpactName[]),
            title: Type.Optional(Type.String({ maxLength: 256 })),
          },
          { additionalProperties: false },
        ),
        { maxItems: 100_000 },
      ),
    },
    { additionalProperties: false },
  ),
);

/** A file that holds no news as they are told. */
export class NewsFileError extends Error {
  override readonly name = 'NewsFileError';
}

/** The events of a file. @throws NewsFileError */
export function readNews(file: string): readonly NewsEvent[] {
  const body = parsed(file);
  if (!validator.Check(body)) {
    const [, errors] = validator.Errors(body);
    const { instancePath = '', message = 'is not read' } = errors[0] ?? {};
    throw new NewsFileError(`${file}: no news: ${instancePath} ${message}`);
  }
  return body.events.map(({ impact, time, title = '', ...event }) => {
    const at = Date.parse(time);
    if (Number.isNaN(at)) throw new NewsFileError(`${file}: no news: ${time} is no moment`);
    return { ...event, title, time: at, impact: IMPACTS[impact] };
  });
}

/** Answers when the next news of high impact that concerns a symbol is due at or after a time; null where none is known. */
export function nextNewsOf(
  news: readonly NewsEvent[],
  symbol: string,
  symbols: SymbolRules,
): (at: number) => number | null {
  const own = new Set(currencies(resolveInstrument(symbol, symbols), symbols));
  const times = news
    .filter(({ impact, currency }) => impact === 'HIGH' && own.has(currency))
    .map(({ time }) => time)
    .sort((one, other) => one - other);
  return (at) => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] ?? at) < at) low = middle + 1;
      else high = middle;
    }
    return times[low] ?? null;
  };
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new NewsFileError(`${file}: it is not JSON: ${error.message}`);
  }
}
