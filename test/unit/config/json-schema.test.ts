// The JSON Schema for editors says of a setting what the server says of it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../src/config/config.js';
import { configSchema } from '../../../src/config/json-schema.js';
import { leaves, treeOf } from '../../../src/config/origins.js';
import { runs } from '../../support/properties.js';

const defaults: unknown = JSON.parse(readFileSync('config/dtms_config.json', 'utf8'));
const accepts = new Ajv2020({ strict: false }).compile(configSchema());

test('the defaults and the profiles are right by it', () => {
  for (const name of ['dtms_config', 'development', 'staging', 'production'])
    expect(accepts(JSON.parse(readFileSync(`config/${name}.json`, 'utf8'))), name).toBe(true);
});

/** What settings must hold together is beyond a schema. */
const TOGETHER =
  /must not be above|must be below|both or none|must be given where|only with|at most 60000|from 1 to maximumLeaseMs/;
/** So is the form of a text, and whether there is a file of that name. */
const FORMS = /(url|endpoint|account|sunset|allowedOrigins|clientScopes|notices.plan|flags.file)$/i;

test('it refuses what the server refuses, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-schema-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const own = join(folder, 'own.json');
  const settings = leaves(defaults).filter(([path]) => !FORMS.test(path));
  const values = fc.oneof(
    fc.constantFrom<unknown>(
      -1,
      0,
      0.5,
      1,
      1.5,
      70_000,
      10 ** 12,
      true,
      'auto',
      'off',
      'x',
      '',
      [],
      [1, 2],
      {},
    ),
    fc.constantFrom(...settings.map(([, value]) => value)),
  );
  const misspelt = fc.constantFrom('', '', '', 'x');
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...settings), values, misspelt, ([path], value, more) => {
      const content = treeOf(`${path}${more}`, value);
      writeFileSync(own, JSON.stringify(content));
      const { problems } = readConfig({ env: {}, file: own });
      const clear = problems.filter((problem) => !TOGETHER.test(problem));
      if (clear.length > 0) refused += 1;
      expect(accepts(content), `${JSON.stringify(content)}: ${problems.join('; ')}`).toBe(clear.length === 0);
    }),
    { numRuns: runs(80) },
  );
  expect(refused).toBeGreaterThan(10);
});
