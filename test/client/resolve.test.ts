import test from 'ava';
import { nearest } from '../../console/client/did-you-mean.ts';
import { resolveMachine } from '../../console/client/machines.ts';
import { noContactVersions } from '../../protocol/contact-settings.ts';
import type { Machine } from '../../protocol/messages/live.ts';

function machine(name: string, id: string): Machine {
  const facts = { hostname: name, platform: 'linux', architecture: 'x64', osName: 'Debian', agentVersion: '0', bootedAtMs: 0, addresses: [] };
  return { id: id.padEnd(32, '0'), name, site: 's', online: true, sinceMs: 0, enrolledAtMs: 0, facts, rootVersion: 1, policyVersion: 1, contact: noContactVersions, quarantined: false, identityKey: '' };
}

const machines = [machine('rec-01', 'aaaaaa1'), machine('rec-02', 'aaaaaa2'), machine('twin', 'b1'), machine('twin', 'b2')];

test('a machine is found by name without case, by id, and by the beginning of an id', (t) => {
  for (const typed of ['REC-01', 'rec-01', 'aaaaaa1'.padEnd(32, '0'), 'aaaaaa1']) {
    const found = resolveMachine(machines, typed);
    t.is(found.ok ? found.value.name : found.detail, 'rec-01');
  }
});

test('two machines of one name, or two ids with one beginning, are ambiguous and their ids are shown', (t) => {
  for (const typed of ['twin', 'aaaaaa']) {
    const found = resolveMachine(machines, typed);
    t.is(found.ok ? '' : found.code, 'ambiguous-machine');
  }
});

test('a slip gets a suggestion, a stranger gets none', (t) => {
  const slip = resolveMachine(machines, 'rec-2');
  t.regex(slip.ok ? '' : slip.detail, /did you mean rec-02\?/);
  const stranger = resolveMachine(machines, 'printserver');
  t.is(stranger.ok ? '' : stranger.detail, 'printserver is not known');
});

test('the nearest name is the one with the fewest edits', (t) => {
  t.is(nearest('shel.execute', ['shell.execute', 'file.execute']), 'shell.execute');
  t.is(nearest('x', []), undefined);
});
