// Owns what `dtms paper` says: a line for everything that happens, text or JSON, and on a terminal a line
// below them that shows how things stand.

import type { Direction } from '../../domain/market/direction.js';
import { fixed } from '../../domain/number-text.js';
import type { ActionType } from '../../domain/trade/action-specs.js';
import { orderKindOf } from '../../domain/trade/action-specs.js';
import type { CloseReason } from '../../domain/trade/state.js';
import { jsonText, timeText } from '../output.js';
import type { Output } from '../streams.js';

/** What happened at the broker; `at` is broker time, UTC ms. */
export type PaperNote =
  | { readonly kind: 'remark'; readonly at: number; readonly text: string }
  | {
      /** A trade of somebody else's, or one of the sample. */
      readonly kind: 'taken_over' | 'opened';
      readonly at: number;
      readonly ticket: bigint;
      readonly direction: Direction;
      readonly volume: number;
      readonly price: number;
      readonly stopLoss: number | null;
      readonly takeProfit: number | null;
    }
  | {
      readonly kind: 'order';
      readonly at: number;
      readonly actionId: string;
      readonly type: ActionType;
      readonly ticket: bigint;
      readonly volume: number | null;
      readonly stopLoss: number | null;
      readonly price: number | null;
      readonly code: number;
      readonly message: string;
      /** Whether the report was taken; what comes too late is kept as evidence. */
      readonly taken: boolean;
    }
  | { readonly kind: 'lease_lost'; readonly at: number; readonly actionId: string }
  | {
      readonly kind: 'close';
      readonly at: number;
      readonly ticket: bigint;
      readonly reason: CloseReason;
      readonly price: number;
    }
  | ({ readonly kind: 'status' } & PaperStatus)
  | ({ readonly kind: 'end' } & PaperTotals);

/** How things stand. */
export interface PaperStatus {
  readonly at: number;
  readonly bar: number;
  readonly bars: number;
  readonly bid: number;
  readonly positions: number;
  readonly equity: number;
  /** The account's trading state, or that it is not connected. */
  readonly trading: string;
  /** By status, such as PENDING. */
  readonly openActions: Readonly<Record<string, number>>;
}

/** What the broker's books show at the end. */
export interface PaperTotals {
  readonly at: number;
  readonly bars: number;
  readonly takenOver: number;
  readonly orders: number;
  readonly closes: number;
  readonly positions: number;
  readonly openActions: number;
  readonly executedTwice: number;
  readonly stopsLoosened: number;
  readonly equity: number;
  /** Faults by kind, refusals by their code. */
  readonly faults: Readonly<Record<string, number>>;
}

export interface PaperOutput {
  readonly say: (note: PaperNote) => void;
  /** Shows how things stand, where there is a place for it. */
  readonly show: (status: PaperStatus) => void;
  /** Takes what is shown away. */
  readonly end: () => void;
}

const CLEAR_LINE = '\r\u001b[2K';

/** Lines on `output`; on a terminal the status is the last line and redrawn in place. */
export function textOutput(output: Output): PaperOutput {
  const isLive = output.isTTY === true;
  let shown = '';
  return {
    say: (note) => {
      output.write(`${shown === '' ? '' : CLEAR_LINE}${noteText(note)}\n${shown}`);
    },
    show: (status) => {
      if (!isLive) return;
      const text = statusText(status).slice(0, Math.max(1, (output.columns || 80) - 1));
      output.write(`${shown === '' ? '' : CLEAR_LINE}${text}`);
      shown = text;
    },
    end: () => {
      if (shown !== '') output.write(CLEAR_LINE);
      shown = '';
    },
  };
}

/** One JSON object a line. */
export function jsonOutput(output: Output): PaperOutput {
  const say = (note: PaperNote) => {
    output.write(`${jsonText({ ...note, at: new Date(note.at).toISOString() })}\n`);
  };
  return { say, show: (status) => say({ kind: 'status', ...status }), end: () => {} };
}

function noteText(note: PaperNote): string {
  return `${timeText(new Date(note.at))}  ${bodyText(note)}`;
}

function bodyText(note: PaperNote): string {
  switch (note.kind) {
    case 'remark':
      return note.text;
    case 'taken_over':
    case 'opened': {
      const { ticket, direction, volume, price, stopLoss, takeProfit } = note;
      const levels = `stop ${stopLoss ?? 'none'}, target ${takeProfit ?? 'none'}`;
      const verb = note.kind === 'opened' ? 'opens' : 'adopts';
      return `${ticket}  ${verb} ${direction} ${volume} at ${price}, ${levels}`;
    }
    case 'order': {
      const { actionId, code, message, taken } = note;
      const late = taken ? '' : '  (too late, kept as evidence)';
      return `${actionId}  ${orderText(note)}  ${code} ${message}${late}`;
    }
    case 'lease_lost':
      return `${note.actionId}  lease lost, not executed`;
    case 'close':
      return `${note.ticket}  closed by ${note.reason} at ${note.price}`;
    case 'status':
      return statusText(note);
    case 'end':
      return totalsText(note);
  }
}

/** What an order did, such as "close 0.5 at 94123.1" or "stop 93800". */
function orderText({ type, volume, stopLoss, price }: Extract<PaperNote, { kind: 'order' }>): string {
  const at = price === null ? '' : ` at ${price}`;
  const stop = stopLoss === null ? '' : `, stop ${stopLoss}`;
  switch (orderKindOf(type)) {
    case 'move stop':
      return `stop ${stopLoss ?? 'unchanged'}`;
    case 'reduce position':
    case 'close position':
      return `close ${volume ?? 'all'}${at}`;
    case 'close hedge':
      return `close hedge ${volume ?? ''}${at}`;
    case 'open hedge':
      return `hedge ${volume ?? ''}${at}${stop}`;
    case 'add to position':
      return `add ${volume ?? ''}${at}${stop}`;
  }
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function statusText(status: PaperStatus): string {
  const { at, bar, bars, bid, positions, equity, trading, openActions } = status;
  const open = countsText(openActions) || 'none';
  const where = `${timeText(new Date(at)).slice(0, 16)}  bar ${bar}/${bars}  bid ${bid}`;
  return `${where}  positions ${positions}  equity ${fixed(equity, 2)}  ${trading}  open actions: ${open}`;
}

function totalsText(totals: PaperTotals): string {
  const { bars, takenOver, orders, closes, positions, openActions, executedTwice, stopsLoosened } = totals;
  const { equity, faults } = totals;
  const said = [
    `ended after ${bars} bars: ${takenOver} positions adopted, ${orders} orders, ${closes} closes`,
    `${executedTwice} executed twice, ${stopsLoosened} stops loosened`,
    `${positions} positions and ${openActions} actions open, equity ${fixed(equity, 2)}`,
  ];
  if (Object.keys(faults).length > 0) said.push(`faults: ${countsText(faults)}`);
  return said.join('; ');
}
