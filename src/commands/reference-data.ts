// Owns what planning refers to: contract terms of instruments and scheduled news.
import type { Instrument, NewsEvent } from '../domain/market/data.js';
import { hoursTold } from '../engine/closed-markets.js';
import { invalidFields, type Violation } from '../errors/errors.js';
import { placed } from '../errors/refused-items.js';
import type { Audit, InstrumentKey } from '../store/types.js';
import { auditOf, type Deciding, type ImmediateCommand, type Issuer, journalled } from './command.js';
import { type InstrumentCheck, instrumentCheck } from './instrument-rules.js';

/** Of what one request changed, so much is on record with its values; the rest is counted. */
const MOST_RECORDED = 100;

/** Why one of a list is refused; the field is one of its own, empty when it is refused as a whole. */
export class Refusal {
  /** Tells it from what it refuses, also when the journal tells it again. */
  readonly refused = true;
  readonly field: string;
  readonly description: string;

  constructor(field: string, description: string) {
    this.field = field;
    this.description = description;
  }
}

function isRefusal(one: unknown): one is Refusal {
  return typeof one === 'object' && one !== null && 'refused' in one;
}

/** How many are new or changed, and which were refused, by their places. */
export interface Upserted {
  readonly changed: number;
  readonly refused: readonly (Violation & { readonly index: number })[];
}

/** Those that are new or changed are audited. Throws INVALID_FIELD when all are refused, and LIMIT_REACHED. */
export const upsertInstruments = journalled(
  'upsertInstruments',
  (told: readonly (Instrument | Refusal)[], issuer: Issuer): ImmediateCommand<Upserted> => {
    return {
      apply: (term) => {
        const { engine } = term;
        const check = instrumentCheck(engine);
        const checked = told.map((one) => (isRefusal(one) ? one : checkedInstrument(check, one)));
        const { taken: instruments, refused } = parted(checked, 'instruments');
        engine.reference.checkRoom({ instruments });
        const changed = instruments.filter((instrument) => engine.upsertInstrument(instrument));
        noteHours(term, changed, issuer);
        return {
          work: { instruments: changed, audits: auditsOf(changed, issuer) },
          respond: () => ({ changed: changed.length, refused }),
        };
      },
    };
  },
);

/** Those that are new or changed are audited. Throws INVALID_FIELD when all are refused, and LIMIT_REACHED. */
export const upsertNewsEvents = journalled(
  'upsertNewsEvents',
  (told: readonly (NewsEvent | Refusal)[], issuer: Issuer): ImmediateCommand<Upserted> => {
    return {
      apply: ({ engine }) => {
        const { taken: events, refused } = parted(told, 'events');
        engine.reference.checkRoom({ news: events });
        const changed = events.filter((event) => engine.upsertNews(event));
        return {
          work: { news: changed, audits: auditsOf(changed, issuer) },
          respond: () => ({ changed: changed.length, refused }),
        };
      },
    };
  },
);

/** Actions that wait for a market to open wait by its hours as they are known now. */
function noteHours(term: Deciding, changed: readonly InstrumentKey[], { principal }: Issuer): void {
  const moment = { by: principal.name, now: term.databaseNow() };
  hoursTold(term.engine, changed, moment, (trade) => term.clock.now(term.engine.feedOf(trade)));
}

function checkedInstrument(check: InstrumentCheck, instrument: Instrument): Instrument | Refusal {
  const [fault] = check(instrument);
  return fault === undefined ? instrument : new Refusal(fault.field, fault.description);
}

function parted<T>(
  told: readonly (T | Refusal)[],
  list: string,
): { readonly taken: T[]; readonly refused: Upserted['refused'] } {
  const refused = told.flatMap((one, index) => {
    if (!isRefusal(one)) return [];
    const { field, description } = one;
    return [{ index, field, description }];
  });
  if (refused.length === told.length) throw invalidFields(refused.map((why) => placed(list, why.index, why)));
  return {
    taken: told.filter((one): one is Exclude<typeof one, Refusal> => !isRefusal(one)),
    refused,
  };
}

/** Forgets contract terms; it is audited. The outcome is how many there were. */
export const deleteInstruments = journalled(
  'deleteInstruments',
  (account: string, symbols: readonly string[], issuer: Issuer): ImmediateCommand<number> => {
    return {
      apply: (term) => {
        const endedInstruments = term.engine.reference.deleteInstruments(account, symbols);
        noteHours(term, endedInstruments, issuer);
        const detail = { deleted: endedInstruments.map(({ symbol }) => symbol).slice(0, MOST_RECORDED) };
        const audits = [auditOf(issuer, { account, detail })];
        return { work: { endedInstruments, audits }, respond: () => endedInstruments.length };
      },
    };
  },
);

/** Forgets news events by their ids, and those due before a moment; it is audited. The outcome is how many there were. */
export const deleteNewsEvents = journalled(
  'deleteNewsEvents',
  (eventIds: readonly string[], before: number | null, issuer: Issuer): ImmediateCommand<number> => {
    return {
      apply: ({ engine }) => {
        const endedNews = engine.reference.deleteNews(eventIds, before);
        const audits = [auditOf(issuer, { detail: { deleted: endedNews.slice(0, MOST_RECORDED) } })];
        return { work: { endedNews, audits }, respond: () => endedNews.length };
      },
    };
  },
);

/** One audit for each account, so that its administrator sees it. */
function auditsOf(changed: readonly (Instrument | NewsEvent)[], issuer: Issuer): Audit[] {
  const byAccount = new Map<string, (Instrument | NewsEvent)[]>();
  for (const item of changed) {
    const account = 'account' in item ? item.account : '';
    byAccount.set(account, [...(byAccount.get(account) ?? []), item]);
  }
  return [...byAccount].map(([account, items]) =>
    auditOf(issuer, { account, detail: { changed: items.length, items: items.slice(0, MOST_RECORDED) } }),
  );
}
