/**
 * What the quick start says when everything answers.
 */
import { relative } from 'node:path';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { Owner } from '../owner/owner-key.ts';
import { fingerprintOf } from '../owner/owner-key.ts';
import { plain } from '../text/plain.ts';
import { writeMoment } from '../text/durations.ts';
import type { Paint } from '../text/colours.ts';
import type { DataFolder } from './data-folder.ts';

export type Announced = {
  readonly url: string;
  readonly signInUrl: string;
  readonly linkNotAfterMs: number;
  readonly owner: Owner;
  readonly machine: Machine | undefined;
  readonly folder: DataFolder;
};

/** The one line for programs. */
export function announcementJson({ url, signInUrl, owner, machine }: Announced): object {
  return { ready: true, url, signInUrl, ...(machine === undefined ? {} : { agentId: machine.id }), ownerFingerprint: fingerprintOf(owner) };
}

/** The lines for people. */
export function announcementLines(announced: Announced, paint: Paint): string[] {
  const { url, signInUrl, linkNotAfterMs, owner, machine, folder } = announced;
  const here = (...names: string[]): string => shortest(folder.at(...names));
  const name = machine === undefined ? 'AGENT' : plain(machine.name);
  const elsewhere = here() === 'var' ? '' : ` --data ${here()}`;
  return [
    '',
    paint('strong', 'Behest is running.'),
    '',
    `  Console    ${url}`,
    `  Sign in    ${paint('strong', signInUrl)}`,
    `             once, until ${writeMoment(linkNotAfterMs)}; for another link: npx behest invite${elsewhere}`,
    ...(machine === undefined ? [] : [`  Machine    ${name}, this one (agent ${machine.id})`]),
    `  Owner key  ${fingerprintOf(owner)}`,
    `             in ${here('owner', 'owner-key.pem')}. Keep it: it alone can change who may do what; the intermediary never has it.`,
    '',
    `The browser warns once, because the certificate comes from this installation's own authority:`,
    `go on, or let the system trust ${here('authority.pem')}.`,
    '',
    'Try in another terminal:',
    `  npx behest agents${elsewhere}`,
    `  npx behest run ${name} shell.execute --command 'uptime'${elsewhere}`,
    `  npx behest shell ${name}${elsewhere}`,
    '',
    'Ctrl-C ends everything.',
    '',
  ];
}

/** As seen from here, unless that leads up and down again. */
function shortest(path: string): string {
  const seen = relative(process.cwd(), path) || '.';
  return seen.startsWith('..') ? path : seen;
}
