// Owns the fleet in groups, each with its sum. Pure.

import { type MoneySums, sumsOf } from '../ui/money.js';
import { lookOf } from '../ui/states.js';
import type { FleetRow } from './fleet-rows.js';

export interface FleetGroup {
  readonly name: string;
  readonly trades: number;
  /** In lots. */
  readonly volume: number;
  /** The open results in R; those that are not known are counted and not in it. */
  readonly sumR: number;
  readonly unknown: number;
  /** The open results in money; undefined where not all of them are loaded. */
  readonly money: MoneySums | undefined;
  readonly inDoubt: number;
  /** The state of the most endangered one, as it is shown. */
  readonly worst: string;
}

/** A line of the fleet: a group's sum, or a trade by its key. */
export type FleetEntry =
  | { readonly group: FleetGroup; readonly key?: undefined }
  | { readonly key: string; readonly group?: undefined };

const NAMES = {
  account: ({ trade }) => trade.account,
  symbol: ({ trade }) => trade.symbol,
  label: ({ trade }) => trade.label,
  state: ({ state }) => lookOf(state).name,
  feed: ({ trade }) => trade.feed,
  policy: ({ trade }) => trade.policy?.name ?? '',
} satisfies Readonly<Record<string, (row: FleetRow) => string>>;

export type Grouping = keyof typeof NAMES;
export const GROUPINGS = Object.keys(NAMES) as readonly Grouping[];

/**
 * The rows in their order below the sums of their groups, which come in the order of their first rows.
 *
 * @param closed - names of the groups whose rows are left out
 */
export function entriesOf(
  rows: readonly FleetRow[],
  grouping: Grouping | undefined,
  closed: ReadonlySet<string>,
): readonly FleetEntry[] {
  if (grouping === undefined) return rows.map(({ key }) => ({ key }));
  const groups = new Map<string, FleetRow[]>();
  for (const row of rows) {
    const name = NAMES[grouping](row);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return [...groups].flatMap(([name, group]) => [
    { group: groupOf(name, group) },
    ...(closed.has(name) ? [] : group.map(({ key }) => ({ key }))),
  ]);
}

function groupOf(name: string, rows: readonly FleetRow[]): FleetGroup {
  const sum = (of: (row: FleetRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const danger = ({ state }: FleetRow) => lookOf(state).danger;
  return {
    name,
    trades: rows.length,
    volume: sum(({ trade }) => trade.volume),
    sumR: sum(({ resultR }) => resultR ?? 0),
    unknown: sum(({ resultR }) => Number(resultR === undefined)),
    money: moneyOf(rows),
    inDoubt: sum(({ inDoubt }) => inDoubt),
    worst: [...rows].sort((one, other) => danger(other) - danger(one))[0]?.state ?? '',
  };
}

/** What is not told yet is no part of a sum that looks whole. */
function moneyOf(rows: readonly FleetRow[]): MoneySums | undefined {
  const told = rows.flatMap(({ money }) => (money === undefined ? [] : [money]));
  if (told.length < rows.length) return undefined;
  return sumsOf(told.map(({ open, currency }) => ({ part: open, currency })));
}
