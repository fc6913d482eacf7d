// Owns that no promise is left alone. One that is started and awaited only after another wait may reject in between:
// wait for both together. A failure that is dropped is dropped by name, in one file, and what timers and sockets call has
// somebody to take its failure. (Biome's noFloatingPromises finds
// those that nobody looks after at all.)
import { type ESTree, parseSync, Visitor } from 'vite';
import { expect, test } from 'vitest';
import { type SourceFile, sourceFiles } from '../support/source-tree.js';

test('nothing waits for something else before it awaits what it started', () => {
  expect(sourceFiles('src').flatMap(leftAlone)).toEqual([]);
});

test('what was started first and awaited last is found; what somebody looks after is not', () => {
  const of = (text: string) => leftAlone({ path: 'x.ts', text: `async () => {\n${text}\n}` });
  expect(of('const a = start();\nawait other();\nawait a;')).toEqual(['x.ts: a']);
  expect(of('const a = start();\nconst b = await other();\nreturn await a;')).toEqual(['x.ts: a']);
  expect(of('const a = start();\nawait Promise.all([a, other()]);\nawait a;')).toEqual([]);
  expect(of('const a = start();\na.catch(() => undefined);\nawait other();\nawait a;')).toEqual([]);
  expect(of('const a = start();\nprint();\nawait a;')).toEqual([]);
  expect(of('const a = await start();\nawait other();\nawait a.end();')).toEqual([]);
});

/** Programs that tell failures to whoever runs or imports them, and pages in a browser. */
const ELSEWHERE = ['src/client/', 'src/bridge/', 'src/replay/', 'src/http/dashboard/'];
/** Where it is said what becomes of a failure that nobody waits for. */
const BY_NAME = 'src/observability/background.ts';

test('no failure is dropped but by the names that say so', () => {
  const files = sourceFiles('src').filter(({ path }) => !ELSEWHERE.some((folder) => path.startsWith(folder)));
  expect(files.filter(({ path }) => path !== BY_NAME).flatMap(dropped)).toEqual([]);
  expect(files.filter(({ path }) => path === BY_NAME).flatMap(dropped)).not.toEqual([]);
});

test('what drops a failure is found; what looks at it is not', () => {
  const of = (text: string) => dropped({ path: 'x.ts', text });
  expect(of('a().catch(() => undefined);')).toEqual(['x.ts: a().catch(() => undefined)']);
  expect(of('await a().catch(function () {});')).toHaveLength(1);
  expect(of('a().then(b, () => {});')).toHaveLength(1);
  expect(of('void a();')).toEqual(['x.ts: void a()']);
  expect(of('void (async () => await a())();')).toHaveLength(1);
  expect(of('a().catch((error) => told(error)); a().then(b, c); b(() => {});')).toEqual([]);
  expect(of('void reply.header("a", "b"); const none = void 0;')).toEqual([]);
});

test('no signal is made of others but by what outlives the collector; browsers keep the sources', () => {
  const files = sourceFiles('src').filter(({ path }) => !path.startsWith('src/http/dashboard/'));
  expect(files.filter(({ text }) => text.includes('AbortSignal.any(')).map(({ path }) => path)).toEqual([]);
});

/** Folders whose callbacks have failpoints (test/support/await-plugin.ts). */
const GUARDED = ['src/cluster/', 'src/engine/', 'src/store/', 'src/watch/'];

test('what timers, sockets and streams call is guarded, or only hands on', () => {
  const files = sourceFiles('src').filter(({ path }) => GUARDED.some((folder) => path.startsWith(folder)));
  expect(files.flatMap(unguarded)).toEqual([]);
});

test('a callback that could throw is found; one that hands on is not', () => {
  const of = (text: string) => unguarded({ path: 'x.ts', text });
  expect(of('setInterval(() => this.look(), 5);')).toEqual(['x.ts: () => this.look()']);
  expect(of("socket.once('close', () => { a(); });")).toHaveLength(1);
  expect(
    of("setTimeout(resolve, 5); a.on('error', () => undefined); a.once('end', () => resolve(1));"),
  ).toEqual([]);
  expect(of('setImmediate(guarded(() => this.look(), failed));')).toEqual([]);
});

/** Names of what cannot throw: it settles a promise, wakes who waits, ends a call, or writes a line of the log. */
const HANDS_ON =
  /^\([^)]*\) => (undefined$|setImmediate\(|.*\b(resolve|reject|notify|cancel|goOn|lose|push|abort|debug|warn)\([^()]*(\([^()]*\))?[^()]*\)$)/s;
const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const LISTENING = new Set(['on', 'once', 'addEventListener']);

function unguarded({ path, text }: Pick<SourceFile, 'path' | 'text'>): string[] {
  const found: string[] = [];
  const visitor = new Visitor({
    CallExpression({ callee, arguments: given }) {
      const isTimer = callee.type === 'Identifier' && TIMERS.has(callee.name);
      const { type } = callee;
      const isListening =
        type === 'MemberExpression' &&
        callee.property.type === 'Identifier' &&
        LISTENING.has(callee.property.name);
      const callback = isTimer ? given[0] : isListening ? given[1] : undefined;
      if (callback?.type !== 'ArrowFunctionExpression' && callback?.type !== 'FunctionExpression') return;
      const source = text.slice(callback.start, callback.end);
      if (!HANDS_ON.test(source)) found.push(`${path}: ${source}`);
    },
  });
  visitor.visit(parseSync(path, text).program);
  return found;
}

function dropped({ path, text }: Pick<SourceFile, 'path' | 'text'>): string[] {
  const found: string[] = [];
  const note = ({ start, end }: ESTree.Node) => found.push(`${path}: ${text.slice(start, end)}`);
  const isDeaf = (node: ESTree.Node | undefined) =>
    (node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression') &&
    node.params.length === 0 &&
    /^(\{\s*\}|undefined|null|void 0)$/.test(text.slice(node.body?.start ?? 0, node.body?.end ?? 0));
  const visitor = new Visitor({
    CallExpression(node) {
      const { callee, arguments: given } = node;
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      if (callee.property.name === 'catch' && isDeaf(given[0])) note(node);
      if (callee.property.name === 'then' && isDeaf(given[1])) note(node);
    },
    UnaryExpression(node) {
      const { operator, argument } = node;
      if (operator !== 'void' || argument.type !== 'CallExpression') return;
      // Fastify's replies can be awaited, and need not be.
      const called = text.slice(argument.start, argument.end);
      if (!/^(reply\.|refuse\(.*reply)/s.test(called)) note(node);
    },
  });
  visitor.visit(parseSync(path, text).program);
  return found;
}

function leftAlone({ path, text }: Pick<SourceFile, 'path' | 'text'>): string[] {
  const found: string[] = [];
  const sourceOf = ({ start, end }: ESTree.Node) => text.slice(start, end);
  const look = (statements: readonly ESTree.Node[]) => {
    for (const [index, statement] of statements.entries()) {
      if (statement.type !== 'VariableDeclaration') continue;
      for (const { id, init } of statement.declarations) {
        if (id.type !== 'Identifier' || init?.type !== 'CallExpression') continue;
        const after = statements.slice(index + 1).map(sourceOf);
        const used = after.findIndex((each) => new RegExp(`\\b${id.name}\\b`).test(each));
        const isAwaited = new RegExp(`\\bawait ${id.name}(?![\\w.([])`).test(after[used] ?? '');
        const isLate = after.slice(0, Math.max(0, used)).some((each) => /\bawait\b/.test(each));
        if (isAwaited && isLate) found.push(`${path}: ${id.name}`);
      }
    }
  };
  const visitor = new Visitor({ BlockStatement: ({ body }) => look(body) });
  visitor.visit(parseSync(path, text).program);
  return found;
}
