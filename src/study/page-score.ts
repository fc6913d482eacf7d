// Owns the part of a study's page that says what the score and its signals tell of the market.

import { estimateHtml, type Html, plain, tableHtml, words } from '../report/page-text.js';
import type { SetFigures } from './analysis.js';
import type { LevelShare, ScorePower } from './score-power.js';

export function scoreHtml(sets: readonly SetFigures[]): string {
  return `<section class="panel"><h2>What the score tells <span class="hint">0.5 is nothing; above it, low scores come before moves against the direction</span></h2>
${areasTable(sets)}
${signalsTable(sets)}
${levelsTable(sets)}
${votesTable(sets)}
</section>`;
}

function areasTable(sets: readonly SetFigures[]): string {
  const rows = sets.flatMap(({ name, facts }) =>
    facts.power.map(({ hours, forecasts, area, excursionArea }) => [
      name,
      `${hours} h`,
      forecasts.toLocaleString('en-US'),
      estimateHtml(area, plain),
      estimateHtml(excursionArea, plain),
    ]),
  );
  return tableHtml(
    'Area under the ROC curve: of a worse price, and of a price that goes further against the direction meanwhile, in ATR, than half of them do',
    ['set', 'ahead', 'scores', 'worse price', 'goes far against'],
    rows,
  );
}

function signalsTable(sets: readonly SetFigures[]): string {
  const rows = sets.flatMap(({ name, facts }) =>
    (facts.power[0]?.signals ?? []).map(({ signal }, index) => [
      name,
      words(signal),
      ...facts.power.map(({ signals }) => {
        const area = signals[index]?.area ?? null;
        return area === null ? 'never available' : estimateHtml(area, plain);
      }),
    ]),
  );
  return tableHtml('Area of a worse price, of each signal alone', ['set', 'signal', ...ahead(sets)], rows);
}

/** Whether a score means what it says: how often the price was worse after it. */
function levelsTable(sets: readonly SetFigures[]): string {
  const rows = sets.flatMap(({ name, facts }) =>
    calibrationRows(facts.power, ({ levels }) => levels, [name]),
  );
  return tableHtml(
    'Calibration: the share of prices that were worse, by the score before them',
    ['set', 'score', 'scores', ...ahead(sets)],
    rows,
  );
}

function votesTable(sets: readonly SetFigures[]): string {
  const rows = sets.flatMap(({ name, facts }) =>
    (facts.power[0]?.signals ?? []).flatMap(({ signal }, index) =>
      calibrationRows(facts.power, ({ signals }) => signals[index]?.levels ?? [], [name, words(signal)]),
    ),
  );
  return tableHtml(
    'The same by what each signal said of the direction',
    ['set', 'signal', 'said', 'scores', ...ahead(sets)],
    rows,
  );
}

/** A row for each level, with its share at every horizon. */
function calibrationRows(
  power: readonly ScorePower[],
  levelsOf: (power: ScorePower) => readonly LevelShare[],
  named: readonly string[],
): (string | Html)[][] {
  const [first] = power;
  if (first === undefined) return [];
  return levelsOf(first).map(({ level, forecasts }) => [
    ...named,
    level,
    forecasts.toLocaleString('en-US'),
    ...power.map((each) => {
      const share = levelsOf(each).find((other) => other.level === level);
      return share === undefined ? '' : shareHtml(share);
    }),
  ]);
}

const WIDTH = 80;

/** A share from 0 to 1 with its interval, and a picture of both about 0.5. */
function shareHtml(share: LevelShare): Html {
  const { html } = estimateHtml(share, plain);
  const { value, low, high } = share;
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { html };
  const place = (at: number) => (at * WIDTH).toFixed(1);
  const kind = low > 0.5 ? ' cost' : high < 0.5 ? ' gain' : '';
  return {
    html: `${html}<svg class="interval share" viewBox="0 0 ${WIDTH} 8" aria-hidden="true"><line class="none" x1="${place(0.5)}" x2="${place(0.5)}" y1="0" y2="8"/><line class="span${kind}" x1="${place(low)}" x2="${place(high)}" y1="4" y2="4"/><circle cx="${place(value)}" cy="4" r="2.5"/></svg>`,
  };
}

function ahead(sets: readonly SetFigures[]): string[] {
  return (sets[0]?.facts.power ?? []).map(({ hours }) => `${hours} h ahead`);
}
