// Copies what the build does not compile but the program reads beside it into dist/.
import { chmodSync, cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
for (const folder of [join('store', 'migrations'), join('report', 'assets')]) {
  cpSync(join(root, 'src', folder), join(root, 'dist', 'src', folder), { recursive: true });
}
const cli = join(root, 'dist', 'src', 'cli.js');
if (existsSync(cli)) chmodSync(cli, 0o755);
