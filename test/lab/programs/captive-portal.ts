/**
 * What a hotel has before anybody has paid: every HTTP request gets the login page, and every TLS connection a certificate
 * of the portal's own. Arguments: folder for its certificate, port for HTTP, port for TLS. Says one line when it listens.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { ensureServerCertificate } from '../../../certs/server-certificate.ts';
import { systemClock } from '../../../protocol/clock.ts';
import { take } from '../../support/house.ts';

const [folder = '', httpPort = '', tlsPort = ''] = process.argv.slice(2);

const loginPage: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to the Grand Hotel</h1><form>Room number <input name="room"></form>');
};

const { certificate, key } = take(await ensureServerCertificate(folder, ['login.grand-hotel.test'], systemClock));
const servers = [createServer(loginPage).listen(Number(httpPort)), createTlsServer({ cert: certificate, key }, loginPage).listen(Number(tlsPort))];
// an upgrade is a request like any other here
for (const server of servers) server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 302 Found\r\nlocation: http://login.grand-hotel.test/\r\ncontent-length: 0\r\n\r\n'));
await Promise.all(servers.map((server) => once(server, 'listening')));
console.log('listening');
process.stdin.on('end', () => process.exit()).resume();
