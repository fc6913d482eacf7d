// Owns writing a report: report.html and the CSV tables behind it, into one folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplaySummary } from '../replay/summary.js';
import { certaintyHtml } from './certainty.js';
import type { ReportCollector } from './collector.js';
import { csvTables } from './csv.js';
import { reportPage } from './page.js';
import { pageData, type RunFacts } from './page-data.js';

/** Makes the folder where it is missing and replaces the report that is in it. Returns the page's path. */
export function writeReport(
  folder: string,
  collector: ReportCollector,
  summary: ReplaySummary,
  run: RunFacts,
): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(csvTables(collector))) writeFileSync(join(folder, name), text);
  const page = join(folder, 'report.html');
  writeFileSync(page, reportPage(pageData(collector, summary, run), certaintyHtml(collector)));
  return page;
}
