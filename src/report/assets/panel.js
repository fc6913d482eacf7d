// The open trade's panel: its facts, its charts, and its log of transitions, actions and suppressed plans.
import { element, whenSized } from './draw.js';
import { fixed, inR, signed, spanText, timeText, words } from './format.js';
import { priceChart, windowOf } from './price.js';
import { tie } from './reading.js';
import { contributionChart, scoreChart } from './score.js';

function fact(name, value, kind = '') {
  return value === null
    ? null
    : element('div', { class: `fact ${kind}` }, element('dt', {}, name), element('dd', {}, value));
}

function factsOf(run, trade) {
  const price = (value) => (value === null ? null : fixed(value, run.run.digits));
  const gain =
    trade.difference === null
      ? ''
      : trade.difference < -0.005
        ? 'cost'
        : trade.difference > 0.005
          ? 'gain'
          : '';
  return element(
    'dl',
    { class: 'facts' },
    fact('with DTMS', trade.withDtms === null ? null : inR(trade.withDtms[0]), 'strong'),
    fact('without', trade.without === null ? null : inR(trade.without[0]), 'strong'),
    fact('difference', trade.difference === null ? null : inR(trade.difference), `strong ${gain}`),
    fact('opened', timeText(trade.at)),
    fact('lasted', spanText(trade.end - trade.at)),
    fact(
      'ended',
      trade.state === 'CLOSED'
        ? `${words(trade.reason)}${trade.closedFrom === null ? '' : `, from ${words(trade.closedFrom)}`}`
        : `open, ${words(trade.state)}`,
    ),
    fact('entry', price(trade.entry)),
    fact('first stop', price(trade.stop)),
    fact('target', price(trade.target)),
    fact('R', price(trade.risk)),
    fact('volume', String(trade.volume)),
    fact('label', trade.label === '' ? null : trade.label),
    fact('adds again to', trade.parent === null ? null : `#${trade.parent}`),
  );
}

const chip = (kind, text) => element('span', { class: `chip ${kind}` }, text);

function actionEntry(run, steps) {
  const last = steps.at(-1);
  const asked = [
    last.volume === null ? '' : `${last.volume} lots`,
    last.stop === null ? '' : `stop ${fixed(last.stop, run.run.digits)}`,
  ].filter((part) => part !== '');
  const answer = [
    last.code === null ? '' : `code ${last.code}`,
    last.price === null
      ? ''
      : `filled${last.filled === null ? '' : ` ${last.filled}`} at ${fixed(last.price, run.run.digits)}`,
    last.reason,
    last.by === '' ? '' : `by ${last.by}`,
  ].filter((part) => part !== '');
  const lives = steps.flatMap(({ status, at }, index) => [
    ...(index === 0 ? [] : ['→']),
    element('span', { class: `chip fate ${status}`, title: timeText(at) }, words(status)),
  ]);
  return {
    at: steps[0].at,
    what: element('b', {}, words(last.type)),
    detail: element(
      'div',
      {},
      [...asked, last.note].filter((part) => part !== '').join(' · '),
      element('div', { class: 'lives' }, ...lives, element('span', { class: 'hint' }, answer.join(', '))),
    ),
  };
}

function entriesOf(run, trade) {
  const lives = new Map();
  const entries = [];
  for (const step of trade.actions) {
    if (step.id === -1) {
      entries.push({
        at: step.at,
        what: element('b', { class: 'muted' }, words(step.type)),
        detail: element(
          'div',
          {},
          chip('fate SUPPRESSED', 'Suppressed'),
          ` ${words(step.reason)}: `,
          element('span', { class: 'hint' }, step.note),
        ),
      });
    } else if (lives.has(step.id)) lives.get(step.id).push(step);
    else lives.set(step.id, [step]);
  }
  for (const steps of lives.values()) entries.push(actionEntry(run, steps));
  for (const { at, from, to, cause, score, price, summary } of trade.transitions) {
    const told = [
      words(cause),
      score === null || summary !== '' ? '' : `score ${signed(score, 2)}`,
      price === null ? '' : `price ${fixed(price, run.run.digits)}`,
    ];
    entries.push({
      at,
      rank: 1,
      what: element('span', { class: 'move' }, chip(from, words(from)), ' → ', chip(to, words(to))),
      detail: element(
        'div',
        {},
        told.filter((part) => part !== '').join(' · '),
        summary === '' ? null : element('div', { class: 'hint' }, summary),
      ),
    });
  }
  for (const { at, text } of trade.notes)
    entries.push({
      at,
      rank: 0,
      what: element('span', { class: 'muted' }, 'Note'),
      detail: element('div', { class: 'hint' }, text),
    });
  return entries.sort((a, b) => a.at - b.at || (a.rank ?? 2) - (b.rank ?? 2));
}

function logOf(run, trade) {
  const entries = entriesOf(run, trade);
  return element(
    'table',
    { class: 'log' },
    element('caption', {}, `Everything that happened to trade #${trade.ticket}`),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...['Time (UTC)', 'What', 'How and why'].map((name) => element('th', { scope: 'col' }, name)),
      ),
    ),
    element(
      'tbody',
      {},
      ...entries.map(({ at, what, detail }) =>
        element(
          'tr',
          {},
          element('td', { class: 'when' }, timeText(at)),
          element('td', {}, what),
          element('td', {}, detail),
        ),
      ),
    ),
  );
}

function chartTitle(text, hint, ...more) {
  return element('h4', {}, text, element('span', { class: 'hint' }, ` ${hint}`), ...more);
}

function signalLegend(run) {
  return element(
    'p',
    { class: 'legend' },
    ...run.signals.map((name, index) =>
      element('span', {}, element('i', { class: `signal s${index}` }), words(name)),
    ),
  );
}

/** Fills the panel with a trade; `move` opens the one before (-1) or after (+1), `close` closes it. */
export function showTrade(run, trade, { move, close }) {
  const panel = document.querySelector('#trade');
  const charts = element('div', { class: 'charts' });
  const readout = element('p', { class: 'readout', 'aria-live': 'polite' });
  const button = (text, label, onclick) =>
    element('button', { type: 'button', 'aria-label': label, title: label, onclick }, text);
  panel.replaceChildren(
    element(
      'div',
      { class: 'panel-head' },
      element(
        'h2',
        { tabindex: '-1' },
        `Trade #${trade.ticket} `,
        element('span', { class: `side ${trade.buy ? 'buy' : 'sell'}` }, trade.buy ? 'BUY' : 'SELL'),
      ),
      element(
        'div',
        { class: 'buttons' },
        button('‹', 'Previous trade', () => move(-1)),
        button('›', 'Next trade', () => move(1)),
        button('×', 'Close the trade', close),
      ),
    ),
    factsOf(run, trade),
    readout,
    charts,
    element('div', { class: 'scroller' }, logOf(run, trade)),
  );
  panel.hidden = false;
  const view = windowOf(run, trade);
  whenSized(charts, (width) => {
    const price = priceChart(run, trade, view, width);
    const score = scoreChart(run, trade, view, price);
    const parts = contributionChart(run, trade, view, price);
    const hint =
      run.thresholds === null
        ? 'known at transitions only: this replay ran through a server'
        : `how the market treats a ${trade.buy ? 'BUY' : 'SELL'}, and where the states change`;
    charts.replaceChildren(
      chartTitle('Price', 'with entry, target and the stop as the broker had it; the shade is the state'),
      price.chart,
      chartTitle('Score', hint),
      score.chart,
      chartTitle(
        'Contributions',
        'of the six signals at each evaluation; a signal that is unavailable is left out',
      ),
      signalLegend(run),
      parts.chart,
    );
    tie(run, trade, view, price, [price.chart, score.chart, parts.chart], readout);
  });
}
