// Owns composing the work of effects of a server.
import { marketHoursOf } from '../domain/market/market-hours.js';
import { instrumentKind } from '../domain/market/symbols.js';
import { EffectWork, type KnownMarkets } from '../effect/effect-work.js';
import type { Term } from '../engine/term.js';
import type { Core, Ground } from './core.js';

/** A trade left alone is followed in steps of a quarter of an hour: nobody waits for these seconds. */
const POLL_MS = 5000;

export function effectsOf({ config, store, logger }: Ground, { authority }: Core): EffectWork {
  const { symbols } = config.rules;
  const known = (term: Term): KnownMarkets => ({
    termsOf: (trade) => ({
      spread: term.engine.viewOf(trade)?.medianSpread ?? 0,
      commission: term.engine.termsOf(trade).commissionPerLot,
    }),
    hoursOf: (instrument) =>
      term.engine.reference.marketHours(instrument) ?? marketHoursOf(instrumentKind(instrument, symbols)),
    now: () => term.databaseNow(),
  });
  return new EffectWork({
    store,
    logger,
    pollMs: POLL_MS,
    markets: () => {
      const { role, term } = authority;
      return role === 'LEADER' && term !== null && term.over === null ? known(term) : undefined;
    },
  });
}
