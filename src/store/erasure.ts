// Owns erasing an account: all that the database has of it, in one transaction, while no server works on it. What others are
// checked by stays: the log has every revision and the audits every link, without the account's words in them.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import {
  currentPolicies,
  NO_POLICIES,
  type PolicyBook,
  withoutAccount,
} from '../domain/policy/policy-book.js';
import { ERASED, ERASURE, type ErasureDetail } from './audit-chain.js';
import { carrierOf, FARTHEST } from './bodies/brief-event.js';
import { encodePolicies } from './bodies/policies.js';
import type { Database } from './database.js';
import { eraseAnswers } from './erased-answers.js';
import { UnsuitableDatabaseError } from './errors.js';
import { LEAD_LOCK } from './leadership.js';
import { appliedMigrations, ourMigrations } from './migrate.js';
import { connect, disconnect, query } from './pool.js';
import { readPolicies } from './reads.js';
import { wholeEvents } from './whole-events.js';

export type ErasureFault =
  /** A server works on the database, or did a moment ago. */
  | 'IN_USE'
  /** There is nothing of the account. */
  | 'UNKNOWN'
  /** Trades or actions of it are not over. */
  | 'OPEN'
  /** Feature flags or policies name it. */
  | 'NAMED'
  /** Notices of it were not delivered yet. */
  | 'PENDING'
  /** A rollout is under way. */
  | 'ROLLOUT';

export class ErasureError extends Error {
  override readonly name = 'ErasureError';
  readonly fault: ErasureFault;

  constructor(fault: ErasureFault, message: string) {
    super(`${message} (${fault})`);
    this.fault = fault;
  }
}

export interface ErasureOrder {
  readonly account: string;
  /** Who ordered it, and why: both are on record. Neither may be the account's words. */
  readonly by: string;
  readonly reason: string;
}

export interface Erased {
  /** Rows that are gone, by table. */
  readonly gone: Readonly<Record<string, number>>;
  /** Events and audits of which nothing but their place is left. */
  readonly events: number;
  readonly audits: number;
  /** Of the log from now on: who watches begins anew. */
  readonly epoch: string;
  readonly epochBefore: string;
}

/** Tables whose rows are an account's. */
const OWN = ['trades', 'actions', 'accounts', 'instruments', 'realised_results', 'trade_effects'] as const;

/** A server that was heard of within this time may still hold the account in memory, s. */
const HEARD_S = 15;

/**
 * Erases an account.
 *
 * @throws ErasureError, and then nothing is changed; UnsuitableDatabaseError; StoreUnavailableError
 */
export async function eraseAccount(
  { ownerUrl }: Pick<Database, 'ownerUrl'>,
  order: ErasureOrder,
): Promise<Erased> {
  const client = await connect({ url: ownerUrl, statementTimeoutMs: 0 }, 'erase', () => undefined);
  try {
    await checkSchema(client);
    await checkUnused(client);
    await query(client, 'BEGIN');
    await checkOver(client, order.account);
    const erased = await eraseAll(client, order);
    await query(client, 'COMMIT');
    // Rows of before are gone from the tables; their old versions go with this.
    await query(client, 'VACUUM (ANALYZE)');
    return erased;
  } finally {
    // Ends the transaction, where it is still open, and gives the lock back.
    await disconnect(client);
  }
}

async function checkSchema(on: pg.Client): Promise<void> {
  const [applied, ours] = [await appliedMigrations(on), await ourMigrations()];
  if (applied.size === ours.length && ours.every((name) => applied.has(name))) return;
  throw new UnsuitableDatabaseError([
    'its tables are of another version of DTMS: start a server of this version once, and stop it',
  ]);
}

async function checkUnused(on: pg.Client): Promise<void> {
  const { rows } = await query(on, `SELECT pg_try_advisory_lock(${LEAD_LOCK}) AS held`);
  if (rows[0]?.held !== true)
    throw new ErasureError('IN_USE', 'a server leads on this database: stop it, and its standbys, first');
  const heard = await query(
    on,
    `SELECT server_id FROM servers WHERE seen_at > clock_timestamp() - make_interval(secs => ${HEARD_S})`,
  );
  if (heard.rows.length === 0) return;
  const names = heard.rows.map(({ server_id }) => server_id).join(', ');
  throw new ErasureError(
    'IN_USE',
    `heard of within ${HEARD_S} s: ${names}. Stop every server; one that was killed is waited for`,
  );
}

const ITS = 'WITH its AS (SELECT $1::text AS account, $2::text AS named)';

/** Each with what is found where it must not be, and what to do about it. */
const OBSTACLES: readonly (readonly [ErasureFault, string, (found: string) => string])[] = [
  [
    'OPEN',
    `SELECT ticket AS found FROM trades JOIN its USING (account) WHERE closed_at IS NULL OR open_work > 0 ORDER BY 1`,
    (found) => `trades of it are open: ${found}. Close them first`,
  ],
  [
    'OPEN',
    `SELECT action_id AS found FROM actions JOIN its USING (account)
     WHERE status NOT IN ('DONE', 'REJECTED', 'EXPIRED', 'DEAD') ORDER BY 1`,
    (found) => `actions of it are not over: ${found}. Settle them first (dtms actions resolve)`,
  ],
  [
    'NAMED',
    `SELECT name AS found FROM engine_settings, its
     WHERE name <> 'policies' AND body::text ~ named ORDER BY 1`,
    (found) => `it is named by: ${found}. Take it out there first (dtms flags, dtms policies)`,
  ],
  [
    'PENDING',
    `SELECT DISTINCT kind AS found FROM notices n CROSS JOIN its
       LEFT JOIN notice_delivery_items USING (notice_id) LEFT JOIN notice_deliveries d USING (delivery_id)
     WHERE (n.account = its.account OR body::text ~ named)
       AND (routed_at IS NULL OR d.status = 'PENDING')`,
    (found) => `notices of it wait: ${found}. Have them delivered first, or take their rule out of the plan`,
  ],
  [
    'ROLLOUT',
    'SELECT rollout_id AS found FROM rollouts, its WHERE ended_at IS NULL',
    (found) => `rollout ${found} is under way: let it end first`,
  ],
];

/** The book of policies where none that is for new trades names the account; null where there is no book. */
async function policiesOfOthers(on: pg.Client, account: string): Promise<PolicyBook | null> {
  const book = await readPolicies(on);
  const naming = currentPolicies(book ?? NO_POLICIES).filter(({ scope }) => scope.accounts.includes(account));
  if (naming.length === 0) return book;
  const names = naming.map(({ name }) => name).join(', ');
  throw new ErasureError(
    'NAMED',
    `it is named by policies: ${names}. Take it out there first (dtms policies)`,
  );
}

async function checkOver(on: pg.Client, account: string): Promise<void> {
  const known = await query(
    on,
    `SELECT EXISTS (SELECT FROM accounts WHERE account = $1) OR EXISTS (SELECT FROM trades WHERE account = $1)
       OR EXISTS (SELECT FROM events WHERE account = $1) OR EXISTS (SELECT FROM audit_events WHERE account = $1)
       OR EXISTS (SELECT FROM instruments WHERE account = $1) AS known`,
    [account],
  );
  if (known.rows[0]?.known !== true)
    throw new ErasureError('UNKNOWN', `there is nothing of account ${account}`);
  for (const [fault, text, told] of OBSTACLES) {
    const { rows } = await query(on, `${ITS} ${text}`, [account, asValue(account)]);
    if (rows.length === 0) continue;
    const most = rows.slice(0, 10).map(({ found }) => found);
    throw new ErasureError(fault, told([...most, ...(rows.length > most.length ? ['...'] : [])].join(', ')));
  }
  await policiesOfOthers(on, account);
}

/** Matches it as a value in JSON, and not as the name of a field: names of accounts have nothing that is escaped there. */
const asValue = (account: string): string => `"${account.replaceAll('.', '\\.')}"(?!\\s*:)`;
/** The same in JSON that is a text within JSON. */
const asValueWithin = (account: string): string => asValue(account).replaceAll('"', '\\\\"');

async function eraseAll(on: pg.Client, { account, by, reason }: ErasureOrder): Promise<Erased> {
  const gone: Record<string, number> = {};
  const remove = async (table: string, text: string, parameters: unknown[]): Promise<void> => {
    gone[table] = (await query(on, text, parameters)).rowCount ?? 0;
  };
  for (const table of OWN) await remove(table, `DELETE FROM ${table} WHERE account = $1`, [account]);
  await eraseNotices(account, remove);
  gone.answers = await eraseAnswers(on, account);
  // What reached the engine is kept in one order for all accounts: a part cut out of it could not be repeated.
  for (const table of ['journal', 'journal_checkpoint_parts', 'journal_checkpoints', 'commits'])
    await remove(table, `DELETE FROM ${table}`, []);
  await renameElsewhere(on, account);
  await makeOthersWhole(on, account);
  const events = await eraseEvents(on, account);
  const audits = await eraseAudits(on, account);
  const { epoch, epochBefore } = await beginHistory(on);
  const detail: ErasureDetail = {
    ...{ by, reason, gone, epoch, epochBefore },
    ...{ events: events.places, audits: audits.places },
  };
  await record(on, 'dtms accounts erase', detail);
  return { gone, events: events.number, audits: audits.number, epoch, epochBefore };
}

function record(on: pg.ClientBase, actor: string, detail: ErasureDetail): Promise<unknown> {
  return query(
    on,
    `INSERT INTO audit_events (actor, actor_id, method, account, ticket, detail) VALUES ($1, '', $2, '', 0, $3)`,
    [actor, ERASURE, JSON.stringify(detail)],
  );
}

/** Names the events without words that came with a log from another installation: the audit that did is there. */
export async function nameErased(on: pg.ClientBase): Promise<void> {
  const { number, places } = await runsOf(on, `SELECT revision AS place FROM events WHERE account = ''`, []);
  const detail = { by: 'dtms import', reason: 'erased where they were exported' };
  const nothing = { gone: {}, audits: '', epoch: '', epochBefore: '' };
  if (number > 0) await record(on, 'dtms import', { ...detail, ...nothing, events: places });
}

type Remove = (table: string, text: string, parameters: unknown[]) => Promise<void>;

async function eraseNotices(account: string, remove: Remove): Promise<void> {
  const names = [account, asValue(account)];
  const its = '(account = $1 OR body::text ~ $2)';
  await remove(
    'notice_deliveries',
    `DELETE FROM notice_deliveries WHERE delivery_id IN (
       SELECT delivery_id FROM notice_delivery_items JOIN notices USING (notice_id) WHERE ${its})`,
    names,
  );
  await remove('notices', `DELETE FROM notices WHERE ${its}`, names);
  await remove('notice_lasting', 'DELETE FROM notice_lasting WHERE body::text ~ $1', [asValue(account)]);
}

/** Keys, feeds, policies of before and past rollouts go on without it: by a name that nobody has. An empty list would be everybody's. */
async function renameElsewhere(on: pg.Client, account: string): Promise<void> {
  const nobody = `erased-${randomUUID()}`;
  await query(
    on,
    'UPDATE api_keys SET accounts = array_replace(accounts, $1::text, $2::text) WHERE $1::text = ANY (accounts)',
    [account, nobody],
  );
  await query(
    on,
    `UPDATE feeds SET body = jsonb_set(body::jsonb, '{accounts}', (
         SELECT jsonb_agg(CASE one WHEN to_jsonb($1::text) THEN to_jsonb($2::text) ELSE one END)
         FROM jsonb_array_elements(body::jsonb -> 'accounts') AS one))::json
       WHERE body::jsonb -> 'accounts' ? $1`,
    [account, nobody],
  );
  const book = await policiesOfOthers(on, account);
  if (book !== null)
    await query(on, `UPDATE engine_settings SET body = $1 WHERE name = 'policies'`, [
      encodePolicies(withoutAccount(book, account, nobody)),
    ]);
  const pattern = `("account"\\s*:\\s*)"${account.replaceAll('.', '\\.')}"`;
  for (const [table, column] of [
    ['rollouts', 'plan'],
    ['rollouts', 'state'],
    ['rollout_steps', 'state'],
    ['rollout_steps', 'findings'],
  ])
    await query(
      on,
      `UPDATE ${table} SET ${column} = regexp_replace(${column}::text, $1, $2, 'g')::json WHERE ${column}::text ~ $1`,
      [pattern, `\\1"${nobody}"`],
    );
}

interface Tombstones {
  readonly number: number;
  /** Their places, such as 3-5,9. */
  readonly places: string;
}

/** Events stay as places in the log: their revision, and when it was written. */
function eraseEvents(on: pg.Client, account: string): Promise<Tombstones> {
  return tombstones(on, 'events', 'revision', 'account = $1', [account], {
    ...{ account: `''`, ticket: '0', symbol: `''`, state: `'CLOSED'`, previous_state: `'CLOSED'` },
    ...{ trade_version: '0', occurred_at: 'recorded_at', actor: `''`, payload: `''` },
  });
}

/** Audits stay as links of their chain: number, time, method and hashes. */
function eraseAudits(on: pg.Client, account: string): Promise<Tombstones> {
  // What was written, such as a policy, is a text of JSON within the detail.
  const isNamed = 'detail::text ~ $2 OR detail::text ~ $3';
  const its = `method <> '${ERASURE}' AND (account = $1 OR actor = $1 OR ${isNamed})`;
  return tombstones(on, 'audit_events', 'id', its, [account, asValue(account), asValueWithin(account)], {
    ...{ actor: `''`, actor_id: `''`, account: `''`, ticket: '0', detail: `'${ERASED}'` },
  });
}

async function tombstones(
  on: pg.Client,
  table: string,
  key: string,
  its: string,
  parameters: readonly string[],
  blank: Readonly<Record<string, string>>,
): Promise<Tombstones> {
  const set = Object.entries(blank).map(([column, value]) => `${column} = ${value}`);
  await query(on, `ALTER TABLE ${table} DISABLE TRIGGER USER`);
  const changed = `UPDATE ${table} SET ${set.join(', ')} WHERE ${its} RETURNING ${key} AS place`;
  const found = await runsOf(on, changed, parameters);
  await query(on, `ALTER TABLE ${table} ENABLE TRIGGER USER`);
  return found;
}

/** @param places - a statement that gives each place once */
async function runsOf(on: pg.ClientBase, places: string, parameters: readonly string[]): Promise<Tombstones> {
  const { rows } = await query(
    on,
    `WITH found AS (${places}),
       runs AS (SELECT min(place) AS first, max(place) AS last, count(*) AS number FROM (
         SELECT place, place - row_number() OVER (ORDER BY place) AS run FROM found) AS x GROUP BY run)
     SELECT coalesce(sum(number), 0)::int8 AS number,
       coalesce(string_agg(CASE WHEN first = last THEN first::text ELSE first || '-' || last END, ',' ORDER BY first), '') AS places
     FROM runs`,
    [...parameters],
  );
  return { number: Number(rows[0].number), places: String(rows[0].places) };
}

/** Events that may lack what one of the account has too. */
const BRIEF = `SELECT revision, payload FROM events WHERE account <> $1 AND revision > $2
    AND revision > (SELECT min(revision) FROM events WHERE account = $1)
    AND revision <= (SELECT max(revision) FROM events WHERE account = $1) + ${FARTHEST}
    AND substring(payload from 1 for 1) = '\\x07'
  ORDER BY revision LIMIT 500`;

/** Events of others that were stored without what an event of the account has too are stored whole. */
async function makeOthersWhole(on: pg.ClientBase, account: string): Promise<void> {
  await query(on, 'ALTER TABLE events DISABLE TRIGGER USER');
  for (let after = 0; ; ) {
    const { rows } = await query(on, BRIEF, [account, after]);
    const briefs: { revision: number; payload: Uint8Array }[] = rows.map(({ revision, payload }) => ({
      revision: Number(revision),
      payload,
    }));
    const carriers = briefs.map(({ revision, payload }) => carrierOf(revision, payload));
    const its = await query(
      on,
      'SELECT revision FROM events WHERE account = $1 AND revision = ANY ($2::int8[])',
      [account, carriers],
    );
    const going = new Set(its.rows.map(({ revision }) => Number(revision)));
    const lacking = briefs.filter((_, index) => going.has(carriers[index] ?? 0));
    const whole = await wholeEvents(on, lacking);
    await query(
      on,
      `UPDATE events e SET payload = x.payload FROM unnest($1::int8[], $2::bytea[]) AS x(revision, payload)
       WHERE e.revision = x.revision`,
      [whole.map(({ revision }) => revision), whole.map(({ payload }) => Buffer.from(payload))],
    );
    if (briefs.length < 500) break;
    after = briefs.at(-1)?.revision ?? after;
  }
  await query(on, 'ALTER TABLE events ENABLE TRIGGER USER');
}

/** Another epoch, so that whoever holds what was told begins anew, and readers of the log go on where they were. */
async function beginHistory(on: pg.Client): Promise<{ epoch: string; epochBefore: string }> {
  const before = await query(on, 'SELECT epoch FROM log_head');
  const { rows } = await query(on, 'UPDATE log_head SET epoch = gen_random_uuid()::text RETURNING epoch');
  const [epochBefore, epoch] = [String(before.rows[0].epoch), String(rows[0].epoch)];
  await query(on, 'UPDATE notice_cursors SET log_epoch = $2 WHERE log_epoch = $1', [epochBefore, epoch]);
  return { epoch, epochBefore };
}
