// The running result of all trades with DTMS and without, the difference shaded.
import {
  between,
  canvas,
  element,
  path,
  reader,
  scale,
  shape,
  ticks,
  whenSized,
  xLabels,
  yAxis,
} from './draw.js';
import { dateText, fixed, inR, timeText } from './format.js';

/** Places of a column that are drawn at this width: the last of each pixel's share. */
function places(count, width) {
  const step = Math.max(1, count / Math.max(1, width));
  const taken = [];
  for (let at = step - 1; at < count; at += step) taken.push(Math.round(at));
  if (count > 0 && taken.at(-1) !== count - 1) taken.push(count - 1);
  return taken;
}

function draw(run, holder, readout, width) {
  const { withDtms, without } = run.equity;
  const count = withDtms.length;
  const height = width < 600 ? 240 : 340;
  const box = { left: 52, right: width - 14, top: 14, bottom: height - 28 };
  const chart = canvas(width, height, 'Running result of all trades in R, with DTMS and without');
  const shown = places(count, box.right - box.left);
  let low = 0;
  let high = 0;
  for (const place of shown) {
    low = Math.min(low, withDtms[place], without[place]);
    high = Math.max(high, withDtms[place], without[place]);
  }
  const x = scale(0, Math.max(1, count - 1), box.left, box.right);
  const y = scale(low, high, box.bottom, box.top);
  yAxis(chart, y, ticks(low, high, height / 60), { ...box, text: (value) => fixed(value, 0) });
  const points = (value) => shown.map((place) => [x(place), y(value(place))]);
  const alone = points((place) => without[place]);
  chart.append(
    shape('path', {
      d: between(
        points((place) => Math.max(withDtms[place], without[place])),
        alone,
      ),
      class: 'area gain',
    }),
    shape('path', {
      d: between(
        points((place) => Math.min(withDtms[place], without[place])),
        alone,
      ),
      class: 'area cost',
    }),
    shape('path', { d: path(alone), class: 'line without' }),
    shape('path', { d: path(points((place) => withDtms[place])), class: 'line with' }),
  );
  const barAt = (share) => run.bars.at[Math.min(count - 1, Math.round(share * (count - 1)))];
  xLabels(chart, { ...box, y: height - 8, at: barAt, text: dateText, room: 130 });
  const dots = ['with', 'without'].map((kind) =>
    shape('circle', { r: 4, class: `dot ${kind}`, visibility: 'hidden' }),
  );
  chart.append(...dots);
  const say = (place) => {
    const at = place ?? count - 1;
    readout.replaceChildren(
      element(
        'span',
        { class: 'when' },
        place === null ? 'At the end' : timeText(run.bars.at[at] + run.step),
      ),
      element('b', { class: 'with' }, `with DTMS ${inR(withDtms[at], 1)}`),
      element('b', { class: 'without' }, `without ${inR(without[at], 1)}`),
      element('span', {}, `difference ${inR(withDtms[at] - without[at], 1)}`),
    );
    for (const [index, dot] of dots.entries()) {
      dot.setAttribute('visibility', place === null ? 'hidden' : 'visible');
      dot.setAttribute('cx', x(at));
      dot.setAttribute('cy', y((index === 0 ? withDtms : without)[at]));
    }
    return x(at);
  };
  reader([chart], { count, placeAt: (at) => Math.round(x.invert(at)), onPlace: say });
  holder.replaceChildren(chart);
  say(null);
}

export function showEquity(run) {
  const holder = document.querySelector('#equity-chart');
  const readout = document.querySelector('#equity-readout');
  if (run.equity.withDtms.length === 0) return;
  whenSized(holder, (width) => draw(run, holder, readout, width));
}
