/**
 * Run alone in a network namespace whose resolv.conf names 127.0.0.1: plays the name server and the web server of a network
 * with WPAD, lets the agent's own search look at the real machine, and prints the paths it found as JSON.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { findPathsBy } from '../../agent/contact/ways/find-paths.ts';
import { machine } from '../../agent/contact/proxies/surroundings.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { take } from '../support/house.ts';

const known = 'wpad.site.corp.test';
const names = createSocket('udp4', (question, from) => names.send(answerTo(question), from.port, from.address));
names.bind(53, '127.0.0.1');
const web = createServer((asked, answer) => answer.end(asked.url === '/wpad.dat' ? 'function FindProxyForURL(url, host) { return "PROXY 10.0.0.5:3128; DIRECT"; }' : '')).listen(80, '127.0.0.1');
await Promise.all([once(names, 'listening'), once(web, 'listening')]);

const find = take(findPathsBy({}, { surroundings: machine, clock: systemClock, random: systemRandom, network: () => '', unusable: (foundBy, reason) => console.error(foundBy, reason) }));
const target = { host: 'intermediary.test', port: 443 };
await find(target, new AbortController().signal);
// on a busy machine the thread of the script may come too late for the first call, and is there for a later one
for (let tries = 0; tries < 10 && (await find(target, new AbortController().signal)).length < 2; tries++);
console.log(JSON.stringify((await find(target, new AbortController().signal)).map(({ name, foundBy }) => [name, foundBy ?? ''])));
process.exit();

/** An A record for the one name, and "no such name" for all others (RFC 1035, section 4.1). */
function answerTo(question: Buffer): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const asked = question.subarray(12, at + 5);
  const isKnown = labels.join('.').toLowerCase() === known;
  const head = Buffer.from([...question.subarray(0, 2), 0x81, isKnown ? 0x80 : 0x83, 0, 1, 0, isKnown ? 1 : 0, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat(isKnown ? [head, asked, record] : [head, asked]);
}
