// Owns how the server is set up, for an operator: what it does by itself, who may call, and every setting.
import { type Configuration, keysText, limitsText, settingAt, settingsOf } from '../data/configuration.js';
import type { AccountJson } from '../data/json.js';
import { h, scrolling } from '../ui/dom.js';
import { span, UNKNOWN, words } from '../ui/format.js';

const HINTS: Readonly<Record<string, string>> = {
  enforce: 'enforce: orders go to the bridges',
  observe: 'observe: decisions are recorded, nothing is sent',
};

/**
 * @param configuration - undefined for a key that may not read it
 * @param hasKey - whether the answers it is made from were given to a key
 */
export function modePanel(
  configuration: Configuration | undefined,
  accounts: readonly AccountJson[],
  hasKey: boolean,
): readonly HTMLElement[] {
  const trading = factOf('Accounts', tradingText(accounts), 'long');
  if (configuration === undefined)
    return [
      h('dl', { class: 'facts wide' }, trading),
      h('p', { class: 'soft' }, 'The configuration needs a key with the scope admin.'),
    ];
  const text = (path: string) => {
    const value = settingAt(configuration, path);
    return value === undefined || value === '' ? UNKNOWN : String(value);
  };
  const milliseconds = (path: string) => span(Number(settingAt(configuration, path) ?? Number.NaN));
  const actions = text('rules.actions.mode');
  const address = (section: string) => {
    const port = text(`${section}.port`);
    return port === '0' ? `${text(`${section}.host`)}, any free port` : `${text(`${section}.host`)}:${port}`;
  };
  return [
    h(
      'dl',
      { class: 'facts wide' },
      factOf('Actions', HINTS[actions] ?? actions, 'long'),
      trading,
      factOf('Environment', text('environment')),
      factOf('Keys', keysText(text('access.mode'), hasKey)),
      factOf('Limits', limitsText(text('limits.mode'), text('access.mode'), hasKey)),
      factOf('TLS', text('tls.cert') === UNKNOWN ? 'off' : 'on'),
      factOf('gRPC', address('grpc')),
      factOf('HTTP', address('http')),
      factOf('Database', text('database.url') === UNKNOWN ? 'embedded' : 'external'),
      factOf('Log retention', daysText(text('retention.days'))),
      factOf('Log level', text('log.level')),
      factOf('Traces', text('traces.endpoint') === UNKNOWN ? 'off' : 'on'),
      factOf('Stale after', milliseconds('rules.schedule.staleMs')),
      factOf('Action lease', milliseconds('rules.actions.leaseMs')),
      factOf(
        'Old routes',
        text('http.legacy.enabled') === 'true' ? `until ${text('http.legacy.sunset')}` : 'off',
      ),
    ),
    h(
      'details',
      {},
      h('summary', {}, 'All settings'),
      scrolling('All settings', settingTable(configuration)),
    ),
  ];
}

function settingTable(configuration: Configuration): HTMLElement {
  const rows = settingsOf(configuration).map(([path, value]) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, path),
      h('td', { class: 'setting' }, value === '' ? UNKNOWN : value),
    ),
  );
  const heads = ['Setting', 'Value'].map((title) => h('th', { scope: 'col' }, title));
  return h('table', { class: 'list' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows));
}

const daysText = (days: string): string => `${days} ${days === '1' ? 'day' : 'days'}`;

/** "2 active, 1 halted", the usual first. */
function tradingText(accounts: readonly AccountJson[]): string {
  const counts = new Map<string, number>();
  for (const { tradingState } of accounts) counts.set(tradingState, (counts.get(tradingState) ?? 0) + 1);
  const parts = [...counts].sort(([a], [b]) => a.localeCompare(b));
  return parts.length === 0
    ? 'none'
    : parts.map(([state, count]) => `${count} ${words(state, 'TRADING_STATE_')}`).join(', ');
}

function factOf(name: string, value: string, kind?: string): HTMLElement {
  return h('div', { class: kind }, h('dt', {}, name), h('dd', {}, value));
}
