// Owns showing a state: its shape in its colour, and its name.
import { h, svg } from './dom.js';
import { lookOf, type StateLook } from './states.js';

/** The state's shape, in its colour. For the eye only: its name stands beside it. */
export function stateShape({ shape, color }: StateLook): SVGElement {
  const outline = svg('path', { d: shape });
  outline.style.fill = `var(${color})`;
  return svg('svg', { viewBox: '0 0 16 16', class: 'shape', 'aria-hidden': 'true' }, outline);
}

/** Shape and name; where there is little room, its letter for the name. */
export function stateBadge(state: string): HTMLElement {
  const look = lookOf(state);
  const letter = h('b', { class: 'letter', 'aria-hidden': 'true' }, look.letter);
  return h(
    'span',
    { class: 'state', title: look.name },
    stateShape(look),
    letter,
    h('span', { class: 'name' }, look.name),
  );
}
