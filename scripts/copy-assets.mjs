// Copies what the build does not compile but the program reads beside it into dist/.
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './tools.mjs';

for (const folder of [join('store', 'migrations'), join('report', 'assets'), join('http', 'docs')]) {
  // What is not in the sources any more must go: a migration that got another name would run twice.
  rmSync(join(root, 'dist', 'src', folder), { recursive: true, force: true });
  cpSync(join(root, 'src', folder), join(root, 'dist', 'src', folder), { recursive: true });
}
const cli = join(root, 'dist', 'src', 'cli.js');
if (existsSync(cli)) chmodSync(cli, 0o755);

// The programs behind /docs and /redoc, with their licences. They are given to browsers compressed.
const DOCS = {
  'swagger-ui-dist': ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png', 'LICENSE', 'NOTICE'],
  redoc: ['bundles/redoc.standalone.js', 'bundles/redoc.standalone.js.LICENSE.txt', 'LICENSE'],
};
/** ReDoc shows its makers' logo from their host, which the pages may not talk to. Without it, it shows none. */
const OUTSIDE_LOGO = 'https://cdn.redoc.ly/redoc/logo-mini.svg';

for (const [name, files] of Object.entries(DOCS)) {
  for (const file of files) {
    const content = readFileSync(join(root, 'node_modules', name, file));
    const plain = /^[A-Z]+$/.test(file) ? `${name}.${file}.txt` : file.replace('bundles/', '');
    const target = join(root, 'dist', 'src', 'http', 'docs', plain);
    const own = file.endsWith('redoc.standalone.js') ? withoutLogo(content.toString()) : content;
    writeFileSync(target, own);
    if (/\.(js|css)$/.test(plain)) writeFileSync(`${target}.gz`, gzipSync(own));
  }
}

// The document both show, without the line breaks people read it with.
const document = JSON.stringify(
  JSON.parse(readFileSync(join(root, 'gen', 'openapi', 'dtms.v1.json'), 'utf8')),
);
const served = join(root, 'dist', 'src', 'http', 'docs', 'openapi.json');
writeFileSync(served, document);
writeFileSync(`${served}.gz`, gzipSync(document));

/** @param {string} text */
function withoutLogo(text) {
  if (!text.includes(OUTSIDE_LOGO)) throw new Error('ReDoc does not load its logo any more: drop this step');
  return Buffer.from(text.replaceAll(OUTSIDE_LOGO, 'data:,'));
}
