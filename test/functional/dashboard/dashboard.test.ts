// The dashboard in a real browser against the real service. All cases share one service, one scene and one browser, because
// each of them costs more than most cases; so their order counts: what settles things comes after what looks at them.
import { describe } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from '../../support/chromium.js';
import { DashboardStage } from '../../support/dashboard-stage.js';
import { alarmCases } from './alarms.cases.js';
import { crowdCases } from './crowd.cases.js';
import { historyCases } from './history.cases.js';
import { pageCases } from './pages.cases.js';
import { policyCases } from './policies.cases.js';
import { tradeCases } from './trade-page.cases.js';
import { whoCases } from './who.cases.js';

const missing = chromiumPath() === undefined;
const CASES = {
  'a trade': tradeCases,
  history: historyCases,
  alarms: alarmCases,
  pages: pageCases,
  policies: policyCases,
  who: whoCases,
  'a crowd': crowdCases,
};

describe.skipIf(missing)(missing ? `dashboard (${NO_CHROMIUM})` : 'dashboard', () => {
  const stage = new DashboardStage();
  describe.each(Object.entries(CASES))('%s', (_name, cases) => cases(stage));
});
