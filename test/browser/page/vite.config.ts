import { defineConfig } from 'vite';
import { consoleAliases, consolePlugins } from '../../../console/web/vite.config.ts';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: consolePlugins,
  resolve: { alias: consoleAliases },
  logLevel: 'warn',
  build: { target: 'es2024', modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false },
});
