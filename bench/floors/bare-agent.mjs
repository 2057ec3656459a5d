/**
 * The floor for the memory of an idle agent: a bare Node process that has opened a database and a WebSocket over TLS, and
 * waits. Plain JavaScript, since Node's stripper of types would weigh more than all of it.
 * Started with a folder that has ca.pem, and the port; says `open` when it is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WebSocket } from 'ws';

const [, , folder, port] = process.argv;
const database = new DatabaseSync(join(folder, 'bare.db'));
database.exec('PRAGMA journal_mode = WAL; CREATE TABLE one (one INTEGER PRIMARY KEY)');
const socket = new WebSocket(`wss://localhost:${port}/`, { ca: readFileSync(join(folder, 'ca.pem')), perMessageDeflate: false });
socket.on('open', () => console.log('open'));
process.stdin.resume().on('end', () => process.exit(0));
