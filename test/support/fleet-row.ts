// A row of the fleet as the dashboard makes it, of which nothing is known but what is given.
import type { TradeJson } from '../../src/http/dashboard/data/json.js';
import type { FleetRow } from '../../src/http/dashboard/pages/fleet-rows.js';
import { tradeJson } from './trade-json.js';

export function fleetRow(trade: Partial<TradeJson>, more: Partial<FleetRow> = {}): FleetRow {
  const whole = tradeJson(trade);
  return {
    ...{ key: `${whole.account}/${whole.ticket}`, trade: whole, state: whole.state, digits: 2 },
    ...{ score: undefined, gain: undefined, resultR: undefined, price: undefined, spreadRatio: undefined },
    ...{ age: undefined, timer: undefined, dataAge: undefined, stale: false, skewMs: undefined, inDoubt: 0 },
    ...{ standing: 'enforces', money: undefined },
    ...more,
  };
}
