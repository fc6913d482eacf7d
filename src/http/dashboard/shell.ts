// Owns what is around every page: the name, the ways to the pages, how the connection stands, the theme,
// the zone, the key and the help.
import { alarmBar } from './alarm-bar.js';
import type { AppContext } from './app-context.js';
import { steadyNow } from './data/clock.js';
import type { LinkState, Live } from './data/live.js';
import { askForKey, type KeyPrompt } from './key-dialog.js';
import { href, type PageRoute } from './router.js';
import { type Announcer, announcer } from './ui/announcer.js';
import { opened } from './ui/dialog.js';
import { button, h, setClass, setText } from './ui/dom.js';
import { type DisplayZone, type Preferences, THEMES, type Theme, ZONES } from './ui/preferences.js';
import { whoTools } from './who.js';

export interface Shell {
  /** Where pages are put. */
  readonly main: HTMLElement;
  entered(route: PageRoute, title: string): void;
}

const KEYS: readonly (readonly [string, string])[] = [
  ['j or ↓', 'next row'],
  ['k or ↑', 'previous row'],
  ['Enter', 'open the row'],
  ['/', 'go to the filter'],
  [
    'g then f, l, h, a, c, p, e, s',
    'go to fleet, alarms, history, actions, accounts, policies, effect, system',
  ],
  ['?', 'this help'],
];
const GO: Readonly<Record<string, string>> = {
  f: '',
  l: 'alarms',
  h: 'history',
  a: 'actions',
  c: 'accounts',
  p: 'policies',
  e: 'effect',
  s: 'system',
};
const GO_MS = 1000;
const TICK_MS = 500;

const THEME_NAMES: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' };
const ZONE_NAMES: Readonly<Record<DisplayZone, string>> = { utc: 'UTC', local: 'Local', broker: 'Broker' };

/**
 * Builds it in the document's body.
 *
 * @param routes - the pages that are in the bar
 */
export function buildShell(context: AppContext, routes: readonly PageRoute[]): Shell {
  const { api, alarms, live, preferences } = context;
  let title = 'DTMS';
  const bar = alarmBar(alarms, () => {
    document.title = bar.mark + title;
  });
  const main = h('main', { id: 'main', tabindex: -1 });
  const links = routes.map((route) =>
    h('a', { href: href(route.name) }, route.title, route.name === 'alarms' ? bar.badge : undefined),
  );
  const link = h('button', { type: 'button', class: 'link' });
  const spoken = announcer();
  link.addEventListener('click', () => {
    if (live.state.kind === 'key-needed') prompt.open();
    else live.retryNow();
  });
  const prompt: KeyPrompt = askForKey(api);
  document.body.append(
    h('a', { class: 'skip', href: '#main' }, 'Skip to the page'),
    h(
      'header',
      { class: 'bar' },
      h('a', { class: 'name', href: href('') }, 'DTMS'),
      h('nav', { 'aria-label': 'Pages' }, ...links),
      h(
        'div',
        { class: 'tools' },
        link,
        spoken.element,
        zoneChoice(preferences),
        choice('Theme', THEMES, THEME_NAMES, preferences.theme, (theme) => preferences.chooseTheme(theme)),
        ...whoTools(context),
        button('?', { class: 'quiet', 'aria-label': 'Keyboard help' }, showHelp),
      ),
    ),
    ...bar.elements,
    main,
    h('div', { id: 'toasts' }),
  );
  document.querySelector('.skip')?.addEventListener('click', (event) => {
    // The address is the page's: it may not become "#main".
    event.preventDefault();
    main.focus();
  });

  showLink(link, spoken, live);
  bindKeys();
  return {
    main,
    entered: (route, entered) => {
      title = entered;
      document.title = bar.mark + title;
      for (const [index, each] of links.entries()) {
        if (routes[index] === route) each.setAttribute('aria-current', 'page');
        else each.removeAttribute('aria-current');
      }
    },
  };
}

/** Keeps telling how the connection stands. */
function showLink(link: HTMLElement, spoken: Announcer, live: Live): void {
  const showState = () => {
    const { text, tone } = wordsOf(live.state);
    setText(link, text);
    setClass(link, `link ${tone}`);
    // Not again with each second that is left.
    spoken.say(live.state.kind, `Connection: ${text}`);
    link.title = live.state.kind === 'waiting' ? live.state.problem : '';
  };
  live.onState(showState);
  setInterval(showState, TICK_MS);
  showState();
}

/** How the connection stands, in words; never by colour alone. */
function wordsOf(state: LinkState): { readonly text: string; readonly tone: string } {
  if (state.kind === 'live') return { text: 'Live', tone: 'good' };
  if (state.kind === 'connecting') return { text: 'Connecting', tone: 'warn' };
  if (state.kind === 'key-needed') return { text: 'Key needed', tone: 'bad' };
  const seconds = Math.max(0, Math.ceil((state.until - steadyNow()) / 1000));
  const again = seconds === 0 ? 'now' : `in ${seconds} s`;
  return state.kind === 'standby'
    ? { text: `No server leads, retrying ${again}`, tone: 'warn' }
    : { text: state.isRefused ? 'Not allowed' : `Reconnecting ${again}`, tone: 'bad' };
}

function zoneChoice(preferences: Preferences): HTMLSelectElement {
  const zones = choice('Times', ZONES, ZONE_NAMES, preferences.zone, (zone) => preferences.chooseZone(zone));
  const offerBroker = () => {
    // Offered once a broker's clock is known.
    const option = zones.options[ZONES.indexOf('broker')];
    if (option !== undefined) option.disabled = !preferences.knowsBrokers;
  };
  preferences.onChange(offerBroker);
  offerBroker();
  return zones;
}

function choice<T extends string>(
  label: string,
  values: readonly T[],
  names: Readonly<Record<T, string>>,
  chosen: T,
  choose: (value: T) => void,
): HTMLSelectElement {
  const select = h(
    'select',
    { 'aria-label': label, title: label },
    ...values.map((value) => h('option', { value, selected: value === chosen }, names[value])),
  );
  select.addEventListener('change', () => {
    const value = values[select.selectedIndex];
    if (value !== undefined) choose(value);
  });
  return select;
}

function showHelp(): void {
  const rows = KEYS.map(([key, what]) =>
    h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, key)), h('td', {}, what)),
  );
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'help' },
    h('h2', { id: 'help' }, 'Keyboard'),
    h('table', { class: 'keys' }, h('tbody', {}, ...rows)),
    h('form', { method: 'dialog', class: 'buttons' }, h('button', { class: 'primary' }, 'Close')),
  );
  void opened(dialog, () => undefined);
}

function bindKeys(): void {
  let goUntil = 0;
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    const target = GO[event.key];
    if (steadyNow() < goUntil && target !== undefined) {
      goUntil = 0;
      location.hash = href(target);
    } else if (event.key === 'g') {
      goUntil = steadyNow() + GO_MS;
    } else if (event.key === '?') {
      event.preventDefault();
      showHelp();
    }
  });
}

/** Whether a key is a letter of a text. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, select, textarea');
}
