// The reading line across a trade's charts: what they say at one bar.
import { lastAtOrBefore } from './data.js';
import { element, reader } from './draw.js';
import { fixed, inR, signed, timeText, words } from './format.js';

/** What the three charts say at one bar. */
export function readingAt(run, trade, view, bar) {
  const place = view.first + bar;
  const at = run.bars.at[place] + run.step;
  const state = trade.spans.find(({ from, to }) => at > from && at <= to)?.state ?? null;
  const log = run.evaluations[trade.buy ? 'BUY' : 'SELL'];
  const newest = lastAtOrBefore(log.at, at);
  const fresh = newest >= 0 && (run.thresholds !== null || log.at[newest] === at);
  const parts = [timeText(at), `close ${fixed(run.bars.close[place], run.run.digits)}`];
  if (state !== null) parts.push(words(state));
  if (trade.risk !== null && at >= trade.at) {
    const side = trade.buy ? 1 : -1;
    parts.push(`price ${inR((side * (run.bars.close[place] - trade.entry)) / trade.risk)}`);
  }
  if (fresh && !Number.isNaN(log.score[newest])) {
    const shares = run.signals.map((name, index) => [words(name), log.parts[index][newest]]);
    const told = shares.map(
      ([name, part]) => `${name} ${Number.isNaN(part) ? 'unavailable' : signed(part, 1)}`,
    );
    parts.push(`score ${signed(log.score[newest], 2)} (${told.join(', ')})`);
  }
  return parts;
}

/** Ties the three charts to one reading line. */
export function tie(run, trade, view, { x }, charts, readout) {
  const say = (bar) => {
    readout.replaceChildren(
      ...(bar === null
        ? [element('span', { class: 'when' }, 'Point at a chart, or focus it and use the arrow keys')]
        : readingAt(run, trade, view, bar).map((text, index) =>
            element('span', { class: index === 0 ? 'when' : '' }, text),
          )),
    );
    return bar === null ? 0 : x(bar + 0.5);
  };
  reader(charts, { count: view.count, placeAt: (at) => Math.floor(x.invert(at)), onPlace: say });
  say(null);
}
