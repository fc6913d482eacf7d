// Owns an evaluation as a waterfall: each signal's part, one after the other, to the score. A signal without
// data is hatched and says so; it is no zero.
import { fixed } from '../../../domain/number-text.js';
import type { EvaluationJson } from '../data/json.js';
import { h } from '../ui/dom.js';
import { signed, words } from '../ui/format.js';

type Contribution = EvaluationJson['signals'][number];

/** Scores at the ends of the scale. */
const LEAST = -8;
const MOST = 8;

const HEADS = [
  ['Signal', ''],
  ['Part of the score', ''],
  ['Contribution', 'number'],
  ['Raw', 'number'],
  ['Capped', 'number'],
  ['Regime', 'number'],
  ['What it saw', ''],
] as const;

export function waterfall(evaluation: EvaluationJson): HTMLElement {
  let sum = 0;
  const rows = evaluation.signals.map((signal) => {
    const from = sum;
    if (signal.available) sum += signal.contribution;
    return rowOf(signal, from, sum);
  });
  const total = evaluation.score;
  return h(
    'table',
    { class: 'waterfall' },
    h('caption', { class: 'hidden' }, 'The contributions to the score'),
    h('thead', {}, h('tr', {}, ...HEADS.map(([head, kind]) => h('th', { scope: 'col', class: kind }, head)))),
    h(
      'tbody',
      {},
      ...rows,
      h(
        'tr',
        { class: 'total' },
        h('th', { scope: 'row' }, 'Score'),
        h('td', {}, bar(0, total ?? 0, 'sum')),
        h('td', { class: 'number' }, total === undefined ? 'no signal is available' : signed(total, 2)),
        h('td'),
        h('td'),
        h('td'),
        h('td', { class: 'saw' }, words(evaluation.confluence, 'CONFLUENCE_')),
      ),
    ),
  );
}

function rowOf(signal: Contribution, from: number, to: number): HTMLElement {
  const name = h('th', { scope: 'row' }, words(signal.signal, 'SIGNAL_'));
  const saw = h('td', { class: 'saw' }, signal.reason);
  if (!signal.available) {
    const missing = h('div', { class: 'scale missing' }, h('span', {}, 'unavailable'));
    return h(
      'tr',
      { class: 'unavailable' },
      name,
      h('td', {}, missing),
      h('td', { class: 'number' }, 'unavailable'),
      h('td'),
      h('td'),
      h('td'),
      saw,
    );
  }
  const kind = signal.contribution === 0 ? 'none' : signal.contribution < 0 ? 'against' : 'for';
  return h(
    'tr',
    {},
    name,
    h('td', {}, bar(from, to, kind)),
    h('td', { class: 'number' }, signed(signal.contribution, 2)),
    h('td', { class: 'number' }, signed(signal.raw, 2)),
    h('td', { class: 'number' }, signed(signal.capped, 2)),
    h('td', { class: 'number' }, `× ${fixed(signal.multiplier, 2)}`),
    saw,
  );
}

function bar(from: number, to: number, kind: string): HTMLElement {
  const place = (value: number) => ((Math.max(LEAST, Math.min(MOST, value)) - LEAST) / (MOST - LEAST)) * 100;
  const part = h('i', { class: `part ${kind}` });
  part.style.left = `${Math.min(place(from), place(to))}%`;
  part.style.width = `${Math.abs(place(to) - place(from))}%`;
  return h('div', { class: 'scale', 'aria-hidden': 'true' }, part);
}
