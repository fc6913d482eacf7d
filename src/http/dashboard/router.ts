// Owns the hash routes: which page an address means, and one page at a time.
import { addressPath } from './address-query.js';
import type { AppContext, Page } from './app-context.js';
import { h } from './ui/dom.js';

export interface PageRoute {
  /** The first part of the path: "" for "#/", "trades" for "#/trades/...". */
  readonly name: string;
  readonly title: string;
  readonly page: Page;
}

const NOT_FOUND: PageRoute = {
  name: 'not found',
  title: 'Not found',
  page: (element) => {
    const back = h('a', { href: href('') }, 'Go to the fleet');
    element.append(
      h('h1', {}, 'Not found'),
      h('p', { class: 'empty' }, 'There is no page at this address. ', back),
    );
    return () => undefined;
  },
};

/** The address of a page. */
export function href(name: string, ...params: readonly string[]): string {
  return `#/${[name, ...params].map(encodeURIComponent).join('/')}`;
}

/** The parts of an address. */
export function partsOf(hash: string): readonly string[] {
  return addressPath(hash)
    .replace(/^#\/?/, '')
    .split('/')
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        // Not of our making.
        return part;
      }
    });
}

export class Router {
  readonly #element: HTMLElement;
  readonly #routes: readonly PageRoute[];
  readonly #context: AppContext;
  readonly #entered: (route: PageRoute, title: string) => void;
  #unmount: () => void = () => undefined;

  /** @param entered - hears which page is shown now */
  constructor(
    element: HTMLElement,
    routes: readonly PageRoute[],
    context: AppContext,
    entered: (route: PageRoute, title: string) => void,
  ) {
    this.#element = element;
    this.#routes = routes;
    this.#context = context;
    this.#entered = entered;
  }

  start(): void {
    addEventListener('hashchange', () => {
      this.show();
      // A reader of a screen reader hears the new page, and tabs from its start.
      this.#element.focus({ preventScroll: true });
    });
    this.show();
  }

  /** Shows the address's page, anew if it is shown. */
  show(): void {
    const [name = '', ...params] = partsOf(location.hash);
    const route = this.#routes.find((each) => each.name === name) ?? NOT_FOUND;
    this.#unmount();
    this.#element.replaceChildren();
    scrollTo(0, 0);
    this.#unmount = route.page(this.#element, params, this.#context);
    this.#entered(route, [...params, route.title, 'DTMS'].join(' · '));
  }
}
