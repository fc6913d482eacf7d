// What a scrape of a busy server shows: by the rules of both formats, within its bounds, and as the guide,
// the rules and the dashboard take it to be.
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BusyServer, startBusyServer } from '../../support/busy-server.js';
import { eventually } from '../../support/eventually.js';
import { type ReadFamily, readScrape } from '../../support/scrape.js';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

let busy: BusyServer;
let prometheus: ReadFamily[];
let openMetrics: ReadFamily[];
beforeAll(async () => {
  busy = await startBusyServer(100);
  prometheus = readScrape(await body('/metrics'), 'prometheus');
  openMetrics = readScrape(await body('/dtms/metrics', 'application/openmetrics-text'), 'openmetrics');
});
afterAll(() => busy.end());

async function scrape(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://${busy.service.http}${path}`, { headers });
}

async function body(path: string, accept = 'text/plain'): Promise<string> {
  return (await scrape(path, { accept })).text();
}

const family = (name: string): ReadFamily =>
  prometheus.find((each) => each.name === name) ?? expect.fail(`${name} is not shown`);

const value = (name: string, labels: Record<string, string> = {}): number =>
  family(name)
    .samples.filter((sample) =>
      Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
    )
    .reduce((sum, sample) => sum + sample.value, 0);

describe('its formats', () => {
  it('are the same metrics in both', () => {
    const names = (families: readonly ReadFamily[]) =>
      families.map(({ name, type }) => (type === 'counter' ? name.replace(/_total$/, '') : name));
    expect(names(openMetrics)).toEqual(names(prometheus));
    expect(
      prometheus.filter(({ type }) => type === 'counter').every(({ name }) => name.endsWith('_total')),
    ).toBe(true);
  });

  it('come as the scraper asks for them, however often the other one was asked for', async () => {
    const accept =
      'application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    for (const path of ['/metrics', '/dtms/metrics']) {
      const modern = await scrape(path, { accept });
      expect(modern.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
      readScrape(await modern.text(), 'openmetrics');
      const plain = await scrape(path);
      expect(plain.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(await plain.text()).toContain('\ndtms_requests_total{');
    }
  });

  it('are compressed for whoever takes that', async () => {
    const answer = await scrape('/metrics', { 'accept-encoding': 'gzip' });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    // fetch unpacks it: a body that is no gzip would have failed.
    expect(await answer.text()).toContain('dtms_info{');
    const plain = await scrape('/metrics', { 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
  });
});

/** Money of the first 200 accounts: sums of several currencies would say nothing. */
const BY_ACCOUNT: ReadonlySet<string> = new Set([
  'dtms_account_balance',
  'dtms_account_equity',
  'dtms_account_exposure',
]);

describe('its size', () => {
  it('stays under 2,000 series with 100 symbols and every method called', () => {
    const series = prometheus.reduce((sum, { samples }) => sum + samples.length, 0);
    expect(series).toBeGreaterThan(500);
    expect(series).toBeLessThan(2000);
  });

  it('names no trade, key or peer, and an account only where the first 200 are told', () => {
    const named = prometheus.filter(({ name }) => !BY_ACCOUNT.has(name));
    const labels = new Set(
      named.flatMap(({ samples }) => samples.flatMap((each) => Object.keys(each.labels))),
    );
    for (const name of ['ticket', 'account', 'key', 'key_id', 'peer', 'caller', 'action_id'])
      expect(labels).not.toContain(name);
  });
});

describe('what it counts', () => {
  it('are the trades, transitions and actions of the log', async () => {
    const { client } = busy.service;
    const status = await client.getStatus({});
    expect(value('dtms_active_trades')).toBe(Number(status.activeTrades));
    expect(value('dtms_registrations_total')).toBe(103);
    expect(value('dtms_events_total')).toBe(Number(status.headRevision));
    expect(value('dtms_evaluations_total')).toBe(Number(status.evaluations));
    const events: string[] = [];
    for (let pageToken = ''; ; ) {
      const page = await client.listTradeEvents({ pageSize: 1000, pageToken });
      events.push(...page.events.map(({ change }) => change?.$case ?? ''));
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    const changed = events.filter((kind) => kind === 'stateChanged').length;
    expect(changed).toBeGreaterThan(8);
    expect(value('dtms_transitions_total')).toBe(changed);
    expect(value('dtms_actions_total', { outcome: 'DONE' })).toBe(9);
  });

  it('are calls by method and code, and one latency for each unary call', () => {
    const labels = { service: 'dtms.v1.TradeService', method: 'GetTrade' };
    expect(value('dtms_requests_total', { ...labels, code: 'INVALID_ARGUMENT' })).toBe(2);
    expect(value('dtms_requests_total', { ...labels, code: 'OK' })).toBe(0);
    const counts = family('dtms_request_duration_seconds').samples.filter(({ name }) =>
      name.endsWith('_count'),
    );
    expect(counts.reduce((sum, sample) => sum + sample.value, 0)).toBe(value('dtms_requests_total'));
    expect(value('dtms_streams_open', { method: 'WatchTrades' })).toBe(1);
    expect(value('dtms_watchers')).toBe(1);
  });

  it('are calls over HTTP too, each once', async () => {
    const listed = async () => {
      const families = readScrape(await body('/metrics'), 'prometheus');
      const requests = families.find(({ name }) => name === 'dtms_requests_total')?.samples ?? [];
      return (
        requests.find(({ labels }) => labels.method === 'ListAccounts' && labels.code === 'OK')?.value ?? 0
      );
    };
    const before = await listed();
    expect((await scrape('/v1/dtms/accounts')).status).toBe(200);
    expect(await listed()).toBe(before + 1);
  });

  it('leads to calls by exemplars, in OpenMetrics', () => {
    const latency = openMetrics.find(({ name }) => name === 'dtms_request_duration_seconds');
    const found = latency?.samples.filter(({ exemplar }) => exemplar !== null) ?? [];
    expect(found.length).toBeGreaterThan(40);
    for (const { exemplar } of found)
      expect(exemplar?.labels.correlation_id ?? exemplar?.labels.trace_id).toMatch(/^[\w.-]{1,64}$/);
  });

  it('are kept as samples for GetPerformance too', async () => {
    const samples = await eventually(async () => {
      const taken = await performance();
      if (taken.length === 0) throw new Error('no sample yet');
      return taken;
    });
    const total = (name: string) => samples.reduce((sum, sample) => sum + Number(sample[name]), 0);
    expect(total('events')).toBeGreaterThan(0);
    expect(total('events')).toBeLessThanOrEqual(value('dtms_events_total'));
    expect(total('calls')).toBeGreaterThan(0);
    expect(Number(samples.at(-1)?.activeTrades)).toBe(value('dtms_active_trades'));
    // Another may have been taken meanwhile; none comes twice.
    const later = (await performance(samples.at(-1)?.time)).map(({ time }) => time);
    expect(samples.filter(({ time }) => later.includes(time))).toEqual([]);
  });
});

type Performance = Readonly<Record<string, string | number>>;

async function performance(after?: string | number): Promise<Performance[]> {
  const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`;
  const answer = await scrape(`/v1/dtms/performance${query}`);
  const { samples } = (await answer.json()) as { samples: Performance[] };
  return samples;
}

describe('what is made of it', () => {
  const METRIC = /\b(?:dtms|process|nodejs)_[a-z0-9_]+/g;
  const RECORDED = /\b[a-z_]+:[a-z0-9_]+:[a-z0-9_]+/g;
  const rulesOf = (file: string) =>
    (load(read(`config/prometheus/${file}`)) as RuleFile).groups.flatMap(({ rules }) => rules);
  interface RuleFile {
    readonly groups: readonly { readonly rules: readonly Record<string, string>[] }[];
  }

  /** The names of series a scrape has. */
  const shown = () =>
    new Set(
      prometheus.flatMap(({ name, type }) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );

  it.each([
    'config/prometheus/recording.rules.yml',
    'config/prometheus/alerts.rules.yml',
    'config/grafana/dtms.json',
  ])('%s asks for metrics that exist', (path) => {
    const text = path.endsWith('.json')
      ? JSON.stringify(expressionsOf(JSON.parse(read(path))))
      : JSON.stringify(rulesOf(path.split('/').at(-1) ?? '').map(({ expr }) => expr));
    const recorded = new Set(rulesOf('recording.rules.yml').map(({ record }) => record));
    const unknownRules = [...text.matchAll(RECORDED)]
      .map(([name]) => name)
      .filter((name) => !recorded.has(name));
    expect(unknownRules).toEqual([]);
    const asked = [...text.replaceAll(RECORDED, '').matchAll(METRIC)].map(([name]) => name);
    const known = shown();
    expect(asked.length).toBeGreaterThan(5);
    expect([...new Set(asked)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('is told by the guide: every metric of DTMS, with its kind, its labels and its meaning', () => {
    const rows = [
      ...read('docs/guides/observability.md').matchAll(/^\| `(dtms_\w+)` \| (\w+) \| (.*?) \| (.*?) \|$/gm),
    ];
    const told = rows.map(([, name, type, , help]) => ({ name, type, help }));
    const own = prometheus.filter(({ name }) => name.startsWith('dtms_'));
    expect(told).toEqual(own.map(({ name, type, help }) => ({ name, type, help })));
    for (const [, name = '', , labels = ''] of rows) {
      const used = new Set(family(name).samples.flatMap((sample) => Object.keys(sample.labels)));
      used.delete('le');
      if (used.size > 0) expect([...used].sort()).toEqual(labels.replaceAll('`', '').split(', ').sort());
    }
  });
});

/** Every PromQL expression of a dashboard. */
function expressionsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, inner]) =>
    (key === 'expr' || key === 'definition') && typeof inner === 'string' ? [inner] : expressionsOf(inner),
  );
}
