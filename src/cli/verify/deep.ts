// Owns `dtms verify --deep`: whether what the database holds fits together, without a server.
import { type Where, withDatabase } from '../database.js';
import { CommandError } from '../exit.js';
import { jsonText, print, remark, tableText } from '../output.js';

/** @throws CommandError when something does not fit. */
export async function verifyDeep(options: Where): Promise<void> {
  const { checkDatabase } = await import('../../integrity/database.js');
  const checks = await withDatabase(options, ({ ownerUrl }) => checkDatabase(ownerUrl));
  const failed = checks.filter(({ faults }) => faults > 0);
  if (options.json) print(jsonText({ ok: failed.length === 0, checks }));
  else {
    print(
      tableText(
        ['check', '', 'looked at', 'faults'],
        checks.map(({ name, checked, faults }) => [
          name,
          faults === 0 ? 'ok' : 'fail',
          String(checked),
          faults === 0 ? '' : String(faults),
        ]),
      ),
    );
    for (const { name, examples, faults } of failed) {
      for (const example of examples) remark(`${name}: ${example}`);
      if (faults > examples.length) remark(`${name}: and ${faults - examples.length} more`);
    }
  }
  if (failed.length > 0)
    throw new CommandError(
      `${failed.length} of ${checks.length} checks failed: ${failed.map(({ name }) => name).join(', ')}`,
    );
}
