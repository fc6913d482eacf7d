// How the dashboard's browser code becomes the files the server gives out.
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Every file of text also as gzip has it, which is what browsers take. */
const compressed: Plugin = {
  name: 'compressed',
  enforce: 'post',
  // After all others: Vite itself writes into the chunks until then.
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        if (!/\.(js|css|html|svg)$/.test(fileName)) continue;
        const source = gzipSync(file.type === 'chunk' ? file.code : file.source);
        this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source });
      }
    },
  },
};

export default defineConfig({
  root: 'src/http/dashboard',
  base: './',
  publicDir: false,
  logLevel: 'warn',
  plugins: [compressed],
  build: {
    outDir: '../../../dist/src/http/dashboard',
    emptyOutDir: true,
    assetsDir: 'assets',
    // What is bundled comes with its licence.
    license: { fileName: 'licenses.md' },
    // The policy admits no data: URLs of scripts and styles, and small files cost little on one connection.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    cssTarget: 'chrome123',
  },
});
