// Fails when proto/ breaks what clients of main rely on (buf breaking, WIRE_JSON). Compares descriptor sets,
// because main's imported protos are not in its tree.
//
//   node scripts/breaking.mjs [REF]    REF is origin/main unless given
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ref = process.argv[2] ?? 'origin/main';
const before = join(root, 'build', 'before.binpb');
const git = ['show', `${ref}:gen/descriptor.binpb`];

mkdirSync(dirname(before), { recursive: true });
writeFileSync(before, execFileSync('git', git, { cwd: root, maxBuffer: 64 * 1024 * 1024 }));
const buf = join(root, 'node_modules', '.bin', 'buf');
const args = ['breaking', 'gen/descriptor.binpb', '--against', before, '--path', 'dtms'];
execFileSync(buf, args, { cwd: root, stdio: 'inherit' });
