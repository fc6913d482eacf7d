// Owns what is told and set of feature flags: their definitions, and what people set before them. Each is a turn of the engine.

import type { FlagDefinitions } from '../domain/flags/definition.js';
import { FLAG_NAMES, FLAGS, type FlagName, isFlagName } from '../domain/flags/flag.js';
import {
  type FlagSetting,
  MOST_SETTINGS,
  type ShownFlag,
  shownFlag,
  withSetting,
} from '../domain/flags/flag-book.js';
import { invalidField } from '../errors/errors.js';
import { limitReached } from '../errors/feeds.js';
import { auditOf, type Deciding, type ImmediateCommand, type Issuer, journalled } from './command.js';

/** What a person sets. */
export interface ToldSetting {
  readonly flag: string;
  readonly value: boolean;
  /** Empty: every account. */
  readonly account: string;
  /** Empty: every symbol. */
  readonly symbol: string;
  /** Of the accounts, 1 to 100. */
  readonly percent: number;
  /** Empty: the key's name. */
  readonly by: string;
  readonly reason: string;
  /** 0: until it is cleared. */
  readonly seconds: number;
}

/** A person sets a flag; it is audited. The command throws INVALID_FIELD, and LIMIT_REACHED where too many are set. */
export const setFeatureFlag = journalled(
  'setFeatureFlag',
  (told: ToldSetting, issuer: Issuer): ImmediateCommand<ShownFlag> => ({
    apply: (term) => {
      const { flags } = term.engine;
      const { account, symbol, percent, reason, value, seconds } = told;
      const flag = checkedFlag(told);
      const at = term.databaseNow();
      const endsAt = seconds === 0 ? null : at + seconds * 1000;
      const by = told.by || issuer.principal.name;
      const setting: FlagSetting = { flag, value, account, symbol, percent, by, reason, at, endsAt };
      // One that is instead of another is always taken: whoever switches off must not have to clear first.
      if (withSetting(flags.book, setting).settings.length > MOST_SETTINGS)
        throw limitReached('settings of flags', MOST_SETTINGS);
      flags.set(setting);
      const until = endsAt === null ? null : new Date(endsAt).toISOString();
      const detail = { flag, state: value ? 'on' : 'off', symbol, percent, by, reason, until };
      const audits = [auditOf(issuer, { account, detail })];
      return { work: { audits }, respond: () => shown(term, flag, account, symbol) };
    },
  }),
);

/** Of which flag what was set is taken back, and by whom. */
export interface ToldClearing {
  readonly flag: string;
  /** With neither, all that was set of the flag is. */
  readonly account: string;
  readonly symbol: string;
  readonly by: string;
  readonly reason: string;
}

export interface ClearedFlag {
  readonly flag: ShownFlag;
  /** Of how many settings. */
  readonly cleared: number;
}

/** A person takes back what was set of a flag; it is audited. The command throws INVALID_FIELD. */
export const clearFeatureFlag = journalled(
  'clearFeatureFlag',
  (told: ToldClearing, issuer: Issuer): ImmediateCommand<ClearedFlag> => ({
    apply: (term) => {
      const { account, symbol, reason } = told;
      const flag = checkedFlag({ ...told, percent: 100 });
      const target = account === '' && symbol === '' ? null : { account, symbol };
      const cleared = term.engine.flags.clear(flag, target);
      const detail = { flag, symbol, by: told.by || issuer.principal.name, reason, cleared };
      const audits = [auditOf(issuer, { account, detail })];
      return {
        work: { audits },
        respond: () => ({ flag: shown(term, flag, account, symbol), cleared }),
      };
    },
  }),
);

/** Puts other definitions into force; what people set stays before them. It is audited. */
export const defineFlags = journalled(
  'defineFlags',
  (
    definitions: FlagDefinitions,
    build: string,
    issuer: Issuer | null,
  ): ImmediateCommand<readonly FlagName[]> => ({
    apply: (term) => {
      const { flags } = term.engine;
      const before = flags.book.definitions;
      flags.define(definitions, build);
      const isOther = (flag: FlagName) => JSON.stringify(before[flag]) !== JSON.stringify(definitions[flag]);
      const changed = FLAG_NAMES.filter(isOther);
      const audits =
        issuer === null || changed.length === 0 ? [] : [auditOf(issuer, { detail: { flags: changed } })];
      return { work: { audits }, respond: () => changed };
    },
  }),
);

function shown({ engine }: Deciding, flag: FlagName, account: string, symbol: string): ShownFlag {
  const { book } = engine.flags;
  return shownFlag(book, flag, { account, symbol, build: book.build });
}

/** @throws DtmsError INVALID_FIELD */
function checkedFlag({
  flag,
  account,
  symbol,
  percent,
}: Pick<ToldSetting, 'flag' | 'account' | 'symbol' | 'percent'>): FlagName {
  if (!isFlagName(flag)) throw invalidField('flag', `is none of ${FLAG_NAMES.join(', ')}`);
  const { subjects } = FLAGS[flag];
  if (account !== '' && !subjects.includes('account'))
    throw invalidField('account', `flag ${flag} is the same for every account`);
  if (symbol !== '' && !subjects.includes('symbol'))
    throw invalidField('symbol', `flag ${flag} is the same for every symbol`);
  if (percent !== 100 && (account !== '' || !subjects.includes('account')))
    throw invalidField(
      'percent',
      `a share is of accounts: flag ${flag} ${account === '' ? 'is the same for all' : 'is set for one'}`,
    );
  return flag;
}
