// Owns putting the page together.
import type { AppContext } from './app-context.js';
import { accountInView } from './data/account-in-view.js';
import { Alarms } from './data/alarms.js';
import { Api } from './data/api.js';
import { learnBrokerClocks } from './data/broker-clocks.js';
import { Caller } from './data/caller.js';
import { ServerClock } from './data/clock.js';
import { Fleet } from './data/fleet.js';
import { Live } from './data/live.js';
import { LiveMarkets } from './data/markets.js';
import { KnownPolicies } from './data/policies.js';
import { historyPage } from './history-page/index.js';
import { accountsPage } from './pages/accounts-page.js';
import { actionsPage } from './pages/actions-page.js';
import { alarmsPage } from './pages/alarms-page.js';
import { effectPage } from './pages/effect-page.js';
import { fleetPage } from './pages/fleet-page.js';
import { policiesPage } from './pages/policies-page.js';
import { systemPage } from './pages/system-page.js';
import { type PageRoute, Router } from './router.js';
import { buildShell } from './shell.js';
import { tradePage } from './trade-page/index.js';
import { Preferences } from './ui/preferences.js';

const PAGES: readonly PageRoute[] = [
  { name: '', title: 'Fleet', page: fleetPage },
  { name: 'alarms', title: 'Alarms', page: alarmsPage },
  { name: 'history', title: 'History', page: historyPage },
  { name: 'actions', title: 'Actions', page: actionsPage },
  { name: 'accounts', title: 'Accounts', page: accountsPage },
  { name: 'policies', title: 'Policies', page: policiesPage },
  { name: 'effect', title: 'Effect', page: effectPage },
  { name: 'system', title: 'System', page: systemPage },
];

const preferences = new Preferences();
const clock = new ServerClock();
const api = new Api(clock);
const live = new Live(api);
const fleet = new Fleet(live);
const markets = new LiveMarkets(api, clock);
const alarms = new Alarms(api, preferences);
const caller = new Caller(api);
const policies = new KnownPolicies(api, fleet);
const context: AppContext = { api, alarms, caller, live, fleet, markets, policies, clock, preferences };

// Before anything is asked or shown: its key goes with the first call, and stays in no address.
api.followLink();
addEventListener('hashchange', () => api.followLink());
const shell = buildShell(context, PAGES);
const router = new Router(
  shell.main,
  [...PAGES, { name: 'trades', title: 'Trade', page: tradePage }],
  context,
  shell.entered,
);

/** Asks for everything anew: of another key or account other things may be told. */
function begin(): void {
  live.restart();
  markets.start();
  alarms.start();
  policies.start();
}

caller.onChange(() => {
  if (caller.known !== undefined) api.lookAt(accountInView(caller.known, api.account));
});
caller.start();
begin();
learnBrokerClocks(api, (account, minutes) => preferences.learnOffset(account, minutes));
router.start();
api.onKeyChanged(() => {
  caller.start();
  begin();
  router.show();
});
api.onAccountChanged(() => {
  begin();
  router.show();
});
