// Every cell of (state x who owns x lease x action of DTMS x requester x field x override), against a
// model written from the prose: an order of precedence instead of ranks, and entries spelled out.
import { describe, expect, it } from 'vitest';
import {
  acquireModification,
  commitModification,
  type Done,
  type Refused,
} from '../../../../src/domain/changes/modifications.js';
import { obstacleTo } from '../../../../src/domain/ownership/ownership.js';
import type { ActionStatus } from '../../../../src/domain/trade/action.js';
import {
  type FieldOwner,
  type ModificationLease,
  TRADE_FIELDS,
  type TradeField,
} from '../../../../src/domain/trade/owner.js';
import { STATES, type State } from '../../../../src/domain/trade/state.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { actionOn, contextAt, DTMS, EXIT, OWNERSHIP, SCALPER, UNIVERSAL } from '../../../support/managers.js';
import { T0, tradeOf } from '../../../support/trades.js';

const NOW = T0 + 1_000_000;
const STRANGER = 'stranger';
const CLIENTS = [UNIVERSAL, EXIT, SCALPER];
const REQUESTERS = [DTMS, ...CLIENTS, STRANGER];
const OWNERS = [null, DTMS, ...CLIENTS];
const ACTIONS: readonly (ActionStatus | null)[] = [null, 'PENDING', 'LEASED', 'EXECUTING', 'IN_DOUBT'];

interface Lease {
  readonly holder: string;
  readonly committed: boolean;
  readonly live: boolean;
}

/** Whoever committed last owns the field, so an owner beside a committed lease is the one before it. */
interface Possession {
  readonly owner: string | null;
  readonly lease: Lease | null;
}

interface Cell extends Possession {
  readonly state: State;
  readonly action: ActionStatus | null;
  readonly requester: string;
  readonly field: TradeField;
  readonly override: boolean;
}

const each = <T, U>(items: readonly T[], make: (item: T) => readonly U[]): U[] => items.flatMap(make);

const POSSESSIONS: readonly Possession[] = [
  ...OWNERS.map((owner) => ({ owner, lease: null })),
  ...each(OWNERS, (owner) =>
    each(CLIENTS, (holder) =>
      [true, false].map((live) => ({ owner, lease: { holder, committed: false, live } })),
    ),
  ),
  ...each(CLIENTS, (holder) =>
    [true, false].map((live) => ({ owner: null, lease: { holder, committed: true, live } })),
  ),
];

const CELLS: readonly Cell[] = each(STATES, (state) =>
  each(POSSESSIONS, (possession) =>
    each(ACTIONS, (action) =>
      each(REQUESTERS, (requester) =>
        each(TRADE_FIELDS, (field) =>
          [false, true].map((override) => ({ state, ...possession, action, requester, field, override })),
        ),
      ),
    ),
  ),
);

/** The prose. */
function expected(cell: Cell): string {
  const { state, owner, lease, action, requester, field, override } = cell;
  const defends = ['WARNING_L2', 'HEDGED'].includes(state);
  // "DTMS in a defensive state > universal_sl_tp_manager > DTMS otherwise > intelligent_exit_manager",
  // and one that is configured like the last.
  const precedence = defends
    ? [[DTMS], [UNIVERSAL], [EXIT, SCALPER]]
    : [[UNIVERSAL], [DTMS], [EXIT, SCALPER]];
  const place = (manager: string) => precedence.findIndex((group) => group.includes(manager));
  const beats = (one: string, other: string) => place(one) < place(other);

  // "Unknown managers are refused"; the name of DTMS is not a client's.
  if (requester === STRANGER || requester === DTMS) return 'UNKNOWN_MANAGER';
  if (state === 'CLOSED') return 'TRADE_CLOSED';
  // "in a defensive state dtms_manager owns every field"
  if (defends && !override) return `FIELD_OWNED ${DTMS}`;
  // "LEASED, EXECUTING or IN_DOUBT: dtms_manager is modifying it"; no action of DTMS is on a target.
  const dtmsActs = action !== null && action !== 'PENDING' && field !== 'TAKE_PROFIT';
  if (dtmsActs) return `MODIFICATION_UNDER_WAY ${DTMS}`;
  // "A live lease: committed -> MODIFICATION_UNDER_WAY, whatever the rank"; its holder must release first.
  if (lease?.live && lease.committed) return `MODIFICATION_UNDER_WAY ${lease.holder}`;
  if (override) return 'GRANTED';
  const recorded = lease?.committed ? lease.holder : owner;
  if (recorded !== null && recorded !== requester && !beats(requester, recorded)) {
    return `FIELD_OWNED ${recorded}`;
  }
  if (lease?.live && lease.holder !== requester && !beats(requester, lease.holder)) {
    return `MODIFICATION_UNDER_WAY ${lease.holder}`;
  }
  return 'GRANTED';
}

const TOKEN = 7;

function leaseOf({ committed, live }: Lease, overridden = false): ModificationLease {
  const endsAt = live ? NOW + 1 : NOW;
  return { token: TOKEN, endsAt, value: committed ? 95 : null, committed, overridden };
}

function tradeIn({ state, owner, lease, action, field }: Omit<Cell, 'requester' | 'override'>): Trade {
  const owners: FieldOwner[] = [];
  if (owner !== null) owners.push({ field, manager: owner, lease: null });
  if (lease !== null) owners.push({ field, manager: lease.holder, lease: leaseOf(lease) });
  return tradeOf({
    state,
    owners,
    actions: action === null ? [] : [actionOn(field, action)],
    version: 20,
    takeProfit: 120,
  });
}

function answer(outcome: Done | Refused, granted: string): string {
  if (outcome.outcome === 'done') return granted;
  const { refusal } = outcome;
  return 'owner' in refusal ? `${refusal.kind} ${refusal.owner}` : refusal.kind;
}

describe('acquire', () => {
  it('answers every cell as the prose says', () => {
    const seen = new Map<string, number>();
    for (const cell of CELLS) {
      const { requester: manager, field, override } = cell;
      const trade = tradeIn(cell);
      const outcome = acquireModification(
        trade,
        { manager, field, leaseMs: null, override: override ? { by: 'kim', reason: 'test' } : null },
        contextAt(NOW),
      );
      const found = answer(outcome, 'GRANTED');
      expect(found, JSON.stringify(cell)).toBe(expected(cell));
      seen.set(found, (seen.get(found) ?? 0) + 1);
      if (outcome.outcome !== 'done') continue;
      const last = outcome.events.at(-1);
      expect(last?.change, JSON.stringify(cell)).toMatchObject({ step: 'GRANTED', manager, field });
      expect(last?.trade.owners.at(-1)).toMatchObject({ manager, lease: { token: last?.trade.version } });
      expect(outcome.events.map((event) => event.trade.version)).toEqual(
        outcome.events.map((_, i) => trade.version + 1 + i),
      );
    }
    // The table is whole, and each kind of answer is in it.
    expect(CELLS).toHaveLength(6 * 41 * 5 * 5 * 3 * 2);
    expect([...seen.keys()].sort()).toEqual(
      [
        'GRANTED',
        'UNKNOWN_MANAGER',
        'TRADE_CLOSED',
        ...[DTMS, ...CLIENTS].map((owner) => `FIELD_OWNED ${owner}`),
        ...[DTMS, ...CLIENTS].map((owner) => `MODIFICATION_UNDER_WAY ${owner}`),
      ].sort(),
    );
  });
});

describe('commit', () => {
  /** A value that is legal: the stop is at 90, the volume 1, and no price is known. */
  const VALUE: Readonly<Record<TradeField, number>> = { STOP_LOSS: 95, TAKE_PROFIT: 130, VOLUME: 0.5 };

  it('checks the state again as it is now, in every cell', () => {
    let accepted = 0;
    for (const state of STATES) {
      for (const holder of CLIENTS) {
        for (const owner of OWNERS) {
          for (const action of ACTIONS) {
            for (const field of TRADE_FIELDS) {
              for (const override of [false, true]) {
                const cell = { state, owner, lease: null, action, requester: holder, field, override };
                const bare = tradeIn(cell);
                const lease = leaseOf({ holder, committed: false, live: true }, override);
                const trade = { ...bare, owners: [...bare.owners, { field, manager: holder, lease }] };
                const found = answer(
                  commitModification(trade, { token: TOKEN, value: VALUE[field] }, contextAt(NOW)),
                  'GRANTED',
                );
                // Whoever may acquire now may commit now.
                expect(found, JSON.stringify(cell)).toBe(expected(cell));
                if (found === 'GRANTED') accepted += 1;
              }
            }
          }
        }
      }
    }
    expect(accepted).toBeGreaterThan(100);
  });
});

describe('a lease under an override', () => {
  const held = (manager: string): Trade =>
    tradeOf({
      version: 20,
      owners: [
        {
          field: 'STOP_LOSS',
          manager,
          lease: leaseOf({ holder: manager, committed: false, live: true }, true),
        },
      ],
    });
  const ask = (manager: string, overridden: boolean) =>
    obstacleTo({ manager, field: 'STOP_LOSS', token: null, overridden }, held(EXIT), NOW, OWNERSHIP);

  it('is not taken by priority, but by another override', () => {
    expect(ask(UNIVERSAL, false)).toMatchObject({ kind: 'MODIFICATION_UNDER_WAY', owner: EXIT });
    expect(ask(UNIVERSAL, true)).toBeNull();
  });
});
