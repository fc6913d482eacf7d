// The client's documentation against the client: the reference page and the guide's code.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';

const root = packageRoot();

test('the reference page is what the built declarations make', async () => {
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'client-reference.mjs'), '--check']);
});

test('every export of the client, of bridges and of testing is in the reference page', async () => {
  const page = readFileSync(join(root, 'docs', 'reference', 'client.md'), 'utf8');
  const [client, bridge, testing] = await Promise.all([
    import('../../../src/client/index.js'),
    import('../../../src/bridge/index.js'),
    import('../../../src/testing/index.js'),
  ]);
  // Stubs and codecs of the messages are told of as a whole.
  const generated = /Service$|ServiceDefinition$|ServiceClient$|ToJSON$|FromJSON$|^protobufPackage$/;
  const names = [client, bridge, testing]
    .flatMap((each) => Object.entries(each))
    .filter(([name, value]) => !generated.test(name) && !isCodec(value))
    .map(([name]) => name);
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});

/** Of a message: generated, and told of as a whole. */
function isCodec(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'fromPartial' in value;
}

test('the code of the guide is a part of an example that is compiled and run', () => {
  const guide = readFileSync(join(root, 'docs', 'guides', 'typescript-client.md'), 'utf8');
  const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code.trimEnd());
  const examples = ['register', 'watch', 'exit-manager', 'test-a-program', 'options', 'bridge'].map((name) =>
    readFileSync(join(root, 'docs', 'examples', 'typescript', `${name}.ts`), 'utf8'),
  );
  expect(blocks.length).toBeGreaterThan(4);
  expect(blocks.filter((block) => !examples.some((example) => example.includes(block)))).toEqual([]);
});
