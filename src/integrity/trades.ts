// Owns whether trades and actions are what their events make of them: the events of one trade after the other, in one pass.
import type pg from 'pg';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { ActionStatus, TradeState } from '../../gen/ts/dtms/v1/types.js';
import { DEFAULT_POLICY } from '../domain/trade/policy-ref.js';
import type { Trade } from '../domain/trade/trade.js';
import { select } from '../store/columns.js';
import { query } from '../store/pool.js';
import { STORED_ACTION, TRADES as TRADE_COLUMNS } from '../store/tables.js';
import { WholeEvents } from '../store/whole-events.js';
import { stepsIn } from '../wire/told-event.js';
import { FaultList, type IntegrityFinding } from './faults.js';
import { type FoldedTrade, folded, unfolded } from './fold.js';

interface EventRow {
  readonly account: string;
  readonly ticket: string;
  readonly symbol: string;
  readonly revision: string;
  readonly trade_version: number;
  readonly state: string;
  readonly actor: string;
  readonly payload: Buffer;
}

/** A trade whose events are being read. */
interface Course {
  readonly account: string;
  readonly ticket: string;
  last: EventRow;
  trade: FoldedTrade;
  /** The last status of each action, and where it is told. */
  readonly actions: Map<string, { readonly status: string; readonly revision: string }>;
}

/** Events of no account are erased ones: the check of the log is theirs. */
const EVENTS = `DECLARE checked NO SCROLL CURSOR FOR
  SELECT account, ticket, symbol, revision, trade_version, state, actor, payload FROM events
  WHERE account <> '' ORDER BY account, ticket, revision`;
const TRADE_BODY = select({ trade: TRADE_COLUMNS.trade });
const ACTION_BODY = select({ action: STORED_ACTION.action });
const TRADES = `SELECT account, ticket, state, registered_revision, revision, version, ${TRADE_BODY.list}
  FROM trades JOIN unnest($1::text[], $2::int8[]) AS x(account, ticket) USING (account, ticket)`;
const ACTIONS = `SELECT action_id, status, revision, ${ACTION_BODY.list} FROM actions WHERE action_id = ANY ($1)`;
const WITHOUT_EVENTS = `SELECT t.account, t.ticket FROM trades t, log_head h
  WHERE t.revision > h.compacted AND NOT EXISTS (
    SELECT FROM events e WHERE e.account = t.account AND e.ticket = t.ticket AND e.revision = t.revision)
  ORDER BY t.account, t.ticket`;
const AT_ONCE = 500;
/** Events that are remembered whole: others may be without what they have. */
const MOST_WHOLE = 5000;

/** Checks trades, actions and the events they come of. @param on - inside a transaction */
export async function checkTrades(on: pg.ClientBase): Promise<IntegrityFinding[]> {
  const check = new TradeCheck(on);
  await query(on, EVENTS);
  for (;;) {
    const { rows } = await query(on, `FETCH ${AT_ONCE} FROM checked`);
    await check.need(rows);
    for (const row of rows) await check.take(row);
    if (rows.length === 0) break;
  }
  await query(on, 'CLOSE checked');
  return check.finish();
}

const placed = ({ revision, payload }: EventRow) => ({ revision: Number(revision), payload });

class TradeCheck {
  readonly #on: pg.ClientBase;
  readonly #events = new FaultList('events');
  readonly #trades = new FaultList('trades');
  readonly #actions = new FaultList('actions');
  readonly #whole = new WholeEvents(MOST_WHOLE);
  #course: Course | undefined;
  #done: Course[] = [];

  constructor(on: pg.ClientBase) {
    this.#on = on;
  }

  /** Reads what these events were stored without. */
  need(rows: readonly EventRow[]): Promise<void> {
    return this.#whole.need(this.#on, rows.map(placed));
  }

  async take(row: EventRow): Promise<void> {
    this.#events.count();
    const { account, ticket, revision } = row;
    const event = this.#decoded(row);
    let course = this.#course;
    if (course?.account !== account || course.ticket !== ticket) {
      await this.#end();
      course = { account, ticket, last: row, trade: unfolded(row.trade_version === 1), actions: new Map() };
      this.#course = course;
    } else {
      const expected = course.last.trade_version + 1;
      this.#events.same(
        `the version of ${account}:${ticket} at revision ${revision}`,
        row.trade_version,
        expected,
      );
      course.last = row;
    }
    if (event === undefined) return;
    course.trade = folded(course.trade, event, revision);
    for (const { actionId, status } of stepsIn(event)) course.actions.set(actionId, { status, revision });
  }

  async finish(): Promise<IntegrityFinding[]> {
    await this.#end();
    await this.#compare();
    for (const { account, ticket } of (await query(this.#on, WITHOUT_EVENTS)).rows)
      this.#trades.add(`trade ${account}:${ticket} is of a revision that is no event of it`);
    return [this.#events, this.#trades, this.#actions].map(({ finding }) => finding);
  }

  /** The event, where its columns say the same. */
  #decoded(row: EventRow): TradeEvent | undefined {
    let event: TradeEvent;
    try {
      event = TradeEvent.decode(this.#whole.payloadOf(placed(row)));
    } catch (error) {
      this.#events.add(
        `event ${row.revision} cannot be read: ${error instanceof Error ? error.message : error}`,
      );
      return undefined;
    }
    const within = [
      event.account,
      event.ticket,
      event.symbol,
      event.tradeVersion,
      TradeState[event.state],
      event.actor,
    ];
    const beside = [row.account, row.ticket, row.symbol, row.trade_version, row.state, row.actor];
    this.#events.same(`event ${row.revision}`, within.join(' '), beside.join(' '));
    return event;
  }

  async #end(): Promise<void> {
    if (this.#course === undefined) return;
    this.#done.push(this.#course);
    this.#course = undefined;
    if (this.#done.length >= AT_ONCE) await this.#compare();
  }

  /** Compares the trades whose events were read with what is stored of them. */
  async #compare(): Promise<void> {
    const done = this.#done;
    this.#done = [];
    const { rows } = await query(this.#on, TRADES, [
      done.map(({ account }) => account),
      done.map(({ ticket }) => ticket),
    ]);
    const stored = new Map(rows.map((row) => [`${row.account}:${row.ticket}`, row]));
    for (const course of done) this.#compareTrade(course, stored.get(`${course.account}:${course.ticket}`));
    await this.#compareActions(done);
  }

  #compareTrade({ account, ticket, last, trade }: Course, row: Record<string, unknown> | undefined): void {
    const name = `of ${account}:${ticket}`;
    this.#trades.count();
    if (row === undefined) {
      this.#trades.add(`trade ${account}:${ticket} has events and is gone`);
      return;
    }
    const faults = this.#trades;
    faults.same(`the revision ${name}`, row.revision, last.revision);
    faults.same(`the version ${name}`, row.version, last.trade_version);
    faults.same(`the state ${name}`, row.state, last.state);
    if (trade.registeredRevision !== null)
      faults.same(`the registration ${name}`, row.registered_revision, trade.registeredRevision);
    let body: Trade;
    try {
      body = TRADE_BODY.read(row).trade;
    } catch (error) {
      faults.add(error instanceof Error ? error.message : String(error));
      return;
    }
    faults.same(`the body's version ${name}`, body.version, last.trade_version);
    faults.same(`the body's state ${name}`, body.state, last.state);
    compareFacts(faults, name, body, trade);
  }

  async #compareActions(courses: readonly Course[]): Promise<void> {
    const told = new Map(courses.flatMap(({ actions }) => [...actions]));
    const { rows } = await query(this.#on, ACTIONS, [[...told.keys()]]);
    const stored = new Map(rows.map((row) => [String(row.action_id), row]));
    for (const [id, { status, revision }] of told) {
      this.#actions.count();
      const row = stored.get(id);
      if (row === undefined) {
        this.#actions.add(`action ${id} was planned and is gone`);
        continue;
      }
      this.#actions.same(`the status of action ${id}`, row.status, status);
      this.#actions.same(`the revision of action ${id}`, row.revision, revision);
      try {
        this.#actions.same(`the body's status of action ${id}`, ACTION_BODY.read(row).action.status, status);
      } catch (error) {
        this.#actions.add(error instanceof Error ? error.message : String(error));
      }
    }
  }
}

function compareFacts(faults: FaultList, name: string, body: Trade, { facts, open }: FoldedTrade): void {
  const { position } = facts;
  if ('risk' in facts) faults.same(`R ${name}`, body.risk ?? undefined, facts.risk);
  if ('closeReason' in facts) {
    faults.same(`the close reason ${name}`, body.closeReason, facts.closeReason);
    faults.same(`the close price ${name}`, body.closePrice ?? undefined, facts.closePrice);
  }
  if (position !== undefined) {
    faults.same(`the volume ${name}`, body.volume, position.volume);
    faults.same(`the stop ${name}`, body.stopLoss ?? undefined, position.stopLoss);
    faults.same(`the target ${name}`, body.takeProfit ?? undefined, position.takeProfit);
    faults.same(`the position ticket ${name}`, body.positionTicket, position.positionTicket);
    faults.same(`the hedge ${name}`, hedgeText(body.hedge), hedgeText(position.hedge ?? null));
    if (position.entryPrice !== undefined)
      faults.same(`the entry price ${name}`, body.spec.entryPrice, position.entryPrice);
  }
  if (facts.policy !== undefined) {
    const { name: policy, version } = body.policy ?? DEFAULT_POLICY;
    faults.same(`the policy ${name}`, `${policy} ${version}`, facts.policy);
  }
  if (open === null) return;
  const told = open.map(({ actionId, status }) => `${actionId} ${ActionStatus[status]}`).join(', ');
  const kept = body.actions.map(({ actionId, status }) => `${actionId} ${status}`).join(', ');
  faults.same(`what is open ${name}`, kept, told);
}

function hedgeText(hedge: { readonly ticket: bigint; readonly volume: number } | null): string {
  return hedge === null ? '' : `${hedge.ticket} of ${hedge.volume}`;
}
