// Puts the page together, and keeps the address, the list and the open trade in step.
import { readRun } from './data.js';
import { showEquity } from './equity.js';
import { showFlows } from './flows.js';
import { showHeadline } from './headline.js';
import { showTrade } from './panel.js';
import { TradeList } from './trades.js';

const run = readRun(document.querySelector('#data').textContent);

/** The theme follows the system until the button is used. */
function themeButton() {
  const button = document.querySelector('#theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () =>
    (document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark';
  const label = () => {
    button.textContent = isDark() ? '☀' : '☾';
    button.setAttribute('aria-label', isDark() ? 'Light colours' : 'Dark colours');
  };
  button.addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    label();
  });
  dark.addEventListener('change', label);
  // Paper is white, whatever the screen is.
  let chosen;
  addEventListener('beforeprint', () => {
    chosen = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = 'light';
  });
  addEventListener('afterprint', () => {
    if (chosen === undefined) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  });
  label();
}

const panel = document.querySelector('#trade');
const byTicket = new Map(run.trades.map((trade) => [trade.ticket, trade]));

function closeTrade() {
  panel.hidden = true;
  panel.replaceChildren();
  history.replaceState(null, '', '#trades');
  list.mark(null);
  document.querySelector('#list').focus();
}

/** With `stay` the focus and the place on the page stay where they are. */
function openTrade(ticket, stay) {
  const trade = byTicket.get(ticket);
  if (trade === undefined) return;
  showTrade(run, trade, {
    move: (steps) => {
      const next = list.neighbour(steps);
      if (next !== null) openTrade(next, 'stay');
    },
    close: closeTrade,
  });
  list.mark(ticket);
  history.replaceState(null, '', `#trade=${ticket}`);
  if (stay === 'stay') return;
  panel.scrollIntoView({
    behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth',
  });
  panel.querySelector('h2').focus({ preventScroll: true });
}

themeButton();
showHeadline(run);
showEquity(run);
showFlows(run);
const list = new TradeList(run, openTrade);
document.querySelector('#hash').textContent = run.summary.log_sha256;
document.querySelector('#server-note').hidden = run.thresholds !== null;
const named = /^#trade=(\d+)$/.exec(location.hash)?.[1];
if (named !== undefined) openTrade(named);
