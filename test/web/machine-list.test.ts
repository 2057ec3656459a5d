import test from 'ava';
import { noContactVersions } from '../../protocol/contact-settings.ts';
import type { Machine } from '../../protocol/messages/live.ts';
import { hiddenMatch, matchMachine, parseQuery } from '../../console/client/machine-search.ts';
import { holdOrder, orderMachines, parseSort, sortText } from '../../console/web/state/row-order.ts';
import { emptySelection, extendTo, toggle, toggleAll } from '../../console/web/state/selection.ts';

function machine(name: string, part: Partial<Machine> = {}): Machine {
  return {
    id: name.padEnd(32, '0'), name, site: 'Reception', online: true, sinceMs: 0, enrolledAtMs: 0, rootVersion: 1, policyVersion: 1, contact: noContactVersions, quarantined: false, identityKey: '',
    facts: { hostname: `${name}.example`, platform: 'win32', architecture: 'x64', osName: 'Windows 11', agentVersion: '0.1.0', bootedAtMs: 0, addresses: ['10.0.0.7'] },
    ...part,
  };
}

const finds = (text: string, each: Machine): boolean => matchMachine(each, parseQuery(text)) !== undefined;

test('every word must fit somewhere', (t) => {
  t.true(finds('rec windows', machine('rec-01')));
  t.false(finds('rec linux', machine('rec-01')));
  t.true(finds('', machine('rec-01')));
});

test('operators narrow; an unfinished one is left out of account', (t) => {
  const away = machine('lap', { online: false, quarantined: true });
  t.true(finds('online:no alarm:yes os:win site:recep name:la', away));
  t.false(finds('online:yes', away));
  t.true(finds('os:', away));
  t.true(finds('site:"recept"', away));
});

test('an unknown operator is told and finds as if it were not there', (t) => {
  t.deepEqual(parseQuery('foo:bar rec').unknown, ['foo']);
});

test('an IPv6 address is a word, not an operator', (t) => {
  t.deepEqual(parseQuery('fe80::1').words, ['fe80::1']);
});

test('it says where a word matched when no column shows it', (t) => {
  const place = (text: string) => hiddenMatch(matchMachine(machine('rec-01'), parseQuery(text)) ?? [])?.place;
  t.is(place('10.0.0'), 'address');
  t.is(place('.example'), 'host name');
  t.is(place('rec'), undefined);
});

test('names are ordered as people count', (t) => {
  const order = orderMachines([machine('rec-10'), machine('rec-2'), machine('Rec-1')], parseSort(undefined), () => 0);
  t.deepEqual(order.map((id) => id.replace(/0+$/, '')), ['Rec-1', 'rec-2', 'rec-1']);
});

test('a sort goes into the address and back', (t) => {
  for (const text of ['name', '-name', 'since', '-last']) t.is(sortText(parseSort(text)), text);
  t.is(sortText(parseSort('nonsense')), 'name');
});

test('while somebody reads, rows keep their places and new ones wait', (t) => {
  t.deepEqual(holdOrder(['c', 'a', 'b'], ['a', 'b', 'n', 'm']), { ids: ['a', 'b'], waiting: 2 });
});

test('shift takes the range from the last row turned', (t) => {
  const rows = ['a', 'b', 'c', 'd'];
  t.deepEqual([...extendTo(toggle(emptySelection, 'd'), 'b', rows).ids].sort(), ['b', 'c', 'd']);
  t.deepEqual([...extendTo(emptySelection, 'b', rows).ids], ['b']);
  t.is(toggleAll(toggleAll(emptySelection, rows), rows).ids.size, 0);
});
