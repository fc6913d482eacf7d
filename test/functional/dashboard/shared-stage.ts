// The stage that all cases of the dashboard share: one service, one scene and one browser, because each costs more than most
// cases. It is set before the first of them and taken down after the last.
import { chromiumPath, NO_CHROMIUM } from '../../support/chromium.js';
import { DashboardStage } from '../../support/dashboard-stage.js';

export const missing = chromiumPath() === undefined;

/** A group's name; without a browser with why it is skipped. */
export const titled = (name: string): string => (missing ? `${name} (${NO_CHROMIUM})` : name);

export const stage = new DashboardStage();
