// Owns rows of the log whose events are whole, whatever they were stored without.
import type pg from 'pg';
import type { BackupRow } from '../store/backup/file.js';
import { WholeEvents } from '../store/whole-events.js';
import { bytesOf, textOf } from './lines.js';

/** Events that are remembered: those after them may be without what they have. */
const MOST = 2000;

/** @param rows - of events, in the order of their revisions */
export async function* wholeRows(
  on: pg.ClientBase,
  columns: readonly string[],
  rows: AsyncIterable<BackupRow>,
): AsyncGenerator<BackupRow> {
  const [revisionAt, payloadAt] = [columns.indexOf('revision'), columns.indexOf('payload')];
  const events = new WholeEvents(MOST);
  for await (const row of rows) {
    const event = { revision: Number(row[revisionAt]), payload: bytesOf(row[payloadAt] ?? '') };
    await events.need(on, [event]);
    const payload = textOf(Buffer.from(events.payloadOf(event)));
    yield row.map((text, index) => (index === payloadAt ? payload : text));
  }
}
