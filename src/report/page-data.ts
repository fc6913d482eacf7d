// Owns what the page is given: a run's rows, gathered per trade and made small. report.html's scripts read
// it.

import { DIRECTIONS, type Direction } from '../domain/market/direction.js';
import type { Rules } from '../domain/rules.js';
import { SIGNALS } from '../domain/signals/signal.js';
import { STATES } from '../domain/trade/state.js';
import type { ReplaySummary } from '../replay/summary.js';
import type { ReportCollector } from './collector.js';
import { type PackedColumn, pack } from './pack.js';
import type { ActionRow, NoteRow, PositionRow, TradeRow, TransitionRow } from './rows.js';

/** What the run was, beside what it showed. */
export interface RunFacts {
  readonly symbol: string;
  readonly timeframe: string;
  /** Decimal places of prices. */
  readonly digits: number;
  /** UTC ms of a bar's length. */
  readonly barMs: number;
  /** What the results rest on: costs, accounts, how the files were read, what was degraded. */
  readonly remarks: readonly string[];
}

/** Texts and names come again and again: rows hold their place in `texts`. */
type Text = number;

interface PackedEvaluations {
  readonly at: PackedColumn;
  readonly score: PackedColumn;
  readonly parts: readonly PackedColumn[];
}

/** A trade with its rows as tuples; the first of each is the time in seconds. */
interface PageTrade {
  readonly ticket: string;
  readonly buy: boolean;
  readonly at: number;
  readonly entry: number;
  readonly volume: number;
  readonly stop: number | null;
  readonly target: number | null;
  readonly risk: number | null;
  readonly label: Text;
  readonly parent: string | null;
  readonly state: Text;
  readonly reason: Text;
  readonly closePrice: number | null;
  /** [R, end in seconds]. */
  readonly withDtms: readonly [number, number] | null;
  readonly without: readonly [number, number] | null;
  /** [time, from, to, cause, score, price, summary]. */
  readonly transitions: readonly (readonly (number | null)[])[];
  /** [time, action id or -1, type, status, stop, volume, code, fill price, fill volume, reason, note, by]. */
  readonly actions: readonly (readonly (number | null)[])[];
  /** [time, volume, stop, target, hedge volume, hedge entry]. */
  readonly positions: readonly (readonly (number | null)[])[];
  /** [time, text]. */
  readonly notes: readonly (readonly number[])[];
}

export interface PageData {
  readonly run: RunFacts;
  readonly summary: ReplaySummary;
  readonly states: readonly string[];
  readonly signals: readonly string[];
  readonly texts: readonly string[];
  readonly bars: Readonly<Record<'at' | 'open' | 'high' | 'low' | 'close', PackedColumn>>;
  readonly equity: Readonly<Record<'withDtms' | 'without', PackedColumn>>;
  /** The scores at which states change; null when evaluations between transitions are not known either. */
  readonly thresholds: Rules['states'] | null;
  readonly evaluations: Readonly<Record<Direction, PackedEvaluations>>;
  readonly trades: readonly PageTrade[];
}

class Texts {
  readonly #places = new Map<string, Text>();

  place(text: string): Text {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    this.#places.set(text, this.#places.size);
    return this.#places.size - 1;
  }

  all(): string[] {
    return [...this.#places.keys()];
  }
}

/** Rows by their trade, in their own order. */
function byTicket<Row extends { readonly ticket: bigint }>(rows: readonly Row[]): (ticket: bigint) => Row[] {
  const groups = new Map<bigint, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.ticket);
    if (group === undefined) groups.set(row.ticket, [row]);
    else group.push(row);
  }
  return (ticket) => groups.get(ticket) ?? [];
}

const seconds = (ms: number): number => Math.round(ms / 1000);
const hundredths = (value: number | null): number | null =>
  value === null ? null : Math.round(value * 100) / 100;
const inR = (value: number): number => Math.round(value * 1e4) / 1e4;

function packedEvaluations(collector: ReportCollector, direction: Direction): PackedEvaluations {
  const { readings } = collector.evaluations[direction];
  return {
    at: pack(
      readings.map(({ at }) => seconds(at)),
      1,
    ),
    score: pack(
      readings.map(({ score }) => score),
      0.01,
    ),
    parts: SIGNALS.map((_, index) =>
      pack(
        readings.map(({ parts }) => parts[index] ?? null),
        0.01,
      ),
    ),
  };
}

function transitionTuple(row: TransitionRow, texts: Texts): (number | null)[] {
  const names = [row.from, row.to, row.cause].map((name) => texts.place(name));
  return [seconds(row.at), ...names, hundredths(row.score), row.price, texts.place(row.summary)];
}

/** `ids` numbers the trade's own actions. */
function actionTuple(row: ActionRow, ids: Map<string, number>, texts: Texts): (number | null)[] {
  if (row.actionId !== '' && !ids.has(row.actionId)) ids.set(row.actionId, ids.size);
  return [
    seconds(row.at),
    ids.get(row.actionId) ?? -1,
    texts.place(row.type),
    texts.place(row.status),
    row.stopLoss,
    row.volume,
    row.code,
    row.fillPrice,
    row.fillVolume,
    ...[row.reason, row.note, row.by].map((text) => texts.place(text)),
  ];
}

function positionTuple(row: PositionRow): (number | null)[] {
  const { at, volume, stopLoss, takeProfit, hedgeVolume, hedgeEntry } = row;
  return [seconds(at), volume, stopLoss, takeProfit, hedgeVolume, hedgeEntry];
}

const noteTuple = ({ at, text }: NoteRow, texts: Texts): number[] => [seconds(at), texts.place(text)];

function pageTrade(trade: TradeRow, texts: Texts) {
  const ended = (outcome: TradeRow['withDtms']): [number, number] | null =>
    outcome === null ? null : [inR(outcome.r), seconds(outcome.endedAt)];
  return {
    ticket: String(trade.ticket),
    buy: trade.direction === 'BUY',
    at: seconds(trade.openedAt),
    entry: trade.entryPrice,
    volume: trade.volume,
    stop: trade.stopLoss,
    target: trade.takeProfit,
    risk: trade.risk,
    label: texts.place(trade.label),
    parent: trade.parentTicket === null ? null : String(trade.parentTicket),
    state: texts.place(trade.state),
    reason: texts.place(trade.closeReason ?? ''),
    closePrice: trade.closePrice,
    withDtms: ended(trade.withDtms),
    without: ended(trade.without),
  };
}

/** Shapes a finished run for the page. */
export function pageData(collector: ReportCollector, summary: ReplaySummary, run: RunFacts): PageData {
  const texts = new Texts();
  const transitionsOf = byTicket(collector.transitions);
  const actionsOf = byTicket(collector.actions);
  const positionsOf = byTicket(collector.positions);
  const notesOf = byTicket(collector.notes);
  const trades = collector.trades.map((trade): PageTrade => {
    const ids = new Map<string, number>();
    return {
      ...pageTrade(trade, texts),
      transitions: transitionsOf(trade.ticket).map((row) => transitionTuple(row, texts)),
      actions: actionsOf(trade.ticket).map((row) => actionTuple(row, ids, texts)),
      positions: positionsOf(trade.ticket).map(positionTuple),
      notes: notesOf(trade.ticket).map((row) => noteTuple(row, texts)),
    };
  });
  const { bars, equity } = collector;
  const tick = 10 ** -run.digits;
  const prices = (of: 'open' | 'high' | 'low' | 'close') =>
    pack(
      bars.map(({ bar }) => bar[of]),
      tick,
    );
  const sums = (of: 'withDtms' | 'without') =>
    pack(
      equity.map((row) => row[of]),
      0.001,
    );
  const evaluations = Object.fromEntries(
    DIRECTIONS.map((direction) => [direction, packedEvaluations(collector, direction)]),
  ) as Record<Direction, PackedEvaluations>;
  return {
    run,
    summary,
    states: STATES,
    signals: SIGNALS,
    bars: {
      at: pack(
        bars.map(({ bar }) => seconds(bar.time)),
        1,
      ),
      open: prices('open'),
      high: prices('high'),
      low: prices('low'),
      close: prices('close'),
    },
    equity: { withDtms: sums('withDtms'), without: sums('without') },
    thresholds: collector.sight?.thresholds ?? null,
    evaluations,
    trades,
    texts: texts.all(),
  };
}
