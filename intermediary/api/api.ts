/**
 * The HTTP API: sign-in, statements, machines, directives, oversight; the console's files; its own description at
 * /api/docs. Each family of routes is one file in routes/. Who may use a route is decided in guard.ts, for all alike.
 */
import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { limits } from '../../protocol/limits.ts';
import { consoleFilesPath, serveConsole } from './console-files.ts';
import { documentationPath, documentRoutes, serveDocumentation } from './documentation.ts';
import { guardRoutes } from './guard.ts';
import type { RouteEntry } from './guard.ts';
import type { RouteNeeds } from './needs.ts';
import { sendPageHeaders } from './page-headers.ts';
import { refuse } from './problem.ts';
import { auditRoutes } from './routes/audits.ts';
import { contactRoutes } from './routes/contact.ts';
import { directiveRoutes } from './routes/directives.ts';
import { enrolmentRoutes } from './routes/enrolments.ts';
import { healthRoutes } from './routes/health.ts';
import { invitationRoutes } from './routes/invitations.ts';
import { machineRoutes } from './routes/machines.ts';
import { oversightRoutes } from './routes/oversight.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { statementRoutes } from './routes/statements.ts';
import { compileSchema } from './typed.ts';
import type { Api } from './typed.ts';

export type ApiNeeds = RouteNeeds & { readonly log: FastifyBaseLogger; readonly consoleFolder: string | undefined; /** Gives the listener's requests to a handler. */ serve(handler: RequestListener): Server };

const families = [healthRoutes, signInRoutes, invitationRoutes, statementRoutes, machineRoutes, auditRoutes, contactRoutes, directiveRoutes, enrolmentRoutes, oversightRoutes];
const openPaths = [documentationPath, consoleFilesPath];

/** Puts the API on a server that its owner opens and closes. Gives the table of its routes. */
export async function openApi(needs: ApiNeeds): Promise<{ readonly api: Api; readonly routes: readonly RouteEntry[] }> {
  const api: Api = fastify({
    loggerInstance: needs.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.maxBodyBytes,
    exposeHeadRoutes: false,
    serverFactory: (handler) => needs.serve(handler),
  });
  api.setValidatorCompiler(compileSchema);
  api.setErrorHandler(answerError);
  await sendPageHeaders(api);
  await api.register(rateLimit, { max: limits.requestsPerMinute, timeWindow: 60_000, errorResponseBuilder: () => ({ statusCode: 429, message: 'too many requests from this address' }) });
  await api.register(cookie);
  await documentRoutes(api);
  const routes = guardRoutes(api, needs, openPaths);
  for (const addRoutes of families) addRoutes(api, needs);
  await serveDocumentation(api);
  await serveConsole(api, needs.consoleFolder);
  await api.ready();
  return { api, routes };
}

/** What Fastify itself refuses, and bugs: those are logged with their stack and told without it. */
function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  if (error.validation !== undefined) return refuse(reply, { code: 'request-malformed', detail: error.message });
  if (status === 429) return refuse(reply, { code: 'rate-limited', detail: error.message });
  if (status < 500) return reply.code(status).send({ code: 'request-malformed', detail: error.message });
  request.log.error(error, 'a request broke');
  return refuse(reply, { code: 'internal', detail: `see the log of the intermediary: ${request.id}` });
}
