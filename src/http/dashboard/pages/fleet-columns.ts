// Owns the fleet's columns: their names, what they are ordered by, and what each has in a file. Pure.
import type { CsvColumn } from '../ui/csv.js';
import { lookOf } from '../ui/states.js';
import type { FleetRow, SortColumn } from './fleet-rows.js';

interface FleetColumn {
  readonly title: string;
  readonly hint: string;
  readonly kind: 'text' | 'number';
  readonly sort?: SortColumn;
  /** Without it a row says nothing. */
  readonly isFixed?: true;
}

/** By name, in their order. */
const DEFINED = {
  state: {
    ...{ title: 'State', hint: 'The most endangered first' },
    ...{ kind: 'text', sort: 'danger', isFixed: true },
  },
  trade: {
    ...{ title: 'Trade', hint: 'Symbol, direction, account and ticket' },
    ...{ kind: 'text', sort: 'trade', isFixed: true },
  },
  account: { title: 'Account', hint: 'The account it is in', kind: 'text', sort: 'account' },
  label: { title: 'Label', hint: 'As it was registered', kind: 'text', sort: 'label' },
  policy: { title: 'Policy', hint: 'By which it is defended', kind: 'text', sort: 'policy' },
  volume: { title: 'Volume', hint: 'Lots, as the broker last reported them', kind: 'number', sort: 'volume' },
  score: { title: 'Score', hint: 'How the market treats the trade', kind: 'number', sort: 'score' },
  age: { title: 'In state', hint: 'Time in this state', kind: 'number', sort: 'age' },
  timer: {
    ...{ title: 'Timer left', hint: 'Until the flat or recovery timer ends' },
    ...{ kind: 'number', sort: 'timer' },
  },
  r: {
    ...{ title: 'Result', hint: 'At the exit price, in units of the initial risk' },
    ...{ kind: 'number', sort: 'r' },
  },
  money: {
    ...{ title: 'In money', hint: 'What is open, the hedge included, in the currency of the account' },
    ...{ kind: 'number', sort: 'money' },
  },
  risk: { title: 'Risk', hint: 'What the position loses at its stop', kind: 'number', sort: 'risk' },
  price: { title: 'Exit price', hint: 'Bid for a BUY, ask for a SELL', kind: 'number' },
  stop: { title: 'Stop', hint: 'As the broker last reported it', kind: 'number' },
  spread: { title: 'Spread', hint: 'As a multiple of its 30-day median', kind: 'number', sort: 'spread' },
  data: { title: 'Data age', hint: 'Age of the newest market data', kind: 'number', sort: 'data' },
  actions: { title: 'Orders', hint: 'Actions that are not settled', kind: 'text' },
} as const satisfies Readonly<Record<string, FleetColumn>>;

export type ColumnId = keyof typeof DEFINED;

export const COLUMNS: readonly (FleetColumn & { readonly id: ColumnId })[] = Object.entries(
  DEFINED as Readonly<Record<ColumnId, FleetColumn>>,
).map(([id, column]) => ({ ...column, id: id as ColumnId }));

/** Columns that are shown only to who chose them: others say the same, or what matters of it. */
export const OPTIONAL: ReadonlySet<ColumnId> = new Set(['account', 'label', 'volume', 'risk', 'price']);

/** A file has every number unrounded, whatever columns are shown; what is not known is empty. */
export const FLEET_CSV: readonly CsvColumn<FleetRow>[] = [
  { name: 'account', cell: ({ trade }) => trade.account },
  { name: 'ticket', cell: ({ trade }) => trade.ticket },
  { name: 'symbol', cell: ({ trade }) => trade.symbol },
  { name: 'direction', cell: ({ trade }) => trade.direction.replace('DIRECTION_', '') },
  { name: 'label', cell: ({ trade }) => trade.label },
  { name: 'state', cell: ({ state }) => lookOf(state).name },
  { name: 'score', cell: ({ score }) => score },
  { name: 'in_state_ms', cell: ({ age }) => age },
  { name: 'timer', cell: ({ timer }) => timer?.name },
  { name: 'timer_left_ms', cell: ({ timer }) => timer?.left },
  { name: 'result_price_per_lot', cell: ({ gain }) => gain },
  { name: 'result_r', cell: ({ resultR }) => resultR },
  { name: 'open_amount', cell: ({ money }) => money?.open?.amount },
  { name: 'risk_amount', cell: ({ money }) => money?.risk?.amount },
  { name: 'currency', cell: ({ money }) => money?.currency },
  { name: 'policy', cell: ({ trade }) => trade.policy?.name },
  { name: 'policy_version', cell: ({ trade }) => trade.policy?.version },
  { name: 'exit_price', cell: ({ price }) => price },
  { name: 'volume_lots', cell: ({ trade }) => trade.volume },
  { name: 'entry_price', cell: ({ trade }) => trade.entryPrice },
  { name: 'stop_loss', cell: ({ trade }) => trade.stopLoss },
  { name: 'take_profit', cell: ({ trade }) => trade.takeProfit },
  { name: 'spread_ratio', cell: ({ spreadRatio }) => spreadRatio },
  { name: 'data_age_ms', cell: ({ dataAge }) => dataAge },
  { name: 'open_actions', cell: ({ trade }) => trade.openActions.length },
  { name: 'in_doubt', cell: ({ inDoubt }) => inDoubt },
  { name: 'opened_utc', cell: ({ trade }) => trade.openedAt },
];
