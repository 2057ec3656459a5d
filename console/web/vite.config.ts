/**
 * How the browser console is built: static files in dist/web, nothing inline and nothing evaluated, so that the page runs
 * under `default-src 'self'; require-trusted-types-for 'script'`.
 */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';

/** typebox asks by trying whether code may be evaluated; under the page's policy the attempt alone is a violation. */
const withoutEvaluation: Plugin = {
  name: 'without-evaluation',
  load(id) {
    if (!id.endsWith('typebox/build/system/environment/evaluate.mjs')) return null;
    return 'export function CanEvaluate() { return false; }\nexport function Evaluate() { throw new Error("evaluation is not allowed here"); }\n';
  },
};

export const consolePlugins = [react(), withoutEvaluation];
/** The build of cbor-x that never makes functions from text. */
export const consoleAliases = [{ find: /^cbor-x$/, replacement: 'cbor-x/index-no-eval' }];

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: consolePlugins,
  resolve: { alias: consoleAliases },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2024',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
