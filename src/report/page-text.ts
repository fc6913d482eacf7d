// Owns the pieces that pages of results are made of: tables, figures with their intervals, and intervals as pictures. No text that is
// put in is read as markup.

import { fixed, signed as withSign } from '../domain/number-text.js';
import type { Estimate } from '../statistics/intervals.js';
import { escapeHtml } from './page.js';

/** HTML, as against text that is to be escaped. */
export interface Html {
  readonly html: string;
}
export type PageCell = string | Html;

export function htmlOf(cell: PageCell): string {
  return typeof cell === 'string' ? escapeHtml(cell) : cell.html;
}

/** A table in a box that scrolls sideways; the first cell of each row names it. */
export function tableHtml(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly PageCell[])[],
): string {
  const heads = head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const body = rows
    .map(([first = '', ...rest]) => {
      const cells = rest.map((cell) => `<td>${htmlOf(cell)}</td>`).join('');
      return `<tr><th scope="row">${htmlOf(first)}</th>${cells}</tr>`;
    })
    .join('\n');
  return `<div class="scroller" tabindex="0" role="region" aria-label="${escapeHtml(caption)}"><table class="study-table"><caption>${escapeHtml(caption)}</caption><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** With a true minus sign, and a sign before all but zero. */
export function signed(value: number, digits = 3): string {
  return withSign(value, digits).replace('-', '−');
}

export function plain(value: number, digits = 3): string {
  return fixed(value, digits).replace('-', '−');
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** A figure, and its interval below it. */
export function estimateHtml(estimate: Estimate, text: (value: number) => string = signed): Html {
  const { value, low, high } = estimate;
  if (!Number.isFinite(value)) return { html: 'not known' };
  const isKnown = Number.isFinite(low) && Number.isFinite(high);
  const range = isKnown ? `${text(low)} to ${text(high)}` : 'not known';
  return { html: `${escapeHtml(text(value))}<span class="range">${escapeHtml(range)}</span>` };
}

/** A name of ours for people: NEW_YORK becomes "new york". */
export function words(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ');
}

const WIDTH = 120;
const MIDDLE = 8;

/** An interval drawn about 0 on a scale that reaches `most` either way. */
export function intervalHtml({ value, low, high }: Estimate, most: number): Html {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { html: '' };
  const place = (at: number) => {
    const within = Math.max(-most, Math.min(most, at));
    return (((within + most) / (2 * most || 1)) * (WIDTH - 8) + 4).toFixed(1);
  };
  const kind = low > 0 ? ' gain' : high < 0 ? ' cost' : '';
  const label = escapeHtml(`${signed(value)}, ${signed(low)} to ${signed(high)}`);
  return {
    html: `<svg class="interval" viewBox="0 0 ${WIDTH} 16" role="img" aria-label="${label}"><line class="none" x1="${place(0)}" x2="${place(0)}" y1="0" y2="16"/><line class="span${kind}" x1="${place(low)}" x2="${place(high)}" y1="${MIDDLE}" y2="${MIDDLE}"/><circle cx="${place(value)}" cy="${MIDDLE}" r="3"/></svg>`,
  };
}
