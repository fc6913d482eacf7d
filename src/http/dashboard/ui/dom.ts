// Owns making elements. What is shown is always text: nothing here, or anywhere in these pages, is parsed
// as HTML, because labels and reasons come from whoever calls. For the same reason what would reorder the text around
// it is spelled out.
import { withoutControls } from '../../../observability/log-controls.js';

export type Child = Node | string | undefined;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

const SVG = 'http://www.w3.org/2000/svg';

/** An element; attributes that are undefined or false are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/** A button that does something. */
export function button(label: string, attributes: Attributes, act: () => void): HTMLButtonElement {
  const element = h('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', act);
  return element;
}

/** What may be wider than the page: it scrolls by itself, with keys too. */
export function scrolling(label: string, child: Node): HTMLElement {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, child);
}

/** Writes only what differs: the browser has nothing to lay out again. */
export function setText(node: Node, text: string): void {
  const shown = withoutControls(text);
  if (node.textContent !== shown) node.textContent = shown;
}

export function setClass(element: Element, name: string): void {
  if (element.getAttribute('class') !== name) element.setAttribute('class', name);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : withoutControls(String(value)));
  }
  for (const child of children)
    if (child !== undefined) element.append(typeof child === 'string' ? withoutControls(child) : child);
  return element;
}
