// Owns a live table in the terminal: the latest change of each trade on top, and below it the latest actions
// on their way to the broker and back, redrawn in place.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Trade, TradeState } from '../../gen/ts/dtms/v1/types.js';
import { ActionTrails, trailText } from './action-trail.js';
import { changeText } from './event-text.js';
import { tableText, timeText } from './output.js';
import type { Output } from './streams.js';

interface Entry {
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  readonly state: TradeState;
  readonly at: Date | undefined;
  readonly change: string;
}

const REDRAW_MS = 200;
/** Lines around the rows: title, states, heading, borders and the cursor's own. */
const FRAME_LINES = 7;
/** Actions that are shown, on a terminal with at least so many lines, and the lines around them. */
const ACTIONS = 6;
const LEAST_LINES = 24;
const ACTION_FRAME_LINES = 5;
const ACTION_WIDTH = 90;
const CLEAR = '\u001b[2J\u001b[H';
const CHANGE_WIDTH = 60;
/** Closed trades that are shown and counted: the latest. */
const CLOSED_KEPT = 1_000;

export class TradeBoard {
  readonly #title: string;
  readonly #output: Output;
  /** In the order of their latest change. */
  readonly #entries = new Map<string, Entry>();
  readonly #trails = new ActionTrails();
  #closed = 0;
  #note = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(title: string, output: Output) {
    this.#title = title;
    this.#output = output;
  }

  /** A trade of the initial state. */
  show(trade: Trade): void {
    const { account, ticket, symbol, state, stateEnteredAt } = trade;
    this.#put({ account, ticket, symbol, state, at: stateEnteredAt, change: '' });
  }

  apply(event: TradeEvent): void {
    const { account, ticket, symbol, state, occurredAt } = event;
    this.#trails.take(event);
    // An action's steps have a place of their own; a trade shows why it was moved.
    if (event.change?.$case === 'actionChanged') this.#schedule();
    else this.#put({ account, ticket, symbol, state, at: occurredAt, change: changeText(event) });
  }

  /** A remark under the title, such as a lost connection. */
  note(text: string): void {
    this.#note = text;
    this.#schedule();
  }

  /** Trades per state. */
  states(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { state } of this.#entries.values()) {
      counts.set(TradeState[state], (counts.get(TradeState[state]) ?? 0) + 1);
    }
    return counts;
  }

  /** Draws a last time. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#draw();
  }

  #put(entry: Entry): void {
    const key = `${entry.account}:${entry.ticket}`;
    this.#remove(key);
    this.#entries.set(key, entry);
    if (entry.state === TradeState.CLOSED) this.#closed += 1;
    if (this.#closed > CLOSED_KEPT) this.#forget();
    this.#schedule();
  }

  #remove(key: string): void {
    if (this.#entries.get(key)?.state === TradeState.CLOSED) this.#closed -= 1;
    this.#entries.delete(key);
  }

  /** Forgets the trade that closed first. */
  #forget(): void {
    for (const [key, { state }] of this.#entries) {
      if (state !== TradeState.CLOSED) continue;
      this.#remove(key);
      return;
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#draw(), REDRAW_MS);
  }

  #draw(): void {
    this.#timer = null;
    const lines = this.#output.rows || LEAST_LINES;
    const actions = this.#actionsText(lines);
    const room = Math.max(1, lines - FRAME_LINES - (actions === '' ? 0 : ACTIONS + ACTION_FRAME_LINES));
    const rows = [...this.#entries.values()]
      .slice(-room)
      .reverse()
      .map(({ account, ticket, symbol, state, at, change }) => [
        account,
        String(ticket),
        symbol,
        TradeState[state],
        timeText(at),
        change.slice(0, CHANGE_WIDTH),
      ]);
    const head = ['account', 'ticket', 'symbol', 'state', 'market time', 'latest change'];
    const states = countsText(this.states());
    const text = `${this.#title}  ${this.#note}\n${states}\n${tableText(head, rows)}\n${actions}`;
    this.#output.write(CLEAR + text);
  }

  #actionsText(lines: number): string {
    const trails = this.#trails.latest(ACTIONS);
    if (lines < LEAST_LINES || trails.length === 0) return '';
    const rows = trails.map((trail) => [
      String(trail.ticket),
      trail.symbol,
      timeText(trail.at),
      trailText(trail).slice(0, ACTION_WIDTH),
    ]);
    const table = tableText(['ticket', 'symbol', 'market time', 'action'], rows);
    return `actions  ${countsText(this.#trails.counts)}\n${table}\n`;
  }
}

function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join('  ');
}
