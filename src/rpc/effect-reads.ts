// Owns what TradeService tells of the effect of DTMS on trades. Any server answers.
import { EffectFilter } from '../../gen/ts/dtms/v1/effect.js';
import type { TradeServiceDefinition } from '../../gen/ts/dtms/v1/trade_service.js';
import { LEAST_BLOCKS, LEAST_TRADES, type NamedSummary } from '../effect/summary.js';
import { HORIZON_MS } from '../effect/trade-effect.js';
import type { Handlers } from '../interceptors/handlers.js';
import { getEffect, listTradeEffects } from '../queries/effects.js';
import { checkAccount } from '../queries/known-account.js';
import type { Sources } from '../queries/sources.js';
import { effectFilterFromProto, effectToProto, figuresToProto } from '../wire/effect.js';
import { pageSizeOf, parsePlaceToken, placeToken, queryFingerprint } from './page-token.js';

type EffectReads = Pick<Handlers<TradeServiceDefinition>, 'getEffect' | 'listTradeEffects'>;

export function effectReads(sources: Sources): EffectReads {
  const table = sources.store.effects;
  return {
    getEffect: async ({ filter }) => {
      if (filter?.account) await checkAccount(sources, filter.account);
      const { total, accounts, symbols, policies, observed, truncated } = await getEffect(
        table,
        effectFilterFromProto(filter),
      );
      return {
        total: figuresToProto(total),
        accounts: accounts.map(namedToProto),
        symbols: symbols.map(namedToProto),
        policies: policies.map(namedToProto),
        observed: observed.map(namedToProto),
        leastTrades: LEAST_TRADES,
        leastBlocks: LEAST_BLOCKS,
        horizonSeconds: BigInt(HORIZON_MS / 1000),
        truncated,
      };
    },

    listTradeEffects: async (request, { method }) => {
      const asked = EffectFilter.encode(request.filter ?? EffectFilter.create()).finish();
      const fingerprint = queryFingerprint(method, asked);
      const place = parsePlaceToken(request.pageToken, fingerprint);
      const after = place === null ? null : { closedAt: place.at, skip: place.number };
      const filter = effectFilterFromProto(request.filter);
      const { items, next } = await listTradeEffects(table, filter, after, pageSizeOf(request));
      const token = next === null ? null : { at: next.closedAt, number: next.skip };
      return { effects: items.map(effectToProto), nextPageToken: placeToken(fingerprint, token) };
    },
  };
}

function namedToProto({ name, ...figures }: NamedSummary) {
  return { name, figures: figuresToProto(figures) };
}
