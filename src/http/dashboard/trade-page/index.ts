// Owns a trade's page.
import type { Page } from '../app-context.js';
import { h } from '../ui/dom.js';

export const tradePage: Page = (element, params) => {
  element.append(h('h1', {}, params.join(' ')));
  return () => undefined;
};
