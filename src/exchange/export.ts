// Owns writing an export: what an installation knows of accounts, markets and trades, and its log, as of one moment.
import type pg from 'pg';
import { packageVersion } from '../package-files.js';
import { atOneMoment } from '../store/backup/back-up.js';
import { rowsOf, type SchemaTable } from '../store/backup/tables.js';
import { appliedMigrations } from '../store/migrate.js';
import { connect, disconnect, query } from '../store/pool.js';
import { writeExport } from './file.js';
import { EXPORTED, lineOf } from './lines.js';
import { wholeRows } from './whole-rows.js';

/** Returns the number of lines. @throws ExchangeError EXISTS; BackupError NOTHING; StoreUnavailableError */
export async function exportTo(path: string, url: string): Promise<number> {
  const client = await connect({ url, statementTimeoutMs: 0 }, 'export', () => undefined);
  try {
    return await atOneMoment(client, async (tables) => {
      const { rows } = await query(client, 'SELECT revision, compacted FROM log_head');
      const { revision, compacted } = rows[0];
      const migrations = [...(await appliedMigrations(client))].sort();
      const head = { program: packageVersion(), migrations, revision, compacted };
      return writeExport(path, head, linesOf(client, tables));
    });
  } finally {
    await disconnect(client);
  }
}

async function* linesOf(client: pg.Client, tables: readonly SchemaTable[]): AsyncGenerator<string> {
  for (const name of EXPORTED) {
    const table = tables.find((each) => each.name === name);
    if (table === undefined) continue;
    const columns = table.columns.map((column) => column.name);
    const rows = rowsOf(client, table);
    for await (const row of name === 'events' ? wholeRows(client, columns, rows) : rows)
      yield lineOf(name, columns, row);
  }
}
