// Owns how the fleet is looked at: the filter, the order, the groups and the columns, as an address says them. Pure.
import { SHOWN_STATES } from '../ui/states.js';
import { COLUMNS, type ColumnId, OPTIONAL } from './fleet-columns.js';
import { GROUPINGS, type Grouping } from './fleet-groups.js';
import type { Filter, SortColumn, SortWay } from './fleet-rows.js';

export interface FleetLook {
  readonly filter: Filter;
  readonly sort: SortColumn;
  readonly way: SortWay;
  /** Undefined for no groups. */
  readonly grouping: Grouping | undefined;
  /** Columns that are not shown. */
  readonly hidden: ReadonlySet<ColumnId>;
}

const USUAL_SORT: SortColumn = 'danger';
const STATE = 'TRADE_STATE_';

/** What an address says; what it does not say, or says wrongly, is as usual. */
export function lookFrom(query: URLSearchParams): FleetLook {
  const list = (name: string) => (query.get(name) ?? '').split(',').filter((each) => each !== '');
  const states = new Set(list('states'));
  const sort = query.get('sort') ?? '';
  const column = COLUMNS.find((each) => each.sort === sort.replace('-', ''))?.sort ?? USUAL_SORT;
  const columns = query.get('columns');
  const shown = new Set(columns === null ? [] : list('columns'));
  const isHidden = (id: ColumnId) => (columns === null ? OPTIONAL.has(id) : !shown.has(id));
  return {
    filter: {
      text: query.get('q') ?? '',
      states: new Set(
        SHOWN_STATES.map(({ state }) => state).filter((state) => states.has(shortState(state))),
      ),
    },
    sort: column,
    way: sort === `-${column}` ? 'reversed' : 'usual',
    grouping: GROUPINGS.find((each) => each === query.get('by')),
    hidden: new Set(COLUMNS.filter(({ id, isFixed }) => !isFixed && isHidden(id)).map(({ id }) => id)),
  };
}

/** The same for an address: only what is not as usual. */
export function queryOf({
  filter,
  sort,
  way,
  grouping,
  hidden,
}: FleetLook): Readonly<Record<string, string>> {
  const isUsual = COLUMNS.every(({ id }) => hidden.has(id) === OPTIONAL.has(id));
  const shown = COLUMNS.filter(({ id, isFixed }) => !isFixed && !hidden.has(id)).map(({ id }) => id);
  return {
    q: filter.text,
    states: [...filter.states].map(shortState).join(','),
    sort: sort === USUAL_SORT && way === 'usual' ? '' : `${way === 'usual' ? '' : '-'}${sort}`,
    by: grouping ?? '',
    // A list that is empty says so: none of them is shown.
    columns: isUsual ? '' : shown.length === 0 ? 'none' : shown.join(','),
  };
}

function shortState(state: string): string {
  return state.replace(STATE, '');
}
