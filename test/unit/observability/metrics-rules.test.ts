// The rules as they are written; what they do is tested by promtool (npm run check:rules).
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it, test } from 'vitest';

interface Alert {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook', string>>;
}
interface Tests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly object[];
    }[];
  }[];
}

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const { groups } = load(read('config/prometheus/alerts.rules.yml')) as {
  groups: readonly { readonly rules: readonly Alert[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules);
const { tests } = load(read('config/prometheus/tests/rules.test.yml')) as Tests;
const expectations = tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test);
const sections = read('docs/guides/runbook.md')
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ title: text.split('\n')[0], text: text.slice(text.indexOf('\n')).trim() }));

describe.each(alerts.map((alert) => [alert.alert, alert] as const))('%s', (name, alert) => {
  it('says what it is, and leads to what to do', () => {
    const { summary, description, runbook } = alert.annotations;
    expect(summary.length).toBeGreaterThan(10);
    expect(description.length).toBeGreaterThan(summary.length / 2);
    expect(['page', 'ticket']).toContain(alert.labels.severity);
    expect(runbook).toBe(`docs/guides/runbook.md#${name.toLowerCase()}`);
    const section = sections.find(({ title }) => title === name);
    // What it means, and at least one thing to do.
    expect(section?.text).toMatch(/^\w[\s\S]{20,}\n- /);
  });

  it('sounds in one test and is silent in another', () => {
    const own = expectations.filter(({ alertname }) => alertname === name);
    expect(own.some(({ exp_alerts = [] }) => exp_alerts.length > 0)).toBe(true);
    expect(own.some(({ exp_alerts = [] }) => exp_alerts.length === 0)).toBe(true);
  });
});

test('the runbook has a section for each alert, in their order, and for nothing else', () => {
  expect(sections.map(({ title }) => title)).toEqual(alerts.map(({ alert }) => alert));
});

describe('the dashboard', () => {
  const dashboard = JSON.parse(read('config/grafana/dtms.json')) as {
    readonly uid: string;
    readonly panels: readonly Panel[];
    readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  };
  interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly datasource?: { readonly uid: string };
    readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
    readonly targets?: readonly { readonly datasource: { readonly uid: string } }[];
  }
  const { panels } = dashboard;

  it('lets its reader choose the data source, everywhere', () => {
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    const shown = panels.filter(({ type }) => type !== 'row');
    const uids = shown.flatMap(({ datasource, targets = [] }) => [
      datasource?.uid,
      ...targets.map((target) => target.datasource.uid),
    ]);
    expect(new Set(uids)).toEqual(new Set(['$' + '{datasource}']));
    expect(shown.every(({ description = '' }) => description !== '')).toBe(true);
  });

  it('has panels of its own names and places', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}:${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});
