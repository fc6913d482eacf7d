// Owns a replay's summary for people.

import { fixed } from '../domain/number-text.js';
import type { DifferenceEstimate } from '../replay/difference.js';
import type { ReplaySummary } from '../replay/summary.js';
import { numberText, tableText } from './output.js';

function counted(counts: Readonly<Record<string, number>>): string[][] {
  return Object.entries(counts).map(([name, count]) => [name, String(count)]);
}

/** A signal that was never available is told so: its part of the score was missing. */
function shareRow([signal, share]: readonly [string, number]): string[] {
  return [signal, share === 0 ? 'never' : `${fixed(share * 100, 1)}%`];
}

/** A difference with its interval, as far as that is known. */
function estimateText(estimate: DifferenceEstimate | undefined): string {
  if (estimate === undefined) return '';
  const { value, low, high } = estimate;
  if (low === null || high === null) return `${fixed(value, 3)}, how sure is not known`;
  return `${fixed(value, 3)}, ${fixed(low, 3)} to ${fixed(high, 3)}`;
}

/** Everything the summary file has, as tables. */
export function summaryText(summary: ReplaySummary): string {
  const { with_dtms: withDtms, without_dtms: without, difference } = summary.result;
  const row = (name: string, key: keyof typeof withDtms) => [
    name,
    numberText(withDtms[key], 3),
    numberText(without[key], 3),
  ];
  return [
    tableText(
      ['replay', ''],
      [
        ['bars', String(summary.bars)],
        ['skipped rows', String(summary.skipped_rows)],
        ['trades', String(summary.trades)],
        ['evaluations', String(summary.evaluations)],
      ],
    ),
    ...(summary.signals === null
      ? []
      : [tableText(['signal', 'available'], Object.entries(summary.signals).map(shareRow))]),
    tableText(['transition', 'count'], counted(summary.transitions)),
    tableText(['planned action', 'count'], counted(summary.actions)),
    tableText(['action ended', 'count'], counted(summary.action_ends)),
    tableText(
      ["the broker's books", ''],
      [
        ['actions carried out', String(summary.broker.executed)],
        ['carried out twice', String(summary.broker.executed_twice)],
        ['stops loosened', String(summary.broker.stops_loosened)],
        ['positions open', String(summary.broker.open_positions)],
        ...counted(summary.broker.faults).map(([fault = '', count = '']) => [`fault ${fault}`, count]),
      ],
    ),
    tableText(['final state', 'trades'], counted(summary.final_states)),
    tableText(
      ['result in R', 'with DTMS', 'without', 'difference, 95%'],
      [
        [...row('mean', 'mean_r'), estimateText(difference?.mean_r)],
        [...row('worst 5%', 'worst_5pct_r'), estimateText(difference?.worst_5pct_r)],
        [...row('max drawdown', 'max_drawdown_r'), ''],
      ],
    ),
    `log sha256 ${summary.log_sha256}`,
    `${fixed(summary.elapsed_ms / 1000, 2)} s`,
  ].join('\n');
}
