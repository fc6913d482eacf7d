// Owns `dtms keys`: API keys, in the database itself, so that the first one needs none.
import { userInfo } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Scope } from '../../gen/ts/dtms/v1/access.js';
import { isActive } from '../access/api-key.js';
import { createKey, revokeKey, rotateKey } from '../commands/keys.js';
import { SCOPES, scopeName, scopeNamed } from '../contract/scopes.js';
import type { KeyTable } from '../store/keys.js';
import type { StoredKey } from '../store/types.js';
import { type Where, type WhichDatabase, where, whichDatabase, withStore } from './database.js';
import { EXIT_HELP } from './exit.js';
import { type ListForm, printList, withListForm } from './lists.js';
import { collect } from './options.js';
import { jsonText, print, remark, timeText } from './output.js';

interface Creation extends Where {
  readonly name: string;
  readonly scope: readonly Scope[];
  readonly account: readonly string[];
  readonly feed: readonly string[];
  readonly expires?: number;
}

interface Rotation extends Where {
  /** In ms. */
  readonly overlap: number;
  readonly expires?: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PAGE = 1000;
/** As CreateApiKeyRequest has them. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/;
const ACCOUNT = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,63}$/;

const CREATE_EXAMPLES = `
Examples:
  $ dtms keys create --name operator --scope admin,register,manage
  $ dtms keys create --name exits-1 --scope register,read --account live-1 --expires 90d
  $ DTMS_API_KEY=$(dtms keys create --name mt5 --scope bridge,market,read --account live-1)

admin reads and decides what people decide, register is for trades, market for prices, bridge for brokers,
manage for programs that move stops, and for people who close positions. The first key closes an open server to every caller without one.
The key is printed once, alone on standard output; only its hash is stored.`;

export function keysCommand(): Command {
  return new Command('keys')
    .description('create, list, rotate and revoke API keys, directly in the database')
    .addCommand(
      where(new Command('create'))
        .description('create a key and print it')
        .requiredOption('--name <name>', 'its name in audits and events', parseName)
        .requiredOption(
          '--scope <scopes>',
          `what it may do: ${SCOPES.map((scope) => scopeName(scope).toLowerCase()).join(', ')}; repeatable`,
          collectScopes,
        )
        .option('--account <accounts>', 'only these accounts; repeatable', collectAccounts, [])
        .option(
          '--feed <feeds>',
          'it may write only these feeds; lse* is all that begin so; repeatable',
          collectFeeds,
          [],
        )
        .option('--expires <time>', 'a date, or a time from now such as 90d', parseExpiry)
        .addHelpText('after', CREATE_EXAMPLES + EXIT_HELP)
        .action(create),
    )
    .addCommand(
      withListForm(whichDatabase(new Command('list')))
        .description('list keys, without their secrets')
        .action(list),
    )
    .addCommand(
      where(new Command('rotate'))
        .description(
          'create a key with the rights of another and print it; the old one expires after the overlap',
        )
        .argument('<key-id>', 'the old key')
        .addOption(
          new Option('--overlap <time>', 'how long the old key keeps working')
            .argParser(parseSpan)
            .default(UNITS.d, '24h'),
        )
        .option(
          '--expires <time>',
          'a date, or a time from now; by default the lifetime of the old one',
          parseExpiry,
        )
        .action(rotate),
    )
    .addCommand(
      where(new Command('revoke'))
        .description('revoke a key: its calls and streams end within 5 seconds')
        .argument('<key-id>', 'the key')
        .action(revoke),
    );
}

async function create(options: Creation): Promise<void> {
  const { name, scope: scopes, account: accounts, feed: feeds, expires: expiresAt = null } = options;
  const wanted = { name, scopes: scopes.map(scopeName), accounts, feeds, expiresAt };
  const made = await withKeys(options, (keys) => createKey(keys, wanted, author('create')), 'begun');
  tell(options, made);
}

async function list(options: WhichDatabase & ListForm): Promise<void> {
  const keys = await withKeys(options, async (table) => {
    const all: StoredKey[] = [];
    for (;;) {
      const page = await table.list(null, all.at(-1)?.number ?? 0, PAGE);
      all.push(...page);
      if (page.length < PAGE) return all;
    }
  });
  const head = ['key', 'name', 'scopes', 'accounts', 'feeds', 'state', 'ends', 'last used'];
  const row = (key: StoredKey) => [
    key.keyId,
    key.name,
    key.scopes.join(' '),
    key.accounts?.join(' ') ?? 'all',
    key.feeds?.join(' ') ?? 'all',
    stateOf(key),
    timeText(dateOf(key.overlapEndsAt ?? key.expiresAt)),
    timeText(dateOf(key.lastUsedAt)),
  ];
  printList(options, keys, { head, row, json: shown });
}

async function rotate(keyId: string, options: Rotation): Promise<void> {
  const terms = { overlapMs: options.overlap, expiresAt: options.expires ?? null };
  const made = await withKeys(options, (keys) => rotateKey(keys, keyId, terms, author('rotate')));
  tell(options, made);
  remark(`${keyId} works until ${timeText(dateOf(made.replaced.overlapEndsAt))}`);
}

async function revoke(keyId: string, options: Where): Promise<void> {
  const key = await withKeys(options, (keys) => revokeKey(keys, keyId, author('revoke')));
  if (options.json) print(jsonText(shown(key)));
  else remark(`${keyId} (${key.name}) is revoked`);
}

/** The key alone on standard output, so that a script can take it. */
function tell({ json }: Where, { key, text }: { readonly key: StoredKey; readonly text: string }): void {
  if (json) {
    print(jsonText({ ...shown(key), secret: text }));
    return;
  }
  remark(`key ${key.keyId} (${key.name}); it will not be shown again:`);
  print(text);
}

/** @param absent - a first key may come before the first server; of no database there is nothing to list or revoke */
const withKeys = <T>(
  options: WhichDatabase,
  run: (keys: KeyTable) => Promise<T>,
  absent: 'refused' | 'begun' = 'refused',
): Promise<T> => withStore(options, ({ keys }) => run(keys), absent);

/** Whoever is at the command line reaches the database, and so every account. */
function author(command: string) {
  return {
    actor: `cli:${userInfo().username}`,
    actorId: '',
    method: `dtms keys ${command}`,
    accounts: null,
    feeds: null,
  };
}

const dateOf = (ms: number | null): Date | undefined => (ms === null ? undefined : new Date(ms));

/** A key as JSON has it: without its hash. */
function shown(key: StoredKey) {
  const { keyId, name, scopes, accounts, feeds, rotatedTo } = key;
  const iso = (ms: number | null) => dateOf(ms)?.toISOString() ?? null;
  return {
    keyId,
    name,
    scopes,
    accounts,
    feeds,
    state: stateOf(key),
    createdAt: iso(key.createdAt),
    expiresAt: iso(key.expiresAt),
    revokedAt: iso(key.revokedAt),
    rotatedTo,
    overlapEndsAt: iso(key.overlapEndsAt),
    lastUsedAt: iso(key.lastUsedAt),
  };
}

function stateOf(key: StoredKey): string {
  if (key.revokedAt !== null) return 'revoked';
  if (!isActive(key)) return key.rotatedTo === null ? 'expired' : 'rotated';
  return key.rotatedTo === null ? 'active' : 'rotating';
}

function parseName(text: string): string {
  if (!NAME.test(text)) throw new InvalidArgumentError('must be 1 to 64 of A-Z, a-z, 0-9, _, ., @ and -.');
  return text;
}

function collectScopes(text: string, before: readonly Scope[] | undefined): readonly Scope[] {
  const scopes = collect(text, []).map((name) => {
    const scope = scopeNamed(name);
    if (scope === undefined) throw new InvalidArgumentError(`there is no scope ${name}.`);
    return scope;
  });
  return [...(before ?? []), ...scopes];
}

function collectAccounts(text: string, before: readonly string[]): readonly string[] {
  const accounts = collect(text, before);
  const odd = accounts.find((account) => !ACCOUNT.test(account));
  if (odd !== undefined) throw new InvalidArgumentError(`"${odd}" is not an account name.`);
  return accounts;
}

function collectFeeds(text: string, before: readonly string[]): readonly string[] {
  const feeds = collect(text, before);
  const odd = feeds.find((feed) => !ACCOUNT.test(feed.replace(/\*$/, '')));
  if (odd !== undefined)
    throw new InvalidArgumentError(`"${odd}" is no name of a feed, nor the beginning of one.`);
  return feeds;
}

/** Milliseconds of a span such as 24h. */
function parseSpan(text: string): number {
  const [, count, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('must be a time such as 90d, 24h, 15m or 0s.');
  return ms;
}

/** UTC ms of a date, or of a span from now. */
function parseExpiry(text: string): number {
  if (/^\d{1,5}[smhd]$/.test(text)) return Date.now() + parseSpan(text);
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('must be a date such as 2030-01-31, or a time such as 90d.');
  return at;
}
