// Generates the Go stubs of clients/go from proto/. With --check it generates beside them and fails when
// anything differs. Needs Go; the two plugins are installed into build/tools.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PLUGINS = [
  'google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12',
  'google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2',
];
const check = process.argv.includes('--check');
const base = check ? join(root, 'build', 'go-check') : root;
const stubs = (folder) => join(folder, 'clients', 'go', 'dtmsv1');
const run = (command, args, env = {}) =>
  execFileSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });

const tools = join(root, 'build', 'tools');
mkdirSync(tools, { recursive: true });
for (const plugin of PLUGINS) run('go', ['install', plugin], { GOBIN: tools });
run('node', [join(root, 'scripts', 'proto-deps.mjs')]);
rmSync(stubs(base), { recursive: true, force: true });
run(join(root, 'node_modules', '.bin', 'buf'), [
  'generate',
  '--template',
  'buf.gen.go.yaml',
  '--output',
  base,
]);

if (check) {
  const names = new Set([stubs(root), stubs(base)].flatMap((dir) => readdirSync(dir)));
  const differing = [...names].filter((name) => {
    const [a, b] = [join(stubs(root), name), join(stubs(base), name)];
    return !existsSync(a) || !existsSync(b) || !readFileSync(a).equals(readFileSync(b));
  });
  if (differing.length > 0) {
    console.error(
      `clients/go is not what proto/ generates; run node scripts/go-stubs.mjs. Differing:\n${differing.join('\n')}`,
    );
    process.exit(1);
  }
  console.log(`clients/go is up to date (${names.size} files)`);
}
