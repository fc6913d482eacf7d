// The page: whole in one file, nothing from the data read as markup, and the script reads what was written.
import { Script } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { escapeHtml, pageScript, reportPage, scriptJson } from '../../../src/report/page.js';
import { type PageData, pageData } from '../../../src/report/page-data.js';
import { assets, type ReadRun } from './assets.js';
import { at, BAR_MS, collected, course, FACTS, summaryOf, T0 } from './events.js';

const EVIL = '</script><script>alert("owned")</script><!--';
const seconds = (bars: number) => at(bars).getTime() / 1000;

let page: Awaited<ReturnType<typeof assets>>;
beforeAll(async () => {
  page = await assets();
});

const dataOf = (label = '', note = 'note') =>
  pageData(collected(course(7n, label, note), [7n]), summaryOf(-0.45, -1), FACTS);

/** The JSON that the page carries. */
function inlined(html: string): string {
  return /<script id="data" type="application\/json">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
}

/** Without its section on how sure the difference is. */
const pageOf = (data: PageData): string => reportPage(data, '');

describe('text from the data', () => {
  it('cannot end the data, open a script or a comment, and comes back unchanged', () => {
    const html = pageOf(dataOf(EVIL, EVIL));
    expect(html.match(/<script\b/gi)).toHaveLength(2);
    expect(html.match(/<\/script/gi)).toHaveLength(2);
    expect(html).not.toContain('alert("owned")</');
    const [trade] = page.readRun(inlined(html)).trades;
    expect(trade?.label).toBe(EVIL);
    expect(trade?.actions.map(({ note }) => note)).toContain(EVIL);
  });

  it('that looks like a place of the template or a replacement pattern is left as it is', () => {
    const label = '<!-- script --> $& $1 \u2028';
    expect(page.readRun(inlined(pageOf(dataOf(label)))).trades[0]?.label).toBe(label);
  });

  it('in the title is text', () => {
    const html = pageOf({ ...dataOf(), run: { ...FACTS, symbol: '<b>&"X' } });
    expect(html).toContain('<title>&lt;b&gt;&amp;&quot;X M15 replay</title>');
    expect(escapeHtml(`'`)).toBe('&#39;');
  });

  it('as JSON in a script holds no angle bracket', () => {
    expect(scriptJson(['<', '\u2028', '\u2029'])).not.toMatch(/[<\u2028\u2029]/);
    expect(JSON.parse(scriptJson([EVIL]))).toEqual([EVIL]);
  });

  it('never reaches the document as markup', () => {
    expect(pageScript()).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/);
  });
});

describe('the page', () => {
  it('asks nothing of a network', () => {
    const html = pageOf(dataOf()).replaceAll('http://www.w3.org/2000/svg', '');
    expect(html).not.toMatch(/https?:|\burl\(|@import|\bsrc=|<link|\bfetch\(/);
    expect(html).toContain("default-src 'none'");
  });

  it('says what the tables beside it hold', () => {
    const html = pageOf(dataOf());
    for (const file of ['equity', 'trades', 'transitions', 'actions', 'evaluations']) {
      expect(html).toContain(`<h3>${file}.csv</h3>`);
    }
  });

  it('has one script whose parts share a scope without a clash', () => {
    const script = pageScript();
    expect(script).not.toMatch(/^(import|export)\b/m);
    const names = [...script.matchAll(/^(?:const|let|function|class) (\w+)/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(() => new Script(`'use strict'; (() => {${script}})`)).not.toThrow();
  });
});

describe('what the script reads', () => {
  let run: ReadRun;
  beforeAll(() => {
    run = page.readRun(inlined(pageOf(dataOf('breakout'))));
  });

  it('is the run as it was', () => {
    expect(run.summary).toEqual(summaryOf(-0.45, -1));
    expect([...run.bars.close]).toEqual([100, 99, 98, 97, 96, 95, 94]);
    expect(run.equity.withDtms.at(-1)).toBeCloseTo(-0.6, 9);
    expect(run.runEnd).toBe((T0 + 7 * BAR_MS) / 1000);
  });

  it('has a trade with its states over time', () => {
    expect(run.trades[0]?.spans).toEqual([
      { state: 'HEALTHY', from: seconds(0), to: seconds(2) },
      { state: 'WARNING_L1', from: seconds(2), to: seconds(5) },
    ]);
    expect(run.trades[0]).toMatchObject({ state: 'CLOSED', closedFrom: 'WARNING_L1', reason: 'STOP_LOSS' });
    expect(run.trades[0]?.difference).toBeCloseTo(0.55, 9);
  });

  it('numbers the steps of one action alike, and suppressed plans not at all', () => {
    expect(run.trades[0]?.actions.map(({ id, status }) => [id, status])).toEqual([
      [0, 'PENDING'],
      [-1, 'SUPPRESSED'],
      [0, 'DONE'],
    ]);
  });

  it('has the stop as it was in force, and a window around the trade', () => {
    const [trade] = run.trades;
    if (trade === undefined) throw new Error('no trade');
    expect(page.stopsOf(trade)).toEqual([
      [seconds(0), 90],
      [seconds(3), 95.5],
    ]);
    const view = page.windowOf(run, trade);
    expect([view.first, view.last]).toEqual([0, 6]);
    expect([seconds(0), seconds(2.5), seconds(7)].map(view.barsAt)).toEqual([0, 2.5, 7]);
  });

  it('shows a trade that is still open until the end of the run', () => {
    const open = page.readRun(
      JSON.stringify(pageData(collected(course(7n).slice(0, 2), []), summaryOf(0, 0), FACTS)),
    );
    expect(open.trades[0]?.spans.at(-1)).toEqual({ state: 'WARNING_L1', from: seconds(2), to: run.runEnd });
    expect(open.trades[0]?.difference).toBeNull();
  });
});

describe('the verdict', () => {
  /** A run whose trades differ by these, with the mean they have. */
  function verdict(differences: readonly number[], half: number | null): string {
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    const run = page.readRun(JSON.stringify({ ...dataOf(), summary: summaryOf(mean, 0, half) }));
    const [trade] = run.trades;
    if (trade === undefined) throw new Error('no trade');
    return page
      .verdict({ ...run, trades: differences.map((difference) => ({ ...trade, difference })) })
      .join(' ');
  }

  it.each([
    [
      [-0.12, -0.12, -0.12],
      0.1,
      /^DTMS cost 0\.12 R per trade here 0 trades ended better with it, 3 worse, 0 the same\.$/,
    ],
    [[0.3, 0.32, 0.34], 0.3, /^DTMS gained 0\.32 R per trade here /],
    [
      [1, -0.9],
      0.06,
      /^DTMS gained 0\.050 R per trade here, which may be chance .* −0\.010 R to \+0\.110 R, over 26 weeks: it proves nothing\.$/,
    ],
    [[1, -0.9], null, /which may be chance .* cannot be told from so few days: it proves nothing\.$/],
    [[0, 0], 0, /^DTMS neither cost nor gained here /],
  ])('of differences %j, give or take %d', (differences, half, text) => {
    expect(verdict(differences, half)).toMatch(text);
  });

  it('says so when there is nothing to compare', () => {
    const none = { mean_r: null, worst_5pct_r: null, max_drawdown_r: null };
    const run = page.readRun(JSON.stringify(dataOf()));
    const summary = { ...run.summary, result: { with_dtms: none, without_dtms: none, difference: null } };
    expect(page.verdict({ ...run, summary })[0]).toBe('Nothing to compare');
  });
});

describe('numbers and names', () => {
  it('have a true minus sign, and none before a zero', () => {
    expect([page.fixed(-0.001, 2), page.fixed(-1.5, 1), page.signed(2, 0), page.signed(0.001, 2)]).toEqual([
      '0.00',
      '−1.5',
      '+2',
      '0.00',
    ]);
    expect(['MOVE_SL_BREAKEVEN', 'WARNING_L1', 'VWAP_VOLUME'].map(page.words)).toEqual([
      'Move SL breakeven',
      'Warning L1',
      'VWAP volume',
    ]);
  });
});
