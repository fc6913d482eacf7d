// Fails when proto/ breaks what clients of main rely on (buf breaking, WIRE_JSON). Compares descriptor sets,
// because main's imported protos are not in its tree.
//
//   node scripts/breaking.mjs [REF]    REF is origin/main unless given
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bin, root, run } from './tools.mjs';

const ref = process.argv[2] ?? 'origin/main';
const before = join(root, 'build', 'before.binpb');
const git = ['show', `${ref}:gen/descriptor.binpb`];

mkdirSync(dirname(before), { recursive: true });
writeFileSync(before, execFileSync('git', git, { cwd: root, maxBuffer: 64 * 1024 * 1024 }));
run(bin('buf'), ['breaking', 'gen/descriptor.binpb', '--against', before, '--path', 'dtms']);
