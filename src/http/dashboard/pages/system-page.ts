// Owns the page of the service itself: its role, how it is set up, rates, errors, times to answer, feeds and markets.

import type { ListAccountsResponse } from '../../../../gen/ts/dtms/v1/account_service.js';
import type { GetPerformanceResponse, GetStatusResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { AppContext, Page } from '../app-context.js';
import type { Api } from '../data/api.js';
import { ApiError } from '../data/api-error.js';
import { fetchConfiguration } from '../data/fetch-configuration.js';
import type { AccountJson, PerformanceSampleJson, StatusJson } from '../data/json.js';
import { type Chart, type ChartSeries, createChart } from '../ui/chart.js';
import { h, scrolling, setText } from '../ui/dom.js';
import { decimal, duration, integer, mebibytes, UNKNOWN, words } from '../ui/format.js';
import { whenNew } from '../ui/when-new.js';
import { askForAudit } from './audit-table.js';
import { pollFeeds } from './feeds-table.js';
import { askForFlags } from './flags-table.js';
import { askForKeys } from './keys-table.js';
import { marketTable } from './market-table.js';
import { modePanel } from './mode-panel.js';
import { askForNotices } from './notices-panel.js';
import { type Peak, paintPeaks } from './peaks.js';
import { polled } from './polled.js';
import { type PanelAsk, polledPanel } from './polled-panel.js';
import { askForRollouts } from './rollouts-panel.js';
import { askForServers } from './servers-table.js';
import { usualTop } from './usual-top.js';

const EVERY_MS = 2000;
/** What changes seldom: the configuration, and what DTMS may do in the accounts. */
const MODE_MS = 10_000;
const ROLLOUTS_MS = 5000;
const PAGE_SIZE = 500;
const HEIGHT = 140;
/** Room for a value with its unit, in pixels. */
const AXIS_WIDTH = 72;
/** Above the highest value that is to be in sight. */
const HEADROOM = 1.1;

interface Plot {
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
  /** `usual`: few samples that stick out do not make the others flat; they are named at the top edge. */
  readonly scale: 'whole' | 'usual';
  readonly lines: readonly (ChartSeries & { value(sample: PerformanceSampleJson): number | undefined })[];
}

const rate = (count: (sample: PerformanceSampleJson) => string) => (sample: PerformanceSampleJson) =>
  sample.seconds > 0 ? Number(count(sample)) / sample.seconds : undefined;

const PLOTS: readonly Plot[] = [
  {
    title: 'Calls',
    unit: '/s',
    digits: 1,
    scale: 'whole',
    lines: [
      { label: 'answered', color: '--accent', kind: 'line', value: rate(({ calls }) => calls) },
      {
        label: 'refused',
        color: '--warn',
        kind: 'line',
        dash: [6, 4],
        value: rate(({ refusedCalls }) => refusedCalls),
      },
      {
        label: 'failed',
        color: '--bad',
        kind: 'line',
        dash: [2, 3],
        value: rate(({ failedCalls }) => failedCalls),
      },
    ],
  },
  {
    title: 'Time to answer',
    unit: ' ms',
    digits: 1,
    scale: 'usual',
    lines: [
      { label: 'p50', color: '--accent', kind: 'line', value: ({ p50Ms }) => p50Ms },
      { label: 'p95', color: '--warn', kind: 'line', dash: [6, 4], value: ({ p95Ms }) => p95Ms },
      { label: 'p99', color: '--bad', kind: 'line', dash: [2, 3], value: ({ p99Ms }) => p99Ms },
    ],
  },
  {
    title: 'Work',
    unit: '/s',
    digits: 1,
    scale: 'whole',
    lines: [
      { label: 'events', color: '--accent', kind: 'line', value: rate(({ events }) => events) },
      {
        label: 'commits',
        color: '--good',
        kind: 'line',
        dash: [6, 4],
        value: rate(({ commits }) => commits),
      },
      {
        label: 'transitions',
        color: '--bad',
        kind: 'line',
        dash: [2, 3],
        value: rate(({ transitions }) => transitions),
      },
    ],
  },
  {
    title: 'Event loop delay',
    unit: ' ms',
    digits: 1,
    scale: 'usual',
    lines: [
      {
        label: 'p99',
        color: '--accent',
        kind: 'line',
        value: ({ eventLoopDelayP99Ms }) => eventLoopDelayP99Ms,
      },
    ],
  },
];

export const systemPage: Page = (element, _params, context) => {
  const facts = h('dl', { class: 'facts wide' });
  const feeds = h('div');
  const markets = h('div');
  const grid = h('div', { class: 'plots' });
  const plots = PLOTS.map((plot) => plotOf(plot, grid, context));
  let samples: readonly PerformanceSampleJson[] = [];
  const poll = polled(EVERY_MS, async (signal) => {
    const status = await context.api.get<GetStatusResponse>('/v1/dtms/status', {}, { signal });
    showFacts(facts, status, samples.at(-1), context);
    const told = await fetchSamples(context.api, signal);
    grid.hidden = told === undefined;
    samples = told ?? [];
    showFacts(facts, status, samples.at(-1), context);
    for (const plot of plots) plot.show(samples);
  });
  const feedPoll = pollFeeds(feeds, EVERY_MS, context);
  const { servers, rollouts, flags, notices, keys, audit } = panelsOf(context);
  const panels = [servers, rollouts, flags, notices, keys, audit];
  const mode = h('div', { class: 'stack' }, h('p', { class: 'soft' }, 'Asking.'));
  const whenOther = whenNew();
  const modePoll = polled(MODE_MS, async (signal) => {
    const configuration = await fetchConfiguration(context.api, signal);
    const accounts: AccountJson[] = [];
    const query = { pageSize: PAGE_SIZE };
    for await (const page of context.api.pages<ListAccountsResponse>('/v1/dtms/accounts', query, { signal }))
      accounts.push(...page.accounts);
    const shown = modePanel(configuration, accounts, context.api.hasKey);
    whenOther([shown.map(({ textContent }) => textContent).join()], () => mode.replaceChildren(...shown));
  });
  const stopResets = context.live.onReset(() => modePoll.soon());
  const polls = [poll, modePoll, feedPoll, ...panels.map((each) => each.poll)];
  element.append(
    h('h1', {}, 'System'),
    ...polls.map(({ note }) => note),
    h('section', { class: 'panel' }, facts),
    h('section', { class: 'panel' }, h('div', { class: 'head' }, h('h2', {}, 'Mode')), mode),
    servers.element,
    rollouts.element,
    notices.element,
    tablePanel('Feeds', feeds),
    grid,
    flags.element,
    keys.element,
    audit.element,
    tablePanel('Markets', markets),
  );
  const showMarkets = () => markets.replaceChildren(marketTable(context));
  const stop = context.markets.onChange(showMarkets);
  showMarkets();
  return () => {
    stop();
    stopResets();
    for (const each of polls) each.end();
    for (const { chart } of plots) chart.destroy();
  };
};

/** What only some keys may see. */
function panelsOf(context: AppContext) {
  const panel = (title: string, ask: PanelAsk, everyMs = EVERY_MS) =>
    polledPanel(context, { title, everyMs, ask });
  return {
    servers: panel('Servers', askForServers),
    rollouts: panel('Rollouts', askForRollouts, ROLLOUTS_MS),
    flags: panel('Feature flags', askForFlags),
    notices: panel('Notices', askForNotices),
    keys: panel('Keys', askForKeys, MODE_MS),
    audit: panel('Audit', askForAudit, MODE_MS),
  };
}

/** How the server did lately; undefined for a key that is limited to accounts. */
async function fetchSamples(
  api: Api,
  signal: AbortSignal,
): Promise<readonly PerformanceSampleJson[] | undefined> {
  try {
    return (await api.get<GetPerformanceResponse>('/v1/dtms/performance', {}, { signal })).samples;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}

function tablePanel(title: string, table: HTMLElement): HTMLElement {
  return h(
    'section',
    { class: 'panel' },
    h('div', { class: 'head' }, h('h2', {}, title)),
    scrolling(title, table),
  );
}

function plotOf(
  { title, unit, digits, scale, lines }: Plot,
  grid: HTMLElement,
  { preferences }: AppContext,
): { readonly chart: Chart; show(samples: readonly PerformanceSampleJson[]): void } {
  const place = h('div');
  const values = lines.map(() => h('b', {}, UNKNOWN));
  const legend = lines.map(({ label, color }, index) => {
    const line = h('i', { class: `line n${index}`, 'aria-hidden': 'true' });
    line.style.color = `var(${color})`;
    return h('span', {}, line, `${label} `, values[index]);
  });
  grid.append(
    h(
      'section',
      { class: 'panel' },
      h('div', { class: 'head' }, h('h2', {}, title)),
      place,
      h('p', { class: 'legend' }, ...legend),
    ),
  );
  let shown: readonly PerformanceSampleJson[] = [];
  let peaks: readonly Peak[] = [];
  let top = 1;
  const tell = (index: number) => {
    for (const [at, line] of lines.entries()) {
      const sample = shown[index];
      const value = sample === undefined ? undefined : line.value(sample);
      const node = values[at];
      if (node !== undefined)
        setText(node, value === undefined ? UNKNOWN : `${decimal(value, digits)}${unit}`);
    }
  };
  const chart = createChart(place, {
    label: `${title} over the last hour; the newest values are in the legend below`,
    height: HEIGHT,
    preferences,
    series: lines,
    format: (value) => `${decimal(value, value < 10 && !Number.isInteger(value) ? 1 : 0)}${unit}`,
    axisWidth: AXIS_WIDTH,
    range: () => [0, top],
    over: (plot, color) => paintPeaks(plot, color, peaks, (value) => `${decimal(value, 0)}${unit}`),
    cursorGroup: 'system',
    onCursor: (index) => tell(index ?? shown.length - 1),
  });
  return {
    chart,
    show: (samples) => {
      shown = samples;
      const highest = samples.map((sample) => Math.max(0, ...lines.map(({ value }) => value(sample) ?? 0)));
      const times = samples.map(({ time }) => Date.parse(time ?? ''));
      top = Math.max(1, (scale === 'usual' ? usualTop(highest) : Math.max(0, ...highest)) * HEADROOM);
      peaks = highest.flatMap((value, index) => (value > top ? [{ at: times[index] ?? 0, value }] : []));
      chart.setData(times, ...lines.map(({ value }) => samples.map((sample) => value(sample) ?? null)));
      tell(samples.length - 1);
    },
  };
}

function showFacts(
  facts: HTMLElement,
  status: StatusJson,
  last: PerformanceSampleJson | undefined,
  { clock }: AppContext,
): void {
  const uptime = status.startedAt === undefined ? undefined : clock.now() - Date.parse(status.startedAt);
  const calls = Number(last?.calls ?? 0);
  const list: readonly (readonly [string, string])[] = [
    ['Role', words(status.role, 'SERVER_ROLE_')],
    ['Version', status.version],
    ['Up', duration(uptime)],
    ['Active trades', integer(status.activeTrades)],
    ['Waiting for data', integer(status.waitingForData)],
    ['Evaluations', integer(status.evaluations)],
    ['Watchers', integer(status.watchers)],
    ['Log head', integer(status.headRevision)],
    ['Compacted up to', integer(status.compactedRevision)],
    ['Pending writes', integer(status.pendingWrites)],
    [
      'Failed calls',
      calls === 0 ? UNKNOWN : `${decimal((Number(last?.failedCalls ?? 0) / calls) * 100, 2)}%`,
    ],
    ['Memory', mebibytes(last?.residentBytes)],
    ['Database', status.databaseVersion],
    ['Log epoch', status.logEpoch],
  ];
  facts.replaceChildren(
    ...list.map(([name, value]) =>
      // The longest value has room for two.
      h('div', { class: name === 'Log epoch' ? 'long' : undefined }, h('dt', {}, name), h('dd', {}, value)),
    ),
  );
}
