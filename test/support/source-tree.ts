// Owns what the tests of the house know of the sources: files, their imports, exports and functions, each parsed once.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type ESTree, parseSync, Visitor } from 'vite';

export interface FunctionSpan {
  /** As it is declared, or the name it is given; of a callback, the call it is given to. */
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export interface SourceFile {
  /** From the root of the checkout, such as src/app.ts. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** Files of the checkout it imports, types too, and what is imported when needed. */
  readonly imports: readonly string[];
  /** Names of the classes it declares, and of the interfaces, enums and types it exports. */
  readonly types: readonly string[];
  readonly functions: readonly FunctionSpan[];
}

const ROOT = new URL('../../', import.meta.url).pathname;

/** Every TypeScript file below a folder of the checkout, parsed. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .sort()
    .map((name) => parsed(join(folder, name)));
}

function parsed(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const { program, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.map(({ moduleRequest }) => moduleRequest?.value),
    ),
    // Between its quotes.
    ...module.dynamicImports.map(({ moduleRequest }) =>
      text.slice(moduleRequest.start + 1, moduleRequest.end - 1),
    ),
  ];
  const imports = new Set<string>();
  for (const specifier of specifiers) {
    if (specifier?.startsWith('.') !== true) continue;
    imports.add(normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts'));
  }
  return {
    path,
    text,
    lines: text.split('\n').length - 1,
    imports: [...imports],
    types: typesOf(program),
    functions: functionsOf(program, text),
  };
}

function typesOf(program: ESTree.Program): string[] {
  return program.body.flatMap((statement) => {
    if (statement.type === 'ClassDeclaration') return statement.id === null ? [] : [statement.id.name];
    if (statement.type !== 'ExportNamedDeclaration') return [];
    const { declaration } = statement;
    switch (declaration?.type) {
      case 'ClassDeclaration':
      case 'TSInterfaceDeclaration':
      case 'TSTypeAliasDeclaration':
      case 'TSEnumDeclaration':
        return declaration.id === null ? [] : [declaration.id.name];
      default:
        return [];
    }
  });
}

type FunctionNode = ESTree.Function | ESTree.ArrowFunctionExpression;

function functionsOf(program: ESTree.Program, text: string): FunctionSpan[] {
  const names = new Map<number, string>();
  const spans: FunctionSpan[] = [];
  const lineOf = lineCounter(text);
  const span = (node: FunctionNode) => {
    const own = node.type === 'FunctionDeclaration' ? node.id?.name : undefined;
    const line = lineOf(node.start);
    spans.push({ name: own ?? names.get(node.start) ?? '', line, lines: lineOf(node.end) - line + 1 });
  };
  const nameOf = (node: ESTree.Node) => text.slice(node.start, node.end);
  new Visitor({
    VariableDeclarator: ({ id, init }) => void (init !== null && names.set(init.start, nameOf(id))),
    PropertyDefinition: ({ key, value }) => void (value !== null && names.set(value.start, nameOf(key))),
    MethodDefinition: ({ key, value }) => void names.set(value.start, nameOf(key)),
    Property: ({ key, value }) => void names.set(value.start, nameOf(key)),
    CallExpression({ callee, arguments: given }) {
      const called = nameOf(callee).split(/[.(]/, 1)[0] ?? '';
      const [title] = given;
      const words = title?.type === 'Literal' ? ` ${title.value}` : '';
      for (const argument of given) names.set(argument.start, `${called}${words}`);
    },
    FunctionDeclaration: span,
    FunctionExpression: span,
    ArrowFunctionExpression: span,
  }).visit(program);
  return spans;
}

/** Tells the line of each offset, from 1. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
