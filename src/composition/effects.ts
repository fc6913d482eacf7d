// Owns composing the work of effects of a server.
import type { Instrument } from '../domain/market/data.js';
import { marketHoursOf } from '../domain/market/market-hours.js';
import { instrumentKind } from '../domain/market/symbols.js';
import { versionOf } from '../domain/policy/policy-book.js';
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
      rules: {
        ...protectionTerms(term.engine.termsOf(trade)),
        minimumStepR: config.rules.actions.minimumStepR,
      },
      findPolicy: (ref) => versionOf(term.engine.policies.book, ref),
    }),
    findPolicy: (ref) => versionOf(term.engine.policies.book, ref),
    hoursOf: (instrument) =>
      term.engine.reference.marketHours(instrument) ?? marketHoursOf(instrumentKind(instrument, symbols)),
    now: (feed) => term.clock.now(feed),
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

function protectionTerms({ tickSize, stopsLevel, freezeLevel, volumeMin, volumeStep }: Instrument) {
  return { tickSize, stopsLevel, freezeLevel, volumeMin, volumeStep };
}
