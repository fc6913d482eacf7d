// The CSV tables read back are what the log said.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell, csvMeanings, csvTables } from '../../../src/report/csv.js';
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
        expect(parse(line, { columns: true })).toEqual([{ first: one, second: other }]);
      }),
    );
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
