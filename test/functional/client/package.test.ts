// The package as others install it: packed, unpacked in an empty project that has its dependencies and
// nothing else, and used from ESM, CommonJS and TypeScript.
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';
import { startService, type TestService } from '../../support/app.js';

const root = packageRoot();
let project: string;
let service: TestService;

/** What a program prints; it must end well. The service runs in this process, so nothing may block it. */
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args], { cwd });
  return stdout;
}

beforeAll(async () => {
  service = await startService();
  project = mkdtempSync(join(tmpdir(), 'dtms-consumer-'));
  // It was built before the tests; they all use what that made.
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project], root);
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz')) ?? '';
  const modules = join(project, 'node_modules');
  mkdirSync(modules);
  await run('tar', ['-xzf', join(project, tarball), '-C', modules], project);
  await run('mv', [join(modules, 'package'), join(modules, 'dtms')], project);
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dependencies = Object.keys(Reflect.get(Object(manifest), 'dependencies'));
  // Types of Node come with every TypeScript project.
  for (const name of [...dependencies, '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
});

afterAll(async () => {
  await service.end();
  rmSync(project, { recursive: true, force: true });
});

const USE = `
const client = new DtmsClient({ address: process.argv[2] ?? '' });
client.getStatus({}).then(({ version }) => {
  console.log(version, typeof startTestServer, ErrorReason[ErrorReason.TRADE_NOT_FOUND]);
  client.close();
});
`;
const EXPECTED = /^\d+\.\d+\.\d+ function TRADE_NOT_FOUND\n$/;

test('works from ESM', async () => {
  const script = join(project, 'use.mjs');
  const imports = `import { DtmsClient, ErrorReason } from 'dtms/client';
import { startTestServer } from 'dtms/testing';`;
  writeFileSync(script, imports + USE);
  expect(await run(process.execPath, [script, service.address], project)).toMatch(EXPECTED);
});

test('works from CommonJS', async () => {
  const script = join(project, 'use.cjs');
  const imports = `const { DtmsClient, ErrorReason } = require('dtms/client');
const { startTestServer } = require('dtms/testing');`;
  writeFileSync(script, imports + USE);
  expect(await run(process.execPath, [script, service.address], project)).toMatch(EXPECTED);
});

test('has types that hold in ESM and in CommonJS, and nothing else is exported', async () => {
  const source = `import { DtmsClient, type GetTradeResponse } from 'dtms/client';
import { runBridge, type Terminal } from 'dtms/bridge';
import { type TestServer, startTestServer } from 'dtms/testing';
const client = new DtmsClient({ address: 'localhost:1' });
export const answer: Promise<GetTradeResponse> = client.getTrade({ account: 'demo', ticket: '42' });
export const server: Promise<TestServer> = startTestServer();
export const bridge = (terminal: Terminal, signal: AbortSignal): Promise<void> =>
  runBridge(client, terminal, { account: 'demo', bridgeId: 'b1', signal });
// @ts-expect-error a ticket is no boolean
void client.getTrade({ account: 'demo', ticket: true });
// @ts-expect-error not a part of the package's interface
void import('dtms/dist/src/app.js');
`;
  writeFileSync(join(project, 'use.mts'), source);
  writeFileSync(join(project, 'use.cts'), source);
  const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
  await run(join(root, 'node_modules', '.bin', 'tsc'), [...options, 'use.mts', 'use.cts'], project);
});

test('contains what it needs and none of its tests, benchmarks or sources', () => {
  const folder = join(project, 'node_modules', 'dtms');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  expect(files).toEqual(
    expect.arrayContaining([join('gen', 'descriptor.binpb'), join('dist', 'src', 'cli.js')]),
  );
  expect(files.filter((name) => /(^|[\\/])(test|bench)[\\/]|\.map$|tsbuildinfo$/.test(name))).toEqual([]);
});
