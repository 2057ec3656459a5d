/**
 * Serves one proxy auto-configuration file. Arguments: port, what the file answers. Says one line when it listens.
 */
import { createServer } from 'node:http';

const [port = '', answer = ''] = process.argv.slice(2);
const file = `function FindProxyForURL(url, host) { return ${JSON.stringify(answer)}; }`;

createServer((_request, response) => response.writeHead(200, { 'content-type': 'application/x-ns-proxy-autoconfig' }).end(file)).listen(Number(port), () => console.log('listening'));
process.stdin.on('end', () => process.exit()).resume();
