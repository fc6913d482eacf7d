// Puts a failpoint at every await and every guarded callback of src/cluster, src/engine, src/store and src/watch while they
// are loaded for a test.
import { join } from 'node:path';
import { type Plugin, parseAst } from 'vite';

const HARMED = /\/src\/((?:cluster|engine|store|watch)\/.+)\.ts$/;
/**
 * Waits that never fail, by the way they are written: those that take every failure, timers without a signal, a turn of the
 * event loop, promises that nobody can reject, and being woken.
 */
const SAFE = new RegExp(
  [
    '^(over|(this\\.#)?pause|Promise\\.allSettled)\\(',
    '\\.catch\\((?!.*\\bthrow\\b)',
    '^sleep\\([^,]*\\)$',
    '^turn\\(\\)$',
    '^new Promise(<\\w+>)?\\(\\(resolve\\)',
    '^this\\.#(signal|wake)\\.wait\\(\\)$',
  ].join('|'),
  's',
);
const AWAITED = join(import.meta.dirname, 'awaited.ts');

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Calls of awaited(), each() and called() in the place of `await` and `for await`, and around what guarded() guards. */
export function awaitFailpoints(): Plugin {
  return {
    name: 'await-failpoints',
    transform(code, id) {
      const file = HARMED.exec(id)?.[1];
      return file === undefined ? null : { code: withFailpoints(code, `${file}.ts`), map: null };
    },
  };
}

/** @param code - JavaScript. @param file - for the names of its awaits. */
export function withFailpoints(code: string, file: string): string {
  const edits: { readonly at: number; readonly text: string }[] = [];
  let count = 0;
  const names: string[] = [];
  const wrap = (call: string, { start, end }: Node) => {
    count += 1;
    if (SAFE.test(code.slice(start, end))) return;
    const text = code.slice(start, end).replace(/\s+/g, ' ').slice(0, 80);
    const kind = call === '__called' ? 'callback ' : '';
    const name = `${file} ${kind}${count}: ${text}`;
    names.push(name);
    edits.push({ at: start, text: `${call}(${JSON.stringify(name)}, ` });
    edits.push({ at: end, text: ')' });
  };
  const look = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) look(each);
    if (!isNode(value)) return;
    if (value.type === 'AwaitExpression') wrap('__awaited', Reflect.get(value, 'argument'));
    if (value.type === 'CallExpression' && Reflect.get(value, 'callee').name === 'guarded')
      wrap('__called', Reflect.get(value, 'arguments')[0]);
    if (value.type === 'ForOfStatement' && Reflect.get(value, 'await') === true)
      wrap('__each', Reflect.get(value, 'right'));
    for (const part of Object.values(value)) look(part);
  };
  look(parseAst(code));
  // From the back, so that no edit moves another; at one place the inner one is made first.
  let edited = code;
  for (const { at, text } of edits.sort((one, other) => other.at - one.at))
    edited = edited.slice(0, at) + text + edited.slice(at);
  const imports = `import { awaited as __awaited, called as __called, each as __each, places as __places } from ${JSON.stringify(AWAITED)};`;
  return `${imports} __places(${JSON.stringify(names)}); ${edited}`;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string';
}
