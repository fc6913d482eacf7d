// The little that every chart needs: elements, scales, axes, and the reading line under the pointer.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'onclick' || name === 'onchange' || name === 'oninput') node[name] = value;
    else node.setAttribute(name, String(value));
  }
  // Text always becomes a text node: nothing from the data is read as markup.
  node.append(
    ...children
      .filter((child) => child !== null)
      .map((child) => (typeof child === 'number' ? String(child) : child)),
  );
  return node;
}

export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function shape(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** An SVG that is drawn at its pixel size and still scales when it is printed. */
export function canvas(width, height, label) {
  return shape('svg', {
    viewBox: `0 0 ${width} ${height}`,
    width: '100%',
    role: 'img',
    'aria-label': label,
    class: 'chart',
    preserveAspectRatio: 'none',
    style: `aspect-ratio: ${width} / ${height}`,
  });
}

/** Maps [from, to] of the data to [low, high] of the picture. */
export function scale(from, to, low, high) {
  const width = to - from || 1;
  const map = (value) => low + ((value - from) / width) * (high - low);
  map.invert = (place) => from + ((place - low) / (high - low)) * width;
  return map;
}

/** About `count` round values within [from, to]. */
export function ticks(from, to, count) {
  const rough = (to - from) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const values = [];
  for (let value = Math.ceil(from / step) * step; value <= to + step * 1e-9; value += step) {
    values.push(Math.abs(value) < step * 1e-9 ? 0 : value);
  }
  return values;
}

/** Horizontal lines with their values at the left. */
export function yAxis(chart, y, values, { left, right, text }) {
  for (const value of values) {
    const at = y(value);
    const kind = value === 0 ? 'zero' : 'grid';
    chart.append(
      shape('line', { x1: left, x2: right, y1: at, y2: at, class: kind }),
      shape('text', { x: left - 6, y: at + 4, 'text-anchor': 'end', class: 'tick' }, text(value)),
    );
  }
}

/** Places for labels along x that keep clear of each other. */
export function xLabels(chart, { left, right, y, at, text, room = 90 }) {
  const count = Math.max(2, Math.floor((right - left) / room));
  for (let index = 0; index < count; index += 1) {
    const share = index / (count - 1);
    const anchor = index === 0 ? 'start' : index === count - 1 ? 'end' : 'middle';
    const x = left + share * (right - left);
    chart.append(shape('text', { x, y, 'text-anchor': anchor, class: 'tick' }, text(at(share))));
  }
}

/** A path through points; with `stepped` each value holds until the next. */
export function path(points, stepped = false) {
  let text = '';
  let last = null;
  for (const [x, y] of points) {
    if (last === null) text += `M${x.toFixed(1)} ${y.toFixed(1)}`;
    else text += stepped ? `H${x.toFixed(1)}V${y.toFixed(1)}` : `L${x.toFixed(1)} ${y.toFixed(1)}`;
    last = [x, y];
  }
  return text;
}

/** The closed outline between two lines over the same places. */
export function between(upper, lower) {
  return upper.length === 0 ? '' : `${path(upper)}${path([...lower].reverse()).replace('M', 'L')}Z`;
}

/**
 * Lets pointer and arrow keys read charts that share one x: `onPlace` gets a whole number of [0, count), or
 * null when nothing is pointed at, and answers the x to mark.
 */
export function reader(charts, { count, placeAt, onPlace }) {
  const lines = charts.map((chart) => {
    const height = chart.viewBox.baseVal.height;
    const line = shape('line', { y1: 0, y2: height, class: 'reading', visibility: 'hidden' });
    chart.append(line);
    return line;
  });
  let current = null;
  const show = (place) => {
    current = place === null ? null : Math.max(0, Math.min(count - 1, place));
    const x = onPlace(current);
    for (const line of lines) {
      line.setAttribute('visibility', current === null ? 'hidden' : 'visible');
      if (current === null) continue;
      line.setAttribute('x1', x);
      line.setAttribute('x2', x);
    }
  };
  for (const chart of charts) {
    chart.addEventListener('pointermove', (event) => {
      const box = chart.getBoundingClientRect();
      show(placeAt(((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width));
    });
    chart.addEventListener('pointerleave', () => show(null));
    chart.setAttribute('tabindex', '0');
    chart.addEventListener('blur', () => show(null));
    chart.addEventListener('keydown', (event) => {
      const leap = event.shiftKey ? Math.max(1, Math.round(count / 20)) : 1;
      const steps = { ArrowLeft: -leap, ArrowRight: leap, Home: -count, End: count }[event.key];
      if (steps === undefined) return;
      event.preventDefault();
      show((current ?? Math.round(count / 2)) + steps);
    });
  }
}

/** Draws now and whenever the width changes. */
export function whenSized(holder, drawAt) {
  let drawn = 0;
  const draw = () => {
    const width = Math.round(holder.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    drawAt(width);
  };
  new ResizeObserver(draw).observe(holder);
  draw();
}
