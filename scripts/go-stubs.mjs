// Generates the Go stubs of clients/go from proto/; npm run generate calls it. With --check it generates beside them
// and fails when anything differs. Needs Go; the two plugins are installed into build/tools.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bin, differing, root, run, script } from './tools.mjs';

const PLUGINS = [
  'google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12',
  'google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2',
];
const STUBS = join('clients', 'go', 'dtmsv1');
const check = process.argv.includes('--check');
const base = check ? join(root, 'build', 'go-check') : root;

const tools = join(root, 'build', 'tools');
mkdirSync(tools, { recursive: true });
for (const plugin of PLUGINS) run('go', ['install', plugin], { env: { ...process.env, GOBIN: tools } });
script('proto-deps.mjs');
rmSync(join(base, STUBS), { recursive: true, force: true });
run(bin('buf'), ['generate', '--template', 'buf.gen.go.yaml', '--output', base]);

if (check) {
  const names = differing(base, root, STUBS);
  if (names.length > 0) {
    console.error(`not what proto/ generates; run node scripts/go-stubs.mjs:\n${names.join('\n')}`);
    process.exit(1);
  }
  console.log('clients/go is up to date');
}
