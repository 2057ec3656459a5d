/** The built console. Every page of it is one file, which finds its place by the address. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './problem.ts';
import type { Api } from './typed.ts';

/** The pattern under which the files are found. */
export const consoleFilesPath = '/*';

/** Serves the files in `folder` (none if undefined), and answers for every address that is nothing. */
export async function serveConsole(api: Api, folder: string | undefined): Promise<void> {
  const isBuilt = folder !== undefined && existsSync(join(folder, 'index.html'));
  if (isBuilt) await api.register(fastifyStatic, { root: folder, setHeaders: (reply, path) => void reply.header('cache-control', cachingOf(path)) });
  api.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const isPage = request.method === 'GET' && !request.url.startsWith('/api/') && request.headers.accept?.includes('text/html') === true;
    return isBuilt && isPage ? reply.sendFile('index.html') : refuse(reply, { code: 'no-such-page', detail: request.url.slice(0, 200) });
  });
}

/** The build names files by their content, but for the page itself. */
function cachingOf(path: string): string {
  return path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}
