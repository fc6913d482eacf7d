// A file of comma-separated values: what is written is read again, and no cell is a formula.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unmarked } from '../../../src/domain/csv-cell.js';
import { csvText } from '../../../src/http/dashboard/ui/csv.js';

const COLUMNS = [
  { name: 'text', cell: ({ text }: { text: string; value: number | undefined }) => text },
  { name: 'value', cell: ({ value }: { text: string; value: number | undefined }) => value },
];

test('another program reads the same, but for the apostrophe before what looks like a formula', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('a,b', 'say "no"', 'two\r\nlines', '=1+1', '@x', '-5', "'+", "''=1", "'a"),
  );
  const row = fc.record({
    text,
    value: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const read: string[][] = parse(csvText(COLUMNS, rows), { relax_column_count: true });
      expect(read[0]).toEqual(['text', 'value']);
      for (const [index, { text: said, value }] of rows.entries()) {
        const [cell = '', number = ''] = read[index + 1] ?? [];
        expect(unmarked(cell)).toBe(said);
        if (!/^(?:-|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i.test(cell)) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
        expect(number === '' ? undefined : Number(number)).toEqual(
          value === undefined ? undefined : value + 0,
        );
      }
    }),
  );
});
