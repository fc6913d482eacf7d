// Owns the tables behind a report as CSV (RFC 4180), and what their columns mean. Times are ISO 8601 in UTC,
// prices in quote currency, volumes in lots; a cell is empty where nothing is known.
import { type CsvCell, csvCell } from '../domain/csv-cell.js';
import { DIRECTIONS, type Direction } from '../domain/market/direction.js';
import { SIGNALS } from '../domain/signals/signal.js';
import type { ReportCollector } from './collector.js';
import type { Reading } from './evaluation-log.js';
import type { ActionRow, EquityRow, TradeRow, TransitionRow } from './rows.js';

/** A column: its name, what it holds for a person, and its cell of a row. */
export type TableColumn<Row> = readonly [name: string, meaning: string, cell: (row: Row) => CsvCell];

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
/** Sums of many results carry noise in their last places. */
const inR = (value: number | null): number | null => (value === null ? null : Math.round(value * 1e6) / 1e6);

const EQUITY: readonly TableColumn<EquityRow>[] = [
  ['time_utc', "the bar's close", (row) => time(row.at)],
  [
    'with_dtms_r',
    'results of all trades so far in R, what is open valued at the close',
    (row) => inR(row.withDtms),
  ],
  ['without_dtms_r', 'the same for the same trades left alone', (row) => inR(row.without)],
  ['difference_r', 'with minus without', (row) => inR(row.withDtms - row.without)],
];

const TRADES: readonly TableColumn<TradeRow>[] = [
  ['ticket', 'identifies the trade in all tables', (row) => row.ticket],
  ['symbol', "the broker's symbol", (row) => row.symbol],
  ['direction', 'BUY or SELL', (row) => row.direction],
  ['opened_at', 'when it was opened', (row) => time(row.openedAt)],
  ['entry_price', 'fill price of the entry', (row) => row.entryPrice],
  ['volume', 'at the entry', (row) => row.volume],
  ['stop_loss', 'first stop', (row) => row.stopLoss],
  ['take_profit', 'target', (row) => row.takeProfit],
  ['risk_distance', 'R as a price distance', (row) => row.risk],
  ['label', 'text of the program that opened it', (row) => row.label],
  ['parent_ticket', 'the trade whose closed volume this one adds again', (row) => row.parentTicket],
  ['final_state', 'state at the end of the replay', (row) => row.state],
  ['close_reason', 'why it closed', (row) => row.closeReason],
  ['close_price', 'price it closed at', (row) => row.closePrice],
  ['closed_at', 'when DTMS was done with it', (row) => time(row.closedAt)],
  ['with_dtms_r', 'result in R with DTMS, its hedges included', (row) => inR(row.withDtms?.r ?? null)],
  [
    'with_dtms_ended_at',
    'when nothing of it was open any more',
    (row) => time(row.withDtms?.endedAt ?? null),
  ],
  ['without_dtms_r', 'result in R of the same trade left alone', (row) => inR(row.without?.r ?? null)],
  ['without_dtms_ended_at', 'when that one ended', (row) => time(row.without?.endedAt ?? null)],
];

const TRANSITIONS: readonly TableColumn<TransitionRow>[] = [
  ['ticket', 'the trade', (row) => row.ticket],
  ['trade_version', 'place of the change among those of its trade', (row) => row.version],
  ['time_utc', 'market time', (row) => time(row.at)],
  ['from', 'state before', (row) => row.from],
  ['to', 'state after; HEALTHY to HEALTHY trails the stop', (row) => row.to],
  ['cause', 'which condition was met', (row) => row.cause],
  ['score', 'of the evaluation that led to it', (row) => row.score],
  ['confluence', 'whether its signals agree', (row) => row.confluence],
  ['price', 'exit price at that moment', (row) => row.price],
  ['summary', 'the evaluation in a sentence', (row) => row.summary],
];

const ACTIONS: readonly TableColumn<ActionRow>[] = [
  ['ticket', 'the trade', (row) => row.ticket],
  ['time_utc', 'market time of this step', (row) => time(row.at)],
  [
    'action_id',
    'the action, a row for each step of its life; empty for a suppressed plan',
    (row) => row.actionId,
  ],
  ['type', 'what to do', (row) => row.type],
  ['status', 'its status after the step, or SUPPRESSED', (row) => row.status],
  ['stop_loss', 'the stop it asks for', (row) => row.stopLoss],
  ['volume', 'the volume it asks for', (row) => row.volume],
  ['reduce_only', 'whether it can only shrink the position', (row) => row.reduceOnly],
  ['attempts', 'how often the broker was, or may have been, touched', (row) => row.attempts],
  ['code', "the broker's return code", (row) => row.code],
  ['fill_price', 'price it was filled at', (row) => row.fillPrice],
  ['fill_volume', 'volume that was filled', (row) => row.fillVolume],
  ['by', 'who reported or decided the step', (row) => row.by],
  ['reason', 'why it is in that status', (row) => row.reason],
  ['note', 'why it looks as it does', (row) => row.note],
];

interface EvaluationRow extends Reading {
  readonly direction: Direction;
}

const EVALUATIONS: readonly TableColumn<EvaluationRow>[] = [
  ['time_utc', 'market time', (row) => time(row.at)],
  ['direction', 'of the trades it concerns', (row) => row.direction],
  ['score', 'sum of the contributions; empty when no signal is available', (row) => row.score],
  ['confluence', 'whether the signals agree', (row) => row.confluence],
  ...SIGNALS.map(
    (signal, index): TableColumn<EvaluationRow> => [
      signal.toLowerCase(),
      'its contribution; empty when it is unavailable, which is not 0',
      (row) => row.parts[index] ?? null,
    ],
  ),
];

/** A header and a line for each row. */
export function csvTable<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map(([, , cell]) => csvCell(cell(row))).join(','));
  return `${[columns.map(([name]) => csvCell(name)).join(','), ...lines].join('\n')}\n`;
}

/** Every table by its file name. */
export function csvTables(collector: ReportCollector): Readonly<Record<string, string>> {
  const { equity, trades, transitions, actions, evaluations } = collector;
  const readings = DIRECTIONS.flatMap((direction) =>
    evaluations[direction].readings.map((reading): EvaluationRow => ({ ...reading, direction })),
  );
  return {
    'equity.csv': csvTable(EQUITY, equity),
    'trades.csv': csvTable(TRADES, trades),
    'transitions.csv': csvTable(TRANSITIONS, transitions),
    'actions.csv': csvTable(ACTIONS, actions),
    'evaluations.csv': csvTable(EVALUATIONS, readings),
  };
}

/** What the columns of each table mean, by file name: pairs of name and meaning. */
export function csvMeanings(): Readonly<Record<string, readonly (readonly [string, string])[]>> {
  const meanings = <Row>(columns: readonly TableColumn<Row>[]) =>
    columns.map(([name, meaning]): readonly [string, string] => [name, meaning]);
  return {
    'equity.csv': meanings(EQUITY),
    'trades.csv': meanings(TRADES),
    'transitions.csv': meanings(TRANSITIONS),
    'actions.csv': meanings(ACTIONS),
    'evaluations.csv': meanings(EVALUATIONS),
  };
}
