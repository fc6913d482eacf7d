// Owns the page itself: the template with style, scripts and data put in, so that one file works offline.
import { readFileSync } from 'node:fs';
import { csvMeanings } from './csv.js';
import type { PageData } from './page-data.js';

/** In order: each script uses only what stands before it. */
export const SCRIPTS = [
  'format.js',
  'data.js',
  'draw.js',
  'headline.js',
  'equity.js',
  'flows.js',
  'trades.js',
  'price.js',
  'score.js',
  'reading.js',
  'panel.js',
  'main.js',
] as const;

const STYLES = [
  'base.css',
  'layout.css',
  'charts.css',
  'states.css',
  'trades.css',
  'study.css',
  'adapt.css',
] as const;

/** Style sheets of the report in one text, in the order given. */
export function styleSheets(names: readonly string[]): string {
  return names.map(asset).join('\n');
}

function asset(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
}

/** The scripts as one module: what they import of each other is in the same scope. */
export function pageScript(): string {
  return SCRIPTS.map((name) =>
    asset(name)
      .replaceAll(/^import [^;]*;\n/gm, '')
      .replaceAll(/^export (?=const|function|class)/gm, ''),
  ).join('\n');
}

/** Text as HTML text or attribute value. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** JSON that can stand inside a script element: no text in it can end or open one. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** The tables and their columns as a list of terms for each. */
function tablesHtml(): string {
  return Object.entries(csvMeanings())
    .map(([file, columns]) => {
      const terms = columns.map(
        ([name, meaning]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(meaning)}</dd>`,
      );
      return `<h3>${escapeHtml(file)}</h3>\n<dl class="columns">${terms.join('')}</dl>`;
    })
    .join('\n');
}

/** The whole page as HTML; `certainty` is a section of it as HTML. */
export function reportPage(data: PageData, certainty: string): string {
  const parts: Readonly<Record<string, string>> = {
    title: escapeHtml(`${data.run.symbol} ${data.run.timeframe} replay`),
    style: `<style>\n${styleSheets(STYLES)}</style>`,
    certainty,
    tables: tablesHtml(),
    data: `<script id="data" type="application/json">${scriptJson(data)}</script>`,
    script: `<script type="module">\n${pageScript()}</script>`,
  };
  return asset('template.html').replaceAll(/<!-- (\w+) -->/g, (_, name: string) => parts[name] ?? '');
}
