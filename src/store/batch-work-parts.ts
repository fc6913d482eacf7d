// The parts of a commit about work at the broker and by hand: actions, accounts, audits.
import type { Account } from '../domain/account.js';
import { tagOf } from '../domain/action-tag.js';
import { int8, latest, type Part, text } from './batch-columns.js';
import { encodeAction } from './trade-codec.js';
import type { CommitBatch } from './types.js';

/** Its identity is the trade's version and the type, so two plans of one decision are one row. */
export function actionsPart(rows: CommitBatch['actions'], base: number): Part {
  return {
    name: 'acted',
    columns: [
      text(
        'action_id',
        rows.map(({ action }) => action.actionId),
      ),
      text(
        'account',
        rows.map(({ account }) => account),
      ),
      int8(
        'ticket',
        rows.map(({ ticket }) => ticket),
      ),
      text(
        'status',
        rows.map(({ action }) => action.status),
      ),
      text(
        'tag',
        rows.map(({ action }) => tagOf(action.actionId)),
      ),
      int8(
        'planned_revision',
        rows.map(({ firstIndex }) => base + firstIndex + 1),
      ),
      int8(
        'revision',
        rows.map(({ eventIndex }) => base + eventIndex + 1),
      ),
      text(
        'body',
        rows.map(({ action }) => encodeAction(action)),
      ),
    ],
    sql: (source) =>
      `INSERT INTO actions AS a (action_id, account, ticket, status, tag, planned_revision, revision, body)
       SELECT x.action_id, x.account, x.ticket, x.status, x.tag, x.planned_revision, x.revision, x.body::json
       FROM head, ${source}
       ON CONFLICT (action_id) DO UPDATE
       SET status = excluded.status, revision = excluded.revision, body = excluded.body
       WHERE a.revision < excluded.revision`,
  };
}

export function accountsPart(all: readonly Account[]): Part {
  const rows = latest(all, ({ account }) => account);
  return {
    name: 'accounted',
    columns: [
      text(
        'account',
        rows.map(({ account }) => account),
      ),
      text(
        'body',
        rows.map((row) => JSON.stringify(row)),
      ),
    ],
    sql: (source) =>
      `INSERT INTO accounts (account, body) SELECT x.account, x.body::json FROM head, ${source}
       ON CONFLICT (account) DO UPDATE SET body = excluded.body`,
  };
}

export function auditsPart(rows: CommitBatch['audits']): Part {
  return {
    name: 'audited',
    columns: [
      text(
        'actor',
        rows.map(({ actor }) => actor),
      ),
      text(
        'method',
        rows.map(({ method }) => method),
      ),
      text(
        'account',
        rows.map(({ account }) => account),
      ),
      int8(
        'ticket',
        rows.map(({ ticket }) => ticket),
      ),
      text(
        'detail',
        rows.map(({ detail }) => JSON.stringify(detail)),
      ),
    ],
    sql: (source) =>
      `INSERT INTO audit_events (actor, method, account, ticket, detail)
       SELECT x.actor, x.method, x.account, x.ticket, x.detail::json FROM head, ${source} ORDER BY x.ord`,
  };
}
