/** What browsers are told to refuse on our behalf: foreign code, frames, strings as code. */
import helmet from '@fastify/helmet';
import type { Api } from './typed.ts';

const directives = {
  'default-src': ["'self'"],
  'script-src': ["'self'"],
  // The widgets set styles on elements as they go (position, size); scripts cannot come in that way.
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'require-trusted-types-for': ["'script'"],
};

/** The API's documentation writes its page as text: it has the same policy without trusted types, for its own files only. */
export const documentationPolicy = Object.entries(directives)
  .filter(([name]) => name !== 'require-trusted-types-for')
  .map(([name, sources]) => `${name} ${sources.join(' ')}`)
  .join('; ');

export async function sendPageHeaders(api: Api): Promise<void> {
  await api.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    frameguard: { action: 'deny' },
    // A name of this machine would be barred from plain HTTP on all its ports: see below.
    strictTransportSecurity: false,
  });
  api.addHook('onSend', async ({ hostname }, reply) => {
    if (hostname !== 'localhost') void reply.header('strict-transport-security', 'max-age=31536000');
  });
}
