// The CSV tables read back are what the log said.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell, unmarked } from '../../../src/domain/csv-cell.js';
import { parseTable } from '../../../src/replay/input/table.js';
import { tradesOfTable } from '../../../src/replay/trades-file.js';
import { csvMeanings, csvTables } from '../../../src/report/csv.js';
import { at, collected, course } from './events.js';

type Row = Readonly<Record<string, string>>;

const read = (text: string | undefined): Row[] => parse(text ?? '', { columns: true });

const text = (value: number | bigint | boolean | null): string => (value === null ? '' : String(value));

/** Made of what CSV itself is made of. */
const awkward = fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', 'a', ' ') });

describe('CSV', () => {
  const collector = collected([...course(7n, 'a, "b"\nc'), ...course(9n)], [7n]);
  const tables = csvTables(collector);

  it('cells of any text come back as they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), awkward, (one, other) => {
        const line = `first,second\n${csvCell(one)},${csvCell(other)}\n`;
        const [[first = '', second = ''] = []]: string[][] = parse(line, { from: 2 });
        expect([unmarked(first), unmarked(second)]).toEqual([one, other]);
      }),
    );
  });

  it.each(['=1+1', '+A1', '@SUM(A1)', '-2+3', "'=1", '\t=1', '-0.1 (-0.2 to 0.1)'])(
    '%j is marked as text, and read without the mark',
    (cell) => {
      expect(csvCell(cell)).toBe(`'${cell}`);
      expect(unmarked(`'${cell}`)).toBe(cell);
    },
  );

  it.each(['-0.45', '+3', '-', '-1e-7', "'s", 'a=b', ''])('%j is no formula', (cell) => {
    expect(csvCell(cell)).toBe(cell);
    expect(unmarked(cell)).toBe(cell);
  });

  it('a file of trades is read without the marks', () => {
    const head = ['ticket', 'symbol', 'direction', 'entry_time', 'entry_price', 'volume', 'stop_loss'];
    const row = ['1', '@ES', 'BUY', '2025-01-20T00:00:00Z', '100', '1', '95'];
    const file = [head, row].map((cells) => cells.map(csvCell).join(',')).join('\n');
    expect(file).toContain("'@ES");
    const { trades } = tradesOfTable(parseTable('trades.csv', file), '@ES', 'stop');
    expect(trades).toMatchObject([{ ticket: 1n, symbol: '@ES', stopLoss: 95 }]);
  });

  it('say what each of their columns means', () => {
    const headers = Object.entries(tables).map(([file, content]) => [
      file,
      content.split('\n')[0]?.split(','),
    ]);
    const told = Object.entries(csvMeanings()).map(([file, columns]) => [
      file,
      columns.map(([name]) => name),
    ]);
    expect(told).toEqual(headers);
    const meanings = Object.values(csvMeanings()).flatMap((columns) => columns.map(([, meaning]) => meaning));
    expect(meanings.filter((meaning) => meaning === '')).toEqual([]);
  });

  it('actions.csv has every step of every action', () => {
    const rows = read(tables['actions.csv']);
    expect(rows.map((row) => [row.ticket, row.time_utc, row.action_id, row.type, row.status])).toEqual(
      collector.actions.map((row) => [
        text(row.ticket),
        new Date(row.at).toISOString(),
        row.actionId,
        row.type,
        row.status,
      ]),
    );
    expect(rows.map((row) => [row.stop_loss, row.volume, row.code, row.reason, row.note, row.by])).toEqual(
      collector.actions.map((row) => [
        text(row.stopLoss),
        text(row.volume),
        text(row.code),
        row.reason,
        row.note,
        row.by,
      ]),
    );
  });

  it('transitions.csv has every transition', () => {
    const rows = read(tables['transitions.csv']);
    expect(rows.map((row) => [row.ticket, row.from, row.to, row.cause, row.score, row.price])).toEqual(
      collector.transitions.map((row) => [
        text(row.ticket),
        row.from,
        row.to,
        row.cause,
        text(row.score),
        text(row.price),
      ]),
    );
  });

  it('trades.csv has a row per trade, with a label of any text, and no result where none is known', () => {
    expect(read(tables['trades.csv'])).toMatchObject([
      {
        ticket: '7',
        label: 'a, "b"\nc',
        with_dtms_r: '-0.45',
        without_dtms_r: '-1',
        closed_at: at(5).toISOString(),
      },
      { ticket: '9', label: '', with_dtms_r: '', without_dtms_r: '' },
    ]);
  });

  it('equity.csv has a row per bar, at its close', () => {
    const rows = read(tables['equity.csv']);
    expect(rows).toHaveLength(7);
    expect(rows[2]).toEqual({
      time_utc: at(3).toISOString(),
      with_dtms_r: '-0.2',
      without_dtms_r: '-0.4',
      difference_r: '0.2',
    });
  });

  it('evaluations.csv leaves a signal that is unavailable empty', () => {
    expect(read(tables['evaluations.csv'])).toMatchObject([
      {
        direction: 'BUY',
        score: '-3.5',
        structure: '-3',
        vwap_volume: '0',
        ema_alignment: '',
        delta_pressure: '',
      },
    ]);
  });
});
