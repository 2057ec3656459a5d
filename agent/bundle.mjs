/**
 * The agent as it is installed: a few files in dist/agent, made from the sources of this checkout. It starts faster than
 * the sources and takes a third of their memory, since no types are stripped and nothing unused is loaded.
 * Plain JavaScript: it is needed before anything is installed, by whatever Node the machine has.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const bundle = join(checkout, 'dist', 'agent');

/** What the bundle is made of. */
const sources = ['agent', 'protocol', 'transports', 'certs', 'disk', 'package.json', 'package-lock.json'];

/** Modules that are started by their address and not imported: each is a file of its own, by this name. */
const entries = {
  main: 'agent/main.ts',
  worker: 'agent/execution/worker.ts',
  registry: 'agent/primitives/registry.ts',
  spawner: 'agent/execution/spawner/spawner.ts',
  'pac-worker': 'agent/contact/proxies/pac-worker.ts',
};

/**
 * Packages that look for files beside their own (native code, a thread's first module), and those in CommonJS that are imported when
 * they are wanted: split off by the bundler, they lose the names of what they export.
 */
const leftOutside = ['cbor-extract', 'node-pty', 'piscina', 'quickjs-wasi', 'basic-ftp', 'socks', 'systeminformation'];

/** Where the agent's program is: the bundle if it was made from these very sources, otherwise the sources. */
export function programAddress() {
  return pathToFileURL(isStamped(bundle, digestOf(sources)) ? join(bundle, 'main.js') : join(checkout, entries.main)).href;
}

/** Makes the bundle unless it is current; `say` is told before. Rejects when the sources cannot be bundled. */
export async function ensureBundle(say) {
  const digest = digestOf(sources);
  if (isStamped(bundle, digest)) return;
  say();
  rmSync(bundle, { recursive: true, force: true });
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: checkout,
    entryPoints: entries,
    outdir: bundle,
    bundle: true,
    splitting: true,
    // 1.4 MB of the running agent; the maps beside it make names of a stack trace again
    minify: true,
    sourcemap: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: leftOutside,
    // older packages in it ask for Node's modules by `require`
    banner: { js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);" },
    plugins: [ownSources, bareHttp, withoutUnused],
    logLevel: 'warning',
  });
  await describePrimitives();
  stamp(bundle, digest);
}

/** Beside the modules, a file for each platform, so that the agent need not load its primitives to say which it has (agent/primitives/descriptions.ts). */
async function describePrimitives() {
  const { describeFor } = await import(pathToFileURL(join(bundle, 'registry.js')).href);
  for (const platform of ['linux', 'win32', 'darwin']) writeFileSync(join(bundle, `primitives-${platform}.json`), JSON.stringify(await describeFor(platform)));
}

/**
 * Importing node:http reads everything it offers, and with its WebSocket comes Node's whole second HTTP client: 2 MB.
 * Required instead, it gives only what is asked for.
 */
const bareHttp = {
  name: 'bare-http',
  setup(build) {
    build.onResolve({ filter: /^node:http$/ }, ({ path, kind }) => (kind === 'import-statement' ? { path, namespace: 'bare-http' } : { path, external: true }));
    build.onLoad({ filter: /./, namespace: 'bare-http' }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));
  },
};

/** What our packages load for ways to use them that the agent does not: compression of WebSocket messages, logging from a thread. */
const withoutUnused = {
  name: 'without-unused',
  setup(build) {
    build.onResolve({ filter: /^(zlib|thread-stream)$/ }, ({ path, importer }) => (/node_modules.(ws|pino)./.test(importer) ? { path, namespace: 'unused' } : undefined));
    build.onLoad({ filter: /./, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Two things that a bundler cannot know of our sources. */
const ownSources = {
  name: 'own-sources',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({ loader: 'ts', contents: namespaceOfTypes(entryAddresses(readFileSync(path, 'utf8'), dirname(path))) }));
  },
};

/** A module that is started by its address stands beside all others in the bundle. */
function entryAddresses(text, folder) {
  return text.replaceAll(/new URL\('(\.[^']+\.ts)', import\.meta\.url\)/g, (found, specifier) => {
    const entry = Object.keys(entries).find((name) => join(checkout, entries[name]) === join(folder, specifier));
    return entry === undefined ? found : `new URL('./${entry}.js', import.meta.url)`;
  });
}

/** `Type` of typebox is an object that holds all it can do; of the same names as a module, the bundler keeps those in use. */
function namespaceOfTypes(text) {
  return text.replace("import { Type } from 'typebox';", "import * as Type from 'typebox';");
}

/** Digest of the path and bytes of every file at and below `paths`, which are in the checkout, in a fixed order. */
export function digestOf(paths) {
  const hash = createHash('sha256');
  for (const part of paths.flatMap(contentsOf)) hash.update(part).update('\0');
  return hash.digest('hex');
}

function contentsOf(path) {
  const place = join(checkout, path);
  if (!statSync(place).isDirectory()) return [path, readFileSync(place)];
  return readdirSync(place).sort().filter((name) => name !== 'node_modules').flatMap((name) => contentsOf(`${path}/${name}`));
}

/** Whether `folder` was made from what has this digest. */
export function isStamped(folder, digest) {
  const file = join(folder, '.behest-stamp');
  return existsSync(file) && readFileSync(file, 'utf8') === digest;
}

export function stamp(folder, digest) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.behest-stamp'), digest);
}
