// How the dashboard's browser code becomes the files the server gives out.
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/http/dashboard',
  base: './',
  publicDir: false,
  logLevel: 'warn',
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
