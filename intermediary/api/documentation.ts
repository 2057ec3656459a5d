/** The API described by itself (OpenAPI 3.1) at /api/docs. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { protocolLevel } from '../../protocol/version.ts';
import { documentationPolicy } from './page-headers.ts';
import type { Api } from './typed.ts';

export const documentationPath = '/api/docs';

/** Before the routes are made, so that it sees them all. */
export async function documentRoutes(api: Api): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Behest', version: `protocol level ${protocolLevel}`, description: 'Refusals are `{ code, detail }`; the codes stand in docs/errors.md.' },
    },
  });
}

/** After the routes are made. */
export async function serveDocumentation(api: Api): Promise<void> {
  await api.register(swaggerUi, { routePrefix: documentationPath, staticCSP: true, transformStaticCSP: () => documentationPolicy });
}
