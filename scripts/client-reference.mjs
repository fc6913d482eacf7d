// Makes docs/reference/client.md from the built declarations of `dtms/client`, `dtms/bridge` and `dtms/testing`: every
// export with its docstring. With --check it changes nothing and fails when the page is not what it would
// make. What the generated messages mean is in proto/, so they are named with a link only.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './tools.mjs';

/**
 * @typedef {object} Declaration
 * @property {string} kind
 * @property {string} name
 * @property {string} text
 * @property {string} doc
 */

const dist = join(root, 'dist', 'src');
const page = join(root, 'docs', 'reference', 'client.md');

const INTRODUCTION = `# Reference: dtms/client, dtms/bridge and dtms/testing

Made from the docstrings by \`npm run reference\`; the [guide](../guides/typescript-client.md) shows how to
use it. Messages, enums and raw stubs are generated from [proto](../../proto/dtms/v1): int64 is bigint,
timestamps are Date, a oneof is \`{ $case, value }\`.
`;

/**
 * A declaration file as statements: text, name, and the docstring before it.
 *
 * @param {string} file
 */
function declarations(file) {
  const text = readFileSync(file, 'utf8');
  /** @type {Map<string, Declaration>} */
  const found = new Map();
  const start =
    /^(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export (?:declare )?(?:abstract )?(class|interface|type|function|const|enum) (\w+)/gm;
  for (const match of text.matchAll(start)) {
    const [, comment, kind = '', name = ''] = match;
    const body = text.slice(match.index + (comment ?? '').length);
    // A message is an interface, and after it a constant of the same name.
    if (found.has(name)) continue;
    found.set(name, { kind, name, text: statement(body), doc: prose(comment) });
  }
  return found;
}

/**
 * A statement: to the line that closes it.
 *
 * @param {string} text
 */
function statement(text) {
  const lines = text.split('\n');
  let depth = 0;
  const taken = [];
  for (const line of lines) {
    taken.push(line);
    const code = line.replace(/\/\*\*.*?\*\/|\/\/.*|'[^']*'/g, '').replace(/^\s*(\/\*\*|\*).*$/, '');
    for (const sign of code) depth += '{(['.includes(sign) ? 1 : '})]'.includes(sign) ? -1 : 0;
    if (depth === 0 && /[;}]\s*$/.test(code)) break;
  }
  return taken.join('\n');
}

/** A docstring without its stars. */
function prose(comment = '') {
  return comment
    .replace(/^\/\*\*|\*\/\s*$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/**
 * The methods that DtmsClient is made with, as the members they are.
 *
 * @param {Readonly<Record<string, unknown>>} client what dtms/client exports
 */
function methodsOf(client) {
  const definitions = Object.entries(client).filter(([name]) => name.endsWith('ServiceDefinition'));
  const methods = definitions.flatMap(([, definition]) => Object.entries(Object(definition).methods));
  return methods
    .filter(([, { requestStream, responseStream }]) => !requestStream && !responseStream)
    .map(([key, { name }]) => `    readonly ${key}: Unary<${name}Request, ${name}Response>;`);
}

/**
 * A declaration as a reader wants it: no `export declare`, no private parts, no base that is not exported.
 *
 * @param {string} text
 */
function shown(text) {
  return text
    .replace(/^export (declare )?/, '')
    .replace(' extends ServiceMethods {', () => ` {\n${METHODS.join('\n')}`)
    .split('\n')
    .filter((line) => !/^\s*(#private;|private )/.test(line))
    .join('\n');
}

/**
 * What an index file exports: names by file, and files of which everything is exported.
 *
 * @param {string} index
 */
function exportsOf(index) {
  const text = readFileSync(index, 'utf8');
  const named = [];
  for (const [, list = '', from = ''] of text.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)) {
    const names = list.split(',').map((name) => name.replace('type ', '').trim());
    named.push({ from, names: names.filter((name) => name !== '') });
  }
  const whole = [...text.matchAll(/export \* from '([^']+)'/g)].map(([, from = '']) => from);
  return { named, whole };
}

/** @param {string} index @param {string} from */
function declarationFile(index, from) {
  return join(dirname(index), from.replace(/\.js$/, '.d.ts'));
}

/** @param {string} title @param {string} index */
function section(title, index) {
  const { named, whole } = exportsOf(index);
  const parts = [`## ${title}`];
  const entries = named.flatMap(({ from, names }) => {
    const known = declarations(declarationFile(index, from));
    return names.map((name) => {
      const entry = known.get(name);
      if (entry === undefined) throw new Error(`${name} is not declared in ${from}`);
      if (entry.doc === '') throw new Error(`${name} (${from}) has no docstring`);
      return entry;
    });
  });
  for (const { name, doc, text } of entries.sort((a, b) => a.name.localeCompare(b.name, 'en'))) {
    parts.push(`### ${name}`, doc, `\`\`\`ts\n${shown(text)}\n\`\`\``);
  }
  if (whole.length > 0) parts.push('### Messages', ...whole.map((from) => messages(index, from)));
  return parts.join('\n\n');
}

/** @param {string} index @param {string} from */
function messages(index, from) {
  const file = declarationFile(index, from);
  const names = [...declarations(file).values()]
    .filter(({ kind, name }) => (kind === 'interface' && !/(Client|Server)$/.test(name)) || kind === 'enum')
    .map(({ name }) => `\`${name}\``);
  const proto = join(root, 'proto', 'dtms', 'v1', `${basename(from, '.js')}.proto`);
  return `[${basename(proto)}](${relative(dirname(page), proto)}): ${[...new Set(names)].join(', ')}`;
}

const METHODS = methodsOf(await import(pathToFileURL(join(dist, 'client', 'index.js')).href));
const text = [
  INTRODUCTION.trim(),
  section('dtms/client', join(dist, 'client', 'index.d.ts')),
  section('dtms/bridge', join(dist, 'bridge', 'index.d.ts')),
  section('dtms/testing', join(dist, 'testing', 'index.d.ts')),
  '',
].join('\n\n');

if (process.argv.includes('--check')) {
  const current = existsSync(page) ? readFileSync(page, 'utf8') : '';
  if (current !== text) {
    console.error('docs/reference/client.md is not current: npm run reference');
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, text);
}
