/**
 * HTTP without TLS, on the same port: for agents in networks that let nothing else out (the channel makes what they say
 * private), and for nobody else. Whoever wants anything else is sent to https: no sign-in ever crosses here.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { AgentTransports } from './transports.ts';

const hostForm = /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$|^\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?$/;

export function makePlainServer(options: ServerOptions, agents: AgentTransports): Server {
  return createServer(options, (request, response) => {
    if (agents.isPoll(request)) agents.poll(request, response);
    else sendToHttps(request, response);
  });
}

/** RFC 9110, section 15.4.9. */
function sendToHttps({ headers, url = '' }: IncomingMessage, response: ServerResponse): void {
  const isSound = hostForm.test(headers.host ?? '') && url.startsWith('/');
  response.writeHead(isSound ? 308 : 400, { ...(isSound ? { location: `https://${headers.host}${url}` } : {}), 'content-length': 0, connection: 'close' });
  response.end();
}
