// Owns what every page is given, and what a page is.
import type { Alarms } from './data/alarms.js';
import type { Api } from './data/api.js';
import type { Caller } from './data/caller.js';
import type { ServerClock } from './data/clock.js';
import type { Fleet } from './data/fleet.js';
import type { Live } from './data/live.js';
import type { LiveMarkets } from './data/markets.js';
import type { KnownPolicies } from './data/policies.js';
import type { Preferences } from './ui/preferences.js';

export interface AppContext {
  readonly api: Api;
  readonly alarms: Alarms;
  readonly caller: Caller;
  readonly live: Live;
  readonly fleet: Fleet;
  readonly markets: LiveMarkets;
  readonly policies: KnownPolicies;
  readonly clock: ServerClock;
  readonly preferences: Preferences;
}

/**
 * Builds a page in an empty element. The answer takes down what it started.
 *
 * @param params - the path's parts after the page's own
 */
export type Page = (element: HTMLElement, params: readonly string[], context: AppContext) => () => void;
